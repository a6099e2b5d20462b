import { type ChildProcess, fork } from 'node:child_process';
import { Agent, request as send } from 'node:http';
import { join } from 'node:path';
import { stopChild } from '../local/child.ts';

const ROOT = join(import.meta.dirname, '..');

/** A Functions host in a process of its own, whose processor time can be read. */
export interface MeasuredHost {
  /** `http://127.0.0.1:<port>/api` */
  readonly url: string;
  /** Returns the processor time that the host has used since it started, in milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the laptop's Functions host on the built app in `app`. */
export async function startMeasuredHost(
  app: string,
  env: NodeJS.ProcessEnv,
  nodeArguments: readonly string[] = [],
): Promise<MeasuredHost> {
  const reporter = join(import.meta.dirname, 'apps/report-cpu.ts');
  const child = fork(join(ROOT, 'local/functions-host.ts'), ['--port', '0', '--app', app], {
    execArgv: [...nodeArguments, '--import', 'tsx', '--import', reporter],
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: process.env['PATH'], FUNCTIONS_WORKER_RUNTIME: 'node', ...env },
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', ({ listening }: { listening: number }) => resolve(listening));
    child.once('exit', (code) => reject(new Error(`The host ended with ${code}.`)));
  });
  return {
    url: `http://127.0.0.1:${port}/api`,
    cpuMs: () => askCpu(child),
    stop: () => stopChild(child, 8000),
  };
}

let questions = 0;

function askCpu(child: ChildProcess): Promise<number> {
  const question = (questions += 1);
  return new Promise((resolve) => {
    const answer = (message: { readonly askedCpu?: number; readonly cpuMs?: number }) => {
      if (message.askedCpu !== question) return;
      child.off('message', answer);
      resolve(message.cpuMs ?? NaN);
    };
    child.on('message', answer);
    child.send({ askCpu: question });
  });
}

/** One request, sent again and again with POST. */
export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The only status that counts as a success. */
  readonly status: number;
}

/**
 * Sends equal requests over kept connections, which are closed at the end.
 * @throws Error if a reply has another status.
 */
export async function sendAll(load: Load, requests: number, atOnce: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  let left = requests;
  const sender = async () => {
    while (left > 0) {
      left -= 1;
      await sendOne(load, agent);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, sender));
  } finally {
    agent.destroy();
  }
}

/** Sends one request over a connection of the agent. @throws Error if the reply has another status. */
export function sendOne({ url, headers, body, status }: Load, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = send(url, { method: 'POST', agent, headers: withLength(headers, body) }, (reply) => {
      const isExpected = reply.statusCode === status;
      let text = '';
      if (isExpected) reply.resume();
      else reply.setEncoding('utf8').on('data', (part: string) => (text += part));
      reply.once('end', () => {
        if (isExpected) resolve();
        else reject(new Error(`${url} replied ${reply.statusCode}: ${text.slice(0, 300)}`));
      });
      reply.once('error', reject);
    });
    call.once('error', reject);
    call.end(body);
  });
}

/** Adds the headers of a JSON body. */
export function withLength(headers: Load['headers'], body: string): Record<string, string> {
  return {
    ...headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
}
