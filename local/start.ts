import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startBroker } from './broker-process.ts';
import type { BrokerProcess } from './broker-process.ts';
import { assertFree, portsFromEnvironment } from './ports.ts';
import { quickStart } from './quick-start.ts';
import { sampleCallers } from './sample-callers.ts';
import { auditTable, brokerAccount, sampleAccounts } from './seed.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack.ts';
import { claimFolder } from './start-lock.ts';
import { writeState } from './state-file.ts';

/** `.local/stack.json`: where a running stack is. Files are relative to the project's folder. */
export interface StackDescription {
  broker: string;
  admin: string;
  issuer: string;
  ca: string;
  accounts: Record<string, { blob: string; queue: string; table: string }>;
  keyVault: string;
  resourceManager: string;
  auditTable: string;
  keys: string;
  callers: string[];
  pids: { stack: number; storage: number; host: number };
}

const root = join(import.meta.dirname, '..');
const folder = join(root, '.local');

function describe(stack: Stack, broker: BrokerProcess): StackDescription {
  const endpoints = sampleAccounts.map((account) => {
    const at = (base: string): string => `${base}/${account}`;
    return [account, { blob: at(stack.blob), queue: at(stack.queue), table: at(stack.table) }] as const;
  });
  return {
    broker: broker.url,
    admin: broker.admin,
    issuer: stack.issuer.url,
    ca: relative(root, stack.certificate.caFile),
    accounts: Object.fromEntries(endpoints),
    keyVault: stack.keyVault,
    resourceManager: stack.resourceManager,
    auditTable: `${stack.table}/${brokerAccount}/${auditTable}`,
    keys: relative(root, stack.keysFile),
    callers: Object.keys(sampleCallers),
    pids: { stack: process.pid, storage: stack.storagePid, host: broker.pid },
  };
}

/** Aborts when someone asks this process to end. Listens from the start: a stack half up must come down as well. */
function whenAsked(): AbortSignal {
  const controller = new AbortController();
  const ask = (): void => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, ask);
  // npm hands a signal to the shell it runs scripts in, which need not pass it on: its end asks for ours.
  const parent = process.ppid;
  const look = (): void => (process.ppid === parent ? undefined : ask());
  if (process.env['npm_lifecycle_event']) setInterval(look, 500).unref();
  return controller.signal;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { func: { type: 'boolean' }, app: { type: 'string' } } });
  const ports = portsFromEnvironment(process.env);
  const lock = claimFolder(folder, `http://127.0.0.1:${ports.broker}/api`);
  const stackFile = join(folder, 'stack.json');
  const asked = whenAsked();
  const running: { stop(): Promise<void> }[] = [];
  try {
    rmSync(stackFile, { force: true });
    await assertFree(ports);
    const stack = await startStack({ folder, ports, identityHeader: 'laptop' });
    running.push(stack);
    asked.throwIfAborted();
    const coreTools = values.func === true;
    const app = resolve(values.app ?? root);
    const logFile = join(folder, 'broker.log');
    const options = { app, port: ports.broker, coreTools, logFile, signal: asked };
    const broker = await startBroker(stack, options);
    running.unshift(broker);
    const description = describe(stack, broker);
    writeState(stackFile, description);
    if (!broker.readiness.includes('"ready"')) console.error(`The broker is not ready: ${broker.readiness}`);
    if (broker.readiness.includes('"misconfigured"'))
      console.error(
        `It serves nothing until the faults above are mended: local/broker.template.json. Ctrl-C ends it.`,
      );
    else console.log(quickStart(description, coreTools ? undefined : relative(root, logFile)));
    const ended = await Promise.race([
      new Promise<undefined>((done) => asked.addEventListener('abort', () => done(undefined))),
      broker.exited.then((how) => `The Functions host ${how}`),
      stack.storageExited.then((how) => `Azurite ${how}`),
    ]);
    if (ended) throw new Error(`${ended}; the rest stops too.`);
  } catch (error) {
    if (!asked.aborted) throw error;
  } finally {
    rmSync(stackFile, { force: true });
    for (const part of running) await part.stop();
    lock.release();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
