import { type ChildProcess, fork, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildBrokerEnvironment } from './broker-environment.ts';
import { captureLog } from './broker-log.ts';
import { stopChild, waitForExit } from './child.ts';
import { projectFolder } from './project-paths.ts';
import { send } from './send.ts';
import type { Stack } from './stack.ts';

export interface BrokerOptions {
  /** The folder of the Functions app: package.json, host.json and the built entry point. */
  app: string;
  /** 0 picks a free port, except with Core Tools. */
  port: number;
  /** Runs `func start` instead of local/functions-host.ts. */
  coreTools?: boolean;
  /** Settings that override all others. */
  settings?: Record<string, string>;
  /** Where the process prints: this console, nowhere, or a file descriptor. Default 'inherit'. */
  output?: 'inherit' | 'ignore' | number;
  /** Replaces `output`: a file for the log, whose warnings and errors also go to this console. Not with Core Tools. */
  logFile?: string;
  /** Ends the process when aborted. A start that is still in progress then rejects. */
  signal?: AbortSignal;
}

export interface BrokerProcess {
  /** `http://127.0.0.1:7071/api` */
  url: string;
  admin: string;
  pid: number;
  /** The body of the first reply from `/health/ready`. */
  readiness: string;
  /** Resolves with the reason when the process has ended. */
  exited: Promise<string>;
  stop(): Promise<void>;
}

/** Starts the broker on `stack` and waits until it replies. Rejects if it ends first, or is not up within a minute. */
export async function startBroker(stack: Stack, options: BrokerOptions): Promise<BrokerProcess> {
  const child = startHost(options, buildBrokerEnvironment(stack, options.settings));
  options.signal?.addEventListener('abort', () => child.kill());
  const exited = waitForExit(child);
  const failed = exited.then((reason) => {
    throw new Error(`The Functions host ${reason}.`);
  });
  failed.catch(() => undefined);
  try {
    const port = options.coreTools ? options.port : await Promise.race([waitForPort(child), failed]);
    const url = `http://127.0.0.1:${port}/api`;
    const readiness = await Promise.race([waitForReadiness(url), failed]);
    const stop = (): Promise<void> => stopChild(child, 8000);
    const admin = `http://127.0.0.1:${port}/admin`;
    return { url, admin, pid: child.pid ?? 0, readiness, exited, stop };
  } catch (error) {
    await stopChild(child, 8000);
    throw error;
  }
}

function startHost(
  { app, port, coreTools, output = 'inherit', logFile }: BrokerOptions,
  env: NodeJS.ProcessEnv,
): ChildProcess {
  if (coreTools) {
    const isInstalled = (env['PATH'] ?? '')
      .split(delimiter)
      .some((folder) => existsSync(join(folder, 'func')));
    if (!isInstalled)
      throw new Error(
        'Azure Functions Core Tools ("func") is not on the PATH. Install it, or run npm start without --func.',
      );
    return spawn('func', ['start', '--port', String(port)], {
      cwd: app,
      env,
      stdio: ['ignore', output, output],
    });
  }
  const target = logFile ? 'pipe' : output;
  const child = fork(join(projectFolder, 'local/functions-host.ts'), ['--port', String(port), '--app', app], {
    execArgv: ['--enable-source-maps', '--import', 'tsx'],
    cwd: projectFolder,
    env,
    stdio: ['ignore', target, target, 'ipc'],
    // In its own process group, the host does not get Ctrl-C. This process does, and ends the others in order.
    detached: true,
  });
  if (logFile) captureLog(child, logFile);
  return child;
}

function waitForPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('message', (message: { listening?: number }) => {
      if (message.listening) resolve(message.listening);
    });
  });
}

/** Polls `/health` until it replies 200. Returns the body of `/health/ready`, ready or not. */
async function waitForReadiness(url: string): Promise<string> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const health = await send(`${url}/health`).catch(() => undefined);
    if (health?.status === 200) return (await send(`${url}/health/ready`, { timeoutMs: 30_000 })).text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The broker did not reply 200 at ${url}/health within 60 seconds.`);
}
