import type { Writable } from 'node:stream';
import { jsonLine, printable } from './printable.ts';
import type { World } from './world.ts';

/** Writes results to standard output and messages to standard error. */
export class Printer {
  /** True with `--json`. */
  readonly json: boolean;
  /** The width of the terminal; Infinity if the output is not a terminal. */
  readonly width: number;
  readonly #output: Writable;
  readonly #errors: Writable;
  #closed = false;

  constructor({ output, errors }: World, json: boolean) {
    this.json = json;
    this.width = output.columns ?? Infinity;
    this.#output = output;
    this.#errors = errors;
    // A reader such as `head` may go away at any time. Without listeners the process would fail.
    output.on('error', () => (this.#closed = true));
    errors.on('error', () => undefined);
  }

  /** True once nobody reads the output any more, so there is no reason to produce more of it. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Writes lines that are safe to print, and waits until they are taken. */
  async lines(lines: readonly string[]): Promise<void> {
    if (this.#closed || lines.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#output.write(`${lines.join('\n')}\n`, (error) => {
        if (error) this.#closed = true;
        resolve();
      });
    });
  }

  /** Writes values as JSON, one per line. */
  records(values: readonly unknown[]): Promise<void> {
    return this.lines(values.map(jsonLine));
  }

  /** Writes a message for people to standard error. */
  note(text: string): void {
    this.#errors.write(`${text.split('\n').map(printable).join('\n')}\n`);
  }

  /** Writes a question to standard error, without a line break. */
  ask(text: string): void {
    this.#errors.write(`${printable(text)} `);
  }
}
