import type { Readable, Writable } from 'node:stream';

/** What the program reads from and writes to. Tests replace it. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder in which `--as` looks for `.local/stack.json` and the script `token`. */
  readonly folder: string;
  readonly input: Readable & Partial<Terminal>;
  readonly output: Writable & { readonly columns?: number };
  readonly errors: Writable;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** The parts of `process.stdin` that only a terminal has. */
export interface Terminal {
  readonly isTTY: boolean;
  readonly setRawMode: (isRaw: boolean) => unknown;
}
