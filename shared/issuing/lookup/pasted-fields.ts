/** The raw fields of a query in front of its signature, and the text in front of the query. */
export interface FieldsBefore {
  readonly pairs: readonly (readonly [string, string])[];
  /** Ends where the `?` was; null if there is none. */
  readonly head: string | null;
}

/** What ends a query or a bare address. */
const OUTSIDE = /[\s"'<>`()[\]{}|,;]/;
const FIELD = /^\s*[\w$.-]{1,40}=/;
const FIRST_FIELD = /([\w$.-]{1,40})=([^=]*)$/;
/** A line that starts so is the start of a query or an address, not the rest of the line before. */
const NEW_START = /(?<![&?])\n(?=(?:s[vetpsri]|srt|spr|sip|sig|skoid)=|hxxps?:|https?:)/gi;
const NEXT_FIELD = /\n?&([\w$.%-]{1,40})=([^\s&"'<>`|\\]*)/y;
const PUNCTUATION = new Set('.,;:!?)]}*_');
/** A host and a path, from which the scheme was cut off. */
const BARE_ADDRESS = /^[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?\/[^/]/;
/** An address of storage in the forms that name the same resource. */
const ENDPOINT = /^(https?:\/\/)([a-z0-9]{3,24})(?:-secondary)?\.(?:(blob|queue|table|file)|dfs)\./i;

/** Reads the fields in front of a signature. Values may have spaces only if a `?` shows where the query starts. */
export function fieldsBefore(text: string): FieldsBefore {
  const head = joinLines(text);
  const mark = head.lastIndexOf('?');
  const query = head.slice(mark + 1);
  if (mark >= 0 && isFieldList(query)) return { pairs: pairsOf(query), head: head.slice(0, mark) };
  let start = head.length;
  while (start > 0 && head[start - 1] !== '?' && !OUTSIDE.test(head[start - 1] ?? '')) start -= 1;
  return {
    pairs: pairsOf(head.slice(start)),
    head: head[start - 1] === '?' ? head.slice(0, start - 1) : null,
  };
}

/** Reads the raw fields that follow a signature. Punctuation behind the last is not part of it. */
export function fieldsAfter(text: string, start: number): [string, string][] {
  const pairs: [string, string][] = [];
  NEXT_FIELD.lastIndex = start;
  for (let found = NEXT_FIELD.exec(text); found !== null; found = NEXT_FIELD.exec(text)) {
    const [, name = '', value = ''] = found;
    pairs.push([name.toLowerCase(), value]);
  }
  const last = pairs.at(-1);
  if (last !== undefined) last[1] = withoutPunctuation(last[1]);
  return pairs;
}

/** Returns the URL at the end of the text, as the public endpoint of its account spells it; null if there is none. */
export function addressBefore(head: string): string | null {
  const scheme = Math.max(...['http://', 'https://'].map((text) => head.toLowerCase().lastIndexOf(text)));
  if (scheme >= 0) {
    const url = head.slice(scheme);
    return /["<>`]/.test(url) ? null : canonicalAddress(url);
  }
  let start = head.length;
  while (start > 0 && !OUTSIDE.test(head[start - 1] ?? '')) start -= 1;
  const bare = head.slice(start);
  return BARE_ADDRESS.test(bare) ? canonicalAddress(`https://${bare}`) : null;
}

/**
 * Returns the URL without its port and with the endpoint of blobs: storage serves the same blobs at `…dfs…` and, in
 * another region, at `…-secondary…`, and signs neither.
 */
export function canonicalAddress(url: string): string {
  return url
    .replace(/^(https:\/\/[^/]*):443(?=\/|$)/i, '$1')
    .replace(ENDPOINT, (_match, scheme: string, account: string, service?: string) => {
      return `${scheme}${account}.${service ?? 'blob'}.`;
    });
}

function joinLines(text: string): string {
  return text.replace(NEW_START, ' ').replaceAll('\n', '');
}

function isFieldList(query: string): boolean {
  return query.split('&').every((field) => field === '' || FIELD.test(field));
}

function pairsOf(query: string): [string, string][] {
  const [first = '', ...rest] = query.split('&');
  const opening = FIRST_FIELD.exec(first.slice(-4096));
  return [
    ...(opening === null ? [] : [pair(opening[1] ?? '', opening[2] ?? '')]),
    ...rest.map((field) => {
      const at = field.indexOf('=');
      return at < 0 ? pair('', '') : pair(field.slice(0, at), field.slice(at + 1));
    }),
  ];
}

const pair = (name: string, value: string): [string, string] => [name.trim().toLowerCase(), value];

function withoutPunctuation(text: string): string {
  let end = text.length;
  while (end > 0 && PUNCTUATION.has(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}
