import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

/** What a driver replies to a command: a value, the broker's problem, or the text of another error. */
export type Outcome =
  { readonly value: unknown } | { readonly problem: Record<string, unknown> } | { readonly error: string };

/** A process that uses a client as it is told, one JSON line per command. Commands run at the same time. */
export class ClientProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  #sent = 0;
  /** A client prints nothing of its own. */
  errors = '';

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { env: { PATH: process.env['PATH'], NO_PROXY: '*' } });
    this.#child.stderr.on('data', (text: Buffer) => (this.errors += text.toString()));
    createInterface(this.#child.stdout).on('line', (line) => {
      const { id, ...outcome } = JSON.parse(line) as Outcome & { id: number };
      this.#waiting.get(id)?.(outcome);
    });
    this.#child.on('exit', () => {
      for (const settle of this.#waiting.values()) settle({ error: `the driver ended: ${this.errors}` });
    });
  }

  /** Runs a command of the driver. */
  run(name: string, members: object = {}): Promise<Outcome> {
    const id = ++this.#sent;
    this.#child.stdin.write(`${JSON.stringify({ id, do: name, ...members })}\n`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await ended;
  }
}

/** Starts the driver of the JavaScript client, bundled into a folder. */
export async function javaScriptProcess(folder: string): Promise<ClientProcess> {
  const outfile = join(folder, 'js-driver.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'js-driver.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return new ClientProcess(process.execPath, [outfile]);
}

/** Starts the driver of the Python client for threads, or of the one for asyncio. */
export const pythonProcess = (kind: 'sync' | 'aio') => (): Promise<ClientProcess> => {
  const python = process.env['PYTHON'] ?? '/usr/bin/python3';
  return Promise.resolve(
    new ClientProcess(python, ['-B', join(import.meta.dirname, 'python_driver.py'), kind]),
  );
};
