import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { environmentFor } from './broker-environment.ts';
import { keepLog } from './broker-log.ts';
import { endChild, whenExited } from './child.ts';
import { projectFolder } from './project-paths.ts';
import { send } from './send.ts';
import type { Stack } from './stack.ts';

export interface BrokerOptions {
  /** The Functions app: package.json, host.json and the built entry point. */
  app: string;
  /** 0 takes a free one, except with Core Tools. */
  port: number;
  /** Run `func start` instead of the stack's own host. */
  coreTools?: boolean;
  /** Settings over those of the sample. */
  settings?: Record<string, string>;
  /** Where its log goes: a file descriptor, or this process's console. Default 'inherit'. */
  output?: 'inherit' | 'ignore' | number;
  /** Instead of `output`, and not with Core Tools: a file, and what is serious to this process's console too. */
  logFile?: string;
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
  { app, port, coreTools, output = 'inherit', logFile }: BrokerOptions,
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
  const to = logFile ? 'pipe' : output;
  const child = fork(join(projectFolder, 'local/functions-host.ts'), ['--port', String(port), '--app', app], {
    execArgv: ['--enable-source-maps', '--import', 'tsx'],
    cwd: projectFolder,
    env,
    stdio: ['ignore', to, to, 'ipc'],
    // Its own process group: Ctrl-C reaches this process, which ends the others in order.
    detached: true,
  });
  if (logFile) keepLog(child, logFile);
  return child;
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
