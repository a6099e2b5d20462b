import { fork, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a worker has used when a reply arrives. */
export interface StartCost {
  /** From the fork to the reply. */
  readonly wallMs: number;
  /** Of all threads. */
  readonly cpuMs: number;
  readonly mib: number;
}

export interface Start {
  /** A worker that is built into one file, so that no compiler runs in it. */
  readonly host: string;
  /** The folder of the app. */
  readonly app: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Starts a worker, sends it one request as soon as it listens, and stops it. Linux only: it reads /proc. */
export async function measureStart(
  { host, app, env }: Start,
  path: string,
  request: RequestInit & { readonly status: number },
): Promise<StartCost> {
  const started = performance.now();
  const worker = fork(host, ['--port', '0', '--app', app], {
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const port = await listening(worker);
    const reply = await fetch(`http://127.0.0.1:${port}/api/${path}`, request);
    const wallMs = performance.now() - started;
    if (reply.status !== request.status) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return { wallMs, ...usedBy(worker.pid ?? 0) };
  } finally {
    worker.kill('SIGKILL');
  }
}

function listening(worker: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('message', ({ listening: port }: { listening: number }) => resolve(port));
    worker.once('exit', (code) => reject(new Error(`The worker ended with ${code}.`)));
  });
}

function usedBy(pid: number): Pick<StartCost, 'cpuMs' | 'mib'> {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  const [, kib = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { cpuMs: nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6, mib: Number(kib) / 1024 };
}
