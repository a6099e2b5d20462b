import type { Fault } from '../broker-error.ts';
import { fail, ok, type Rejection, type Result } from '../result.ts';
import { formatPath } from './fault-path.ts';

/** What a JSON text may cost before anything is made of it. */
export interface JsonLimits {
  /** Objects, lists, texts, numbers and literals, counted one by one; names of members do not count. */
  readonly maxValues: number;
  /** Levels of objects and lists, the outermost included. */
  readonly maxDepth: number;
}

/** What one pass over a JSON text found. */
export interface JsonScan {
  /** Members that are given twice, by path; at most one fault per path. */
  readonly repeated: readonly Fault[];
  /** Where the items of each list directly below the root object are in the text. */
  readonly items: ReadonlyMap<string, readonly JsonSpan[]>;
}

/** A value in a text, from `start` up to `end`, both as indexes of UTF-16 code units. */
export interface JsonSpan {
  readonly start: number;
  readonly end: number;
}

export type JsonExcess = Rejection<'too-many-values' | 'too-deep'>;

/** More repeated members than these are not worth telling. */
const MAX_REPEATED = 20;

interface Container {
  readonly kind: 'object' | 'list';
  /** The names that an object has had. */
  readonly names: Set<string>;
  /** The name of the member, or the index of the item, that comes next or is being read. */
  at: string | number;
  /** An object expects a name, or a colon and a value. */
  expectsName: boolean;
  readonly start: number;
}

/**
 * Counts the values of a JSON text, bounds its depth, and finds members that are given twice, also if a name is written
 * with escapes (`"\u0070"`), of which `JSON.parse` would silently keep the last. The text need not be valid JSON: what
 * is not, `JSON.parse` refuses afterwards. The cost is one pass, and it ends at the first excess.
 */
export function scanJson(text: string, limits: JsonLimits): Result<JsonScan, JsonExcess> {
  const scanner = new Scanner(text, limits);
  return scanner.scan();
}

class Scanner {
  readonly #text: string;
  readonly #limits: JsonLimits;
  readonly #containers: Container[] = [];
  readonly #repeated: Fault[] = [];
  readonly #items = new Map<string, JsonSpan[]>();
  #values = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  scan(): Result<JsonScan, JsonExcess> {
    for (let index = 0; index < this.#text.length;) {
      const end = this.#tokenEnd(index);
      this.#take(index, end);
      if (this.#values > this.#limits.maxValues)
        return excess(
          'too-many-values',
          `must hold at most ${this.#limits.maxValues.toLocaleString('en')} JSON values`,
        );
      if (this.#containers.length > this.#limits.maxDepth)
        return excess('too-deep', `must be nested at most ${this.#limits.maxDepth} levels deep`);
      index = end;
    }
    return ok({ repeated: this.#repeated, items: this.#items });
  }

  /** The index after the token that starts at `start`: a string, a punctuation mark, white space, or anything else. */
  #tokenEnd(start: number): number {
    const text = this.#text;
    if (text[start] === '"') return stringEnd(text, start);
    if (isPunctuation(text.charCodeAt(start)) || isSpace(text.charCodeAt(start))) return start + 1;
    let end = start + 1;
    while (end < text.length && !isDelimiter(text.charCodeAt(end))) end += 1;
    return end;
  }

  #take(start: number, end: number): void {
    const open = this.#containers.at(-1);
    switch (this.#text[start]) {
      case '{':
      case '[':
        this.#open(this.#text[start] === '{' ? 'object' : 'list', start);
        return;
      case '}':
      case ']':
        this.#close(end);
        return;
      case ',':
        if (open?.kind === 'list') open.at = Number(open.at) + 1;
        else if (open !== undefined) open.expectsName = true;
        return;
      case ':':
      case ' ':
      case '\n':
      case '\r':
      case '\t':
      case undefined:
        return;
      default:
        if (open?.expectsName === true) this.#takeName(open, this.#text.slice(start, end));
        else this.#takeValue({ start, end });
    }
  }

  #open(kind: Container['kind'], start: number): void {
    this.#values += 1;
    this.#containers.push({
      kind,
      names: new Set(),
      at: kind === 'list' ? 0 : '',
      expectsName: kind === 'object',
      start,
    });
  }

  #close(end: number): void {
    const closed = this.#containers.pop();
    if (closed !== undefined) this.#keepItem({ start: closed.start, end });
  }

  #takeValue(span: JsonSpan): void {
    this.#values += 1;
    this.#keepItem(span);
  }

  #takeName(object: Container, token: string): void {
    const name = nameOf(token);
    object.at = name;
    object.expectsName = false;
    if (object.names.has(name)) this.#report();
    object.names.add(name);
  }

  #report(): void {
    if (this.#repeated.length >= MAX_REPEATED) return;
    const path = formatPath(
      this.#containers.map(({ at }) => at),
      '',
    );
    if (this.#repeated.every((fault) => fault.path !== path))
      this.#repeated.push({ path, message: 'is given more than once' });
  }

  /** Items of a list that is a member of the root object. */
  #keepItem(span: JsonSpan): void {
    const [root, list, ...deeper] = this.#containers;
    if (root?.kind !== 'object' || list?.kind !== 'list' || deeper.length > 0) return;
    const name = String(root.at);
    const items = this.#items.get(name) ?? [];
    items.push(span);
    this.#items.set(name, items);
  }
}

/** Quotes that follow an odd number of backslashes belong to the text; a string that never ends takes all the rest. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** A name's escapes are resolved, so that every spelling of it counts as one. */
function nameOf(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

function excess(reason: JsonExcess['reason'], message: string): Result<never, JsonExcess> {
  return fail({ reason, message });
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** `{ } [ ] , :` */
function isPunctuation(code: number): boolean {
  return code === 0x7b || code === 0x7d || code === 0x5b || code === 0x5d || code === 0x2c || code === 0x3a;
}

function isDelimiter(code: number): boolean {
  return isSpace(code) || isPunctuation(code) || code === 0x22;
}
