import type { Fault } from '../broker-error.ts';
import { fail, ok, type Rejection, type Result } from '../result.ts';
import { formatPath } from './fault-path.ts';
import { groupedDigits } from './grouped-digits.ts';
import { memberName, tokenEnd } from './json-tokens.ts';

/** What a JSON text may cost before anything is made of it. */
export interface JsonLimits {
  /** Objects, lists, texts, numbers and literals, counted one by one; names of members do not count. */
  readonly maxValues: number;
  /** Levels of objects and lists, the outermost included. */
  readonly maxDepth: number;
}

/** Members that are given more than once: the first 20 by path, and how many there are. */
export interface RepeatedMembers {
  readonly faults: readonly Fault[];
  readonly count: number;
}

/** What one pass over a JSON text found. */
export interface JsonScan {
  /** Those outside the items of the list that the scan was told to split. */
  readonly repeated: RepeatedMembers;
  /** The items of that list, in order. */
  readonly items: readonly JsonItem[];
}

/** One item of a list. Paths of its repeated members begin at the item. */
export interface JsonItem {
  readonly text: string;
  /** How many JSON values the item contains, itself included. */
  readonly values: number;
  readonly repeated: RepeatedMembers;
}

export type JsonExcess = Rejection<'too-many-values' | 'too-deep'>;

/** A path can be as long as the text, so only this many are written. */
const MAX_REPEATED_PATHS = 20;

interface Container {
  readonly kind: 'object' | 'list';
  /** How often an object has had each name. */
  readonly names: Map<string, number>;
  /** The name of the member, or the index of the item, that comes next or is being read. */
  at: string | number;
  /** An object expects a name, or a colon and a value. */
  expectsName: boolean;
}

/** An item of the list that is split, while the scan is inside it. */
interface OpenItem {
  readonly start: number;
  /** How many values were before it. */
  readonly valuesBefore: number;
  readonly repeated: RepeatedNames;
}

/**
 * Counts the values of a JSON text, bounds its depth, and finds members that are given twice, also if a name is written
 * with escapes (`"\u0070"`), of which `JSON.parse` would silently keep the last. The text need not be valid JSON: what
 * is not, `JSON.parse` refuses afterwards. The cost is one pass, and it ends at the first excess.
 * @param splitList names a list directly below the root object, whose items are counted and checked one by one.
 */
export function scanJson(text: string, limits: JsonLimits, splitList?: string): Result<JsonScan, JsonExcess> {
  const scanner = new Scanner(text, limits, splitList ?? null);
  return scanner.scan();
}

/** Describes a JSON text with more than `limit` values. */
export function tooManyValues(limit: number): string {
  return `must contain at most ${groupedDigits(limit)} JSON values`;
}

class RepeatedNames implements RepeatedMembers {
  readonly faults: Fault[] = [];
  count = 0;

  add(containers: readonly Container[]): void {
    this.count += 1;
    if (this.faults.length >= MAX_REPEATED_PATHS) return;
    const path = formatPath(
      containers.map(({ at }) => at),
      '',
    );
    this.faults.push({ path, message: 'is given more than once' });
  }
}

class Scanner {
  readonly #text: string;
  readonly #limits: JsonLimits;
  readonly #splitList: string | null;
  readonly #containers: Container[] = [];
  readonly #repeated = new RepeatedNames();
  readonly #items: JsonItem[] = [];
  #item: OpenItem | null = null;
  #values = 0;

  constructor(text: string, limits: JsonLimits, splitList: string | null) {
    this.#text = text;
    this.#limits = limits;
    this.#splitList = splitList;
  }

  scan(): Result<JsonScan, JsonExcess> {
    for (let index = 0; index < this.#text.length;) {
      const end = tokenEnd(this.#text, index);
      this.#take(index, end);
      if (this.#values > this.#limits.maxValues)
        return excess('too-many-values', tooManyValues(this.#limits.maxValues));
      if (this.#containers.length > this.#limits.maxDepth)
        return excess('too-deep', `must be nested at most ${this.#limits.maxDepth} levels deep`);
      index = end;
    }
    return ok({ repeated: this.#repeated, items: this.#items });
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
        else this.#takeValue(start, end);
    }
  }

  #open(kind: Container['kind'], start: number): void {
    this.#beginItem(start);
    this.#values += 1;
    this.#containers.push({
      kind,
      names: new Map(),
      at: kind === 'list' ? 0 : '',
      expectsName: kind === 'object',
    });
  }

  #close(end: number): void {
    this.#containers.pop();
    this.#endItem(end);
  }

  #takeValue(start: number, end: number): void {
    this.#beginItem(start);
    this.#values += 1;
    this.#endItem(end);
  }

  #takeName(object: Container, token: string): void {
    const name = memberName(token);
    object.at = name;
    object.expectsName = false;
    const times = (object.names.get(name) ?? 0) + 1;
    object.names.set(name, times);
    if (times !== 2) return;
    if (this.#item === null) this.#repeated.add(this.#containers);
    else this.#item.repeated.add(this.#containers.slice(2));
  }

  #beginItem(start: number): void {
    if (this.#isInSplitList())
      this.#item = { start, valuesBefore: this.#values, repeated: new RepeatedNames() };
  }

  #endItem(end: number): void {
    if (this.#item === null || !this.#isInSplitList()) return;
    const { start, valuesBefore, repeated } = this.#item;
    this.#items.push({ text: this.#text.slice(start, end), values: this.#values - valuesBefore, repeated });
    this.#item = null;
  }

  /** True between the items of the list that is split, and at the start and the end of each. */
  #isInSplitList(): boolean {
    const [root, list] = this.#containers;
    return (
      this.#containers.length === 2 &&
      root?.kind === 'object' &&
      root.at === this.#splitList &&
      list?.kind === 'list'
    );
  }
}

function excess(reason: JsonExcess['reason'], message: string): Result<never, JsonExcess> {
  return fail({ reason, message });
}
