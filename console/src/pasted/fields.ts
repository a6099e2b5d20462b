import { decodePercents } from './plain-text.ts';

/** What is known of a SAS besides its signature. */
export interface SasText {
  /** Each field but `sig`, decoded. */
  readonly fields: ReadonlyMap<string, string>;
  /** Host and path of the URL in front of the query, as spelled; null if there is none. */
  readonly resource: string | null;
}

/** Characters that cannot be part of a query or address. */
const OUTSIDE = /[\s"'<>`()[\]{}|,;]/;
/** A line that starts so is the start of a query or an address, not the rest of the line before. */
const NEW_START = /(?<![&?])\n(?=(?:s[vetpsri]|srt|spr|sip|sig|skoid)=|https?:)/gi;
const NEXT_FIELD = /\n?&([\w$.%-]{1,40})=([^\s&"'<>`|\\]*)/y;
const BARE_ADDRESS = /^[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?\/[^/]/;

/** Reads the fields around a signature, whose `sig=` starts at `start` and which ends at `end`. */
export function readFields(text: string, start: number, end: number): SasText {
  const head = text.slice(0, start).replace(NEW_START, ' ').replaceAll('\n', '');
  const query = endOf(head, true);
  const fields = new Map<string, string>();
  for (const [name, raw] of [...pairsOf(query), ...pairsAfter(text, end)]) {
    const key = name.trim().toLowerCase();
    if (key !== '' && key !== 'sig' && !fields.has(key)) fields.set(key, decodeAll(raw.replaceAll('+', ' ')));
  }
  const before = head.slice(0, head.length - query.length);
  return { fields, resource: before.endsWith('?') ? addressAt(before.slice(0, -1)) : null };
}

/** Returns the end of a text up to the last character that cannot be part of an address, or of a query. */
function endOf(text: string, isQuery: boolean): string {
  let start = text.length;
  while (start > 0) {
    const character = text[start - 1] ?? '';
    if (OUTSIDE.test(character) || (isQuery && character === '?')) break;
    start -= 1;
  }
  return text.slice(start);
}

function pairsOf(query: string): [string, string][] {
  const [first = '', ...rest] = query.split('&');
  // In "SharedAccessSignature=sv=…" the last name counts.
  const opening = /([\w$.-]{1,40})=([^=]*)$/.exec(first);
  const pairs: [string, string][] = opening === null ? [] : [[opening[1] ?? '', opening[2] ?? '']];
  for (const field of rest) {
    const at = field.indexOf('=');
    if (at > 0) pairs.push([field.slice(0, at), field.slice(at + 1)]);
  }
  return pairs;
}

function pairsAfter(text: string, end: number): [string, string][] {
  const pairs: [string, string][] = [];
  NEXT_FIELD.lastIndex = end;
  for (let found = NEXT_FIELD.exec(text); found !== null; found = NEXT_FIELD.exec(text))
    pairs.push([found[1] ?? '', found[2] ?? '']);
  const last = pairs.at(-1);
  if (last !== undefined) last[1] = last[1].replace(/[.,;:!?)\]}*_]+$/, '');
  return pairs;
}

/** A value may have been encoded with the text around it. */
function decodeAll(raw: string): string {
  let value = raw;
  for (let layer = 0; layer < 5; layer += 1) value = decodePercents(value);
  return value;
}

function addressAt(head: string): string | null {
  const scheme = Math.max(
    head.toLowerCase().lastIndexOf('http://'),
    head.toLowerCase().lastIndexOf('https://'),
  );
  const address = scheme < 0 ? endOf(head, false) : head.slice(scheme);
  if (scheme < 0 && !BARE_ADDRESS.test(address)) return null;
  if (/["<>`]/.test(address)) return null;
  return address.replace(/^https?:\/\//i, '').replace(/^([^/]*):443(?=\/|$)/, '$1');
}
