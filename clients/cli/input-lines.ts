import { StringDecoder } from 'node:string_decoder';
import { usageFault } from './exit-codes.ts';
import type { World } from './world.ts';

/** In characters. The broker accepts 16,384 in a lookup. */
const LONGEST_LINE = 65_536;

/** Reads lines from standard input, and no more of it than is needed. */
export class InputLines {
  readonly #chunks: AsyncIterator<unknown>;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #ended = false;

  constructor(input: World['input']) {
    this.#chunks = input[Symbol.asyncIterator]() as AsyncIterator<unknown>;
  }

  /** Returns the next line without its line break; null at the end. */
  async next(): Promise<string | null> {
    for (;;) {
      const end = this.#rest.indexOf('\n');
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line.replace(/\r$/, '');
      }
      if (this.#rest.length > LONGEST_LINE) throw usageFault('The line on standard input is too long.');
      if (this.#ended) {
        const last = this.#rest;
        this.#rest = '';
        return last === '' ? null : last;
      }
      await this.#readChunk();
    }
  }

  /** True if more text than the lines so far has already arrived. */
  get hasMore(): boolean {
    return this.#rest.trim() !== '';
  }

  /** Stops reading, so that the process can end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #readChunk(): Promise<void> {
    const chunk: IteratorResult<unknown, unknown> = await this.#chunks.next();
    if (chunk.done === true) {
      this.#ended = true;
      this.#rest += this.#decoder.end();
    } else {
      this.#rest +=
        typeof chunk.value === 'string' ? chunk.value : this.#decoder.write(chunk.value as Buffer);
    }
  }
}
