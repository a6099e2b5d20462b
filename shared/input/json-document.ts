import type { Fault } from '../broker-error.ts';
import { fail, ok, type Result } from '../result.ts';
import { formatPath, type Path } from './fault-path.ts';

const MAX_DEPTH = 32;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex -- JSON allows no raw control characters in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;
const WORDS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class SyntaxFault extends Error {}

/** A JSON document without syntax faults; `faults` lists the members that it must not have. */
export interface JsonDocument {
  readonly value: unknown;
  readonly faults: readonly Fault[];
}

/**
 * Reads JSON as `JSON.parse` does, but reports the line and column of a syntax fault. Also reports what `JSON.parse`
 * accepts silently: duplicate members (the last one would win) and `__proto__`.
 * @returns the document, or its syntax fault.
 */
export function readJson(text: string): Result<JsonDocument, Fault> {
  const reader = new Reader(text);
  try {
    return ok({ value: reader.document(), faults: reader.faults });
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return fail({ path: '$', message: error.message });
  }
}

class Reader {
  readonly faults: Fault[] = [];
  readonly #text: string;
  #at: number;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  document(): unknown {
    const value = this.#value([]);
    if (this.#at < this.#text.length) this.#fail('unexpected text after the JSON value');
    return value;
  }

  #value(path: Path): unknown {
    if (path.length > MAX_DEPTH) this.#fail(`nesting is deeper than ${MAX_DEPTH} levels`);
    this.#token(SPACE);
    const value = this.#bareValue(path);
    this.#token(SPACE);
    return value;
  }

  #bareValue(path: Path): unknown {
    if (this.#skip('{')) return this.#object(path);
    if (this.#skip('[')) return this.#array(path);
    if (this.#text[this.#at] === '"') return this.#string();
    const number = this.#token(NUMBER);
    if (number !== null) return Number(number);
    const word = WORDS.find(([name]) => this.#skip(name));
    if (word === undefined) this.#fail('expected a JSON value');
    return word[1];
  }

  #object(path: Path): unknown {
    const members = new Map<string, unknown>();
    this.#token(SPACE);
    if (this.#skip('}')) return {};
    do {
      this.#token(SPACE);
      if (this.#text[this.#at] !== '"') this.#fail('expected a member name in double quotes');
      const name = this.#string();
      const memberPath = [...path, name];
      if (members.has(name))
        this.faults.push({ path: formatPath(memberPath), message: 'is a duplicate; keep only one' });
      if (name === '__proto__')
        this.faults.push({ path: formatPath(memberPath), message: 'must not be a member name' });
      this.#token(SPACE);
      if (!this.#skip(':')) this.#fail('expected ":"');
      members.set(name, this.#value(memberPath));
    } while (this.#skip(','));
    if (!this.#skip('}')) this.#fail('expected "," or "}"');
    return Object.fromEntries(members);
  }

  #array(path: Path): unknown[] {
    const items: unknown[] = [];
    this.#token(SPACE);
    if (this.#skip(']')) return items;
    do items.push(this.#value([...path, items.length]));
    while (this.#skip(','));
    if (!this.#skip(']')) this.#fail('expected "," or "]"');
    return items;
  }

  #string(): string {
    const token = this.#token(STRING);
    if (token === null)
      this.#fail('the string is not closed, or it has a raw control character or an invalid escape');
    return JSON.parse(token) as string;
  }

  #token(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }

  #skip(text: string): boolean {
    const found = this.#text.startsWith(text, this.#at);
    if (found) this.#at += text.length;
    return found;
  }

  #fail(message: string): never {
    const before = this.#text.slice(0, this.#at).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new SyntaxFault(`is not valid JSON at line ${before.length}, column ${column}: ${message}`);
  }
}
