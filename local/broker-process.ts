import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { endChild, whenExited } from './child.ts';
import { rotatorClientId, signerClientId } from './sample-callers.ts';
import { send } from './send.ts';
import { auditTable, brokerAccount, stateTable } from './seed.ts';
import type { Stack } from './stack.ts';
import { writeWhole } from './state-file.ts';

export interface BrokerOptions {
  /** The Functions app: package.json, host.json and the built entry point. */
  app: string;
  /** 0 takes a free one, except with Core Tools. */
  port: number;
  /** Run `func start` instead of the stack's own host. */
  coreTools?: boolean;
  /** Settings over those of the sample. */
  settings?: Record<string, string>;
  /** Where its log goes: this process's console, or a file descriptor. Default 'inherit'. */
  output?: 'inherit' | 'ignore' | number;
  /** Ends a start that is not wanted any more; it then rejects. */
  signal?: AbortSignal;
}

export interface BrokerProcess {
  /** `http://127.0.0.1:7071/api` */
  url: string;
  admin: string;
  pid: number;
  /** What `/health/ready` answered first. */
  readiness: string;
  /** Resolves, with how, when the process has ended. */
  exited: Promise<string>;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '..');

/** Starts the broker on `stack` and waits until it answers. Rejects if it ends first, or says nothing for a minute. */
export async function startBroker(stack: Stack, options: BrokerOptions): Promise<BrokerProcess> {
  const child = run(options, environmentFor(stack, options.settings));
  options.signal?.addEventListener('abort', () => child.kill());
  const exited = whenExited(child);
  const ended = exited.then((how) => {
    throw new Error(`The Functions host ${how}.`);
  });
  ended.catch(() => undefined);
  try {
    const port = options.coreTools ? options.port : await Promise.race([listeningPort(child), ended]);
    const url = `http://127.0.0.1:${port}/api`;
    const readiness = await Promise.race([whenReady(url), ended]);
    const stop = (): Promise<void> => endChild(child, 8000);
    return { url, admin: `http://127.0.0.1:${port}/admin`, pid: child.pid ?? 0, readiness, exited, stop };
  } catch (error) {
    await endChild(child, 8000);
    throw error;
  }
}

function run(
  { app, port, coreTools, output = 'inherit' }: BrokerOptions,
  env: NodeJS.ProcessEnv,
): ChildProcess {
  if (coreTools) {
    const found = (env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'func')));
    if (!found)
      throw new Error(
        'Azure Functions Core Tools ("func") are not on the PATH: npm start runs without them.',
      );
    return spawn('func', ['start', '--port', String(port)], {
      cwd: app,
      env,
      stdio: ['ignore', output, output],
    });
  }
  return fork(join(root, 'local/functions-host.ts'), ['--port', String(port), '--app', app], {
    execArgv: ['--enable-source-maps', '--import', 'tsx'],
    cwd: root,
    env,
    stdio: ['ignore', output, output, 'ipc'],
    // Its own process group: Ctrl-C reaches this process, which ends the others in order.
    detached: true,
  });
}

/** The sample's settings with this run's addresses; those override the shell's, which must not lead to a real Azure. */
function environmentFor(stack: Stack, settings: Record<string, string> = {}): NodeJS.ProcessEnv {
  const sample = JSON.parse(readFileSync(join(root, 'local.settings.sample.json'), 'utf8')) as {
    Values: Record<string, string>;
    Host: { CORS: string };
  };
  const storage = ['blob', 'queue', 'table'] as const;
  const webJobs = storage.reduce(
    (text, service, index) => text.replace(`https://127.0.0.1:${10_000 + index}`, stack[service]),
    sample.Values['AzureWebJobsStorage'] ?? '',
  );
  return {
    ...sample.Values,
    HOST_CORS: sample.Host.CORS,
    ...process.env,
    AzureWebJobsStorage: webJobs,
    BROKER_CONFIG: writeBrokerConfig(stack),
    KEY_VAULT_URL: stack.keyVault,
    RESOURCE_MANAGER_URL: stack.resourceManager,
    AUDIT_TABLE_URL: `${stack.table}/${brokerAccount}/${auditTable}`,
    STATE_TABLE_URL: `${stack.table}/${brokerAccount}/${stateTable}`,
    IDENTITY_ENDPOINT: stack.identity.endpoint,
    IDENTITY_HEADER: stack.identity.header,
    SIGNER_CLIENT_ID: signerClientId,
    ROTATOR_CLIENT_ID: rotatorClientId,
    NODE_EXTRA_CA_CERTS: stack.certificate.caFile,
    NO_PROXY: [process.env['NO_PROXY'], '127.0.0.1', 'localhost'].filter(Boolean).join(','),
    ...settings,
  };
}

function writeBrokerConfig(stack: Stack): string {
  const file = join(stack.folder, 'broker.json');
  const template = readFileSync(join(import.meta.dirname, 'broker.template.json'), 'utf8');
  const places = { BLOB: stack.blob, QUEUE: stack.queue, TABLE: stack.table, ISSUER: stack.issuer.url };
  const filled = Object.entries(places).reduce(
    (text, [name, url]) => text.replaceAll(`__${name}__`, url),
    template,
  );
  writeWhole(file, filled);
  return file;
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('message', (message: { listening?: number }) => {
      if (message.listening) resolve(message.listening);
    });
  });
}

/** Asks until `/health` answers 200, then once for readiness, whatever that says. */
async function whenReady(url: string): Promise<string> {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const health = await send(`${url}/health`).catch(() => undefined);
    if (health?.status === 200) return (await send(`${url}/health/ready`, { timeout: 30_000 })).text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The broker does not answer 200 at ${url}/health.`);
}
