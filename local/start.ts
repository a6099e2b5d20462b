import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startBroker } from './broker-process.ts';
import { assertFree, portsFromEnvironment } from './ports.ts';
import { projectFolder, stackFile, stateFolder } from './project-paths.ts';
import { quickStart } from './quick-start.ts';
import { describeStack } from './stack-description.ts';
import { startStack } from './stack.ts';
import { claimFolder } from './start-lock.ts';
import { writeState } from './state-file.ts';

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
  const lock = claimFolder(stateFolder, `http://127.0.0.1:${ports.broker}/api`);
  const asked = whenAsked();
  const running: { stop(): Promise<void> }[] = [];
  try {
    rmSync(stackFile, { force: true });
    await assertFree(ports);
    const stack = await startStack({ folder: stateFolder, ports, identityHeader: 'laptop' });
    running.push(stack);
    asked.throwIfAborted();
    const coreTools = values.func === true;
    const app = resolve(values.app ?? projectFolder);
    const logFile = join(stateFolder, 'broker.log');
    const options = { app, port: ports.broker, coreTools, logFile, signal: asked };
    const broker = await startBroker(stack, options);
    running.unshift(broker);
    const description = describeStack(stack, broker);
    writeState(stackFile, description);
    if (!broker.readiness.includes('"ready"')) console.error(`The broker is not ready: ${broker.readiness}`);
    if (broker.readiness.includes('"misconfigured"'))
      console.error(
        `It serves nothing until the faults above are mended: local/broker.template.json. Ctrl-C ends it.`,
      );
    else console.log(quickStart(description, coreTools ? undefined : relative(projectFolder, logFile)));
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
