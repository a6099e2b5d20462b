/** A SHA-256 in base64 without its one `=`. */
const DATA_CHARACTERS = 43;

/** What the text after `sig=` is. */
export type SignatureText =
  | {
      readonly state: 'complete';
      /** 44 characters of base64. */
      readonly signature: string;
      /** Where the text continues. */
      readonly end: number;
      /** How often the signature was percent-encoded. */
      readonly layers: number;
      readonly repairs: readonly Repair[];
    }
  | { readonly state: 'redacted' | 'too-long' | 'absent'; readonly end: number }
  | { readonly state: 'too-short'; readonly end: number; readonly left: number };

/** How a signature was damaged that could still be read. */
export type Repair = 'padding' | 'spaces' | 'url-safe';

/** One character of a signature: plain, percent-encoded up to nine times, or a line's end, also inside an encoding. */
const UNIT =
  /(?<data>[A-Za-z0-9+/])|(?<safe>[-_])|(?<pad>=)|(?<space> )|(?<line>\n)|%(?<layers>(?:\n?2\n?5){0,8})\n?(?<code>2\n?b|2\n?f|3\n?d|2\n?0|0\n?a|0\n?d)/iy;
const REDACTED =
  /[[<({"'*]?(?:%5b|%3c)?\s?(?:x{3,}(?![a-z0-9+/%=])|\*|\u2026|\u2022|\.{3}|redact|mask|removed|hidden|scrub|censor|omitted|signature|secret|your)/iy;
const MASK = /[*\u2026\u2022]|\.\.\.?/y;

/**
 * Reads the signature that starts at `start`. Line ends inside are left out. Spaces count as `+`, and `-` and `_` as `+`
 * and `/`, if the signature then has its length. Looks at some hundred characters at most.
 */
export function readSignature(text: string, start: number): SignatureText {
  const spaced = readUnits(text, start, true);
  const plain = spaced.usedSpaces && !isWhole(text, spaced) ? readUnits(text, start, false) : spaced;
  const { data, padded, end, layers, usedSpaces, usedSafe } = plain;
  if (/^x+$/i.test(data) || (!isWhole(text, plain) && isRedacted(text, start, end)))
    return { state: 'redacted', end };
  if (data === '') return { state: 'absent', end };
  if (data.length < DATA_CHARACTERS) return { state: 'too-short', end, left: data.length + (padded ? 1 : 0) };
  if (!isWhole(text, plain)) return { state: 'too-long', end };
  const repairs: Repair[] = [
    ...(padded ? [] : ['padding' as const]),
    ...(usedSpaces ? ['spaces' as const] : []),
    ...(usedSafe ? ['url-safe' as const] : []),
  ];
  return { state: 'complete', signature: `${data}=`, end, layers, repairs };
}

interface Units {
  readonly data: string;
  readonly padded: boolean;
  readonly end: number;
  readonly layers: number;
  readonly usedSpaces: boolean;
  readonly usedSafe: boolean;
}

function readUnits(text: string, start: number, allowSpaces: boolean): Units {
  let data = '';
  let end = start;
  let layers = 0;
  let usedSpaces = false;
  let usedSafe = false;
  for (let at = start; ;) {
    UNIT.lastIndex = at;
    const found = UNIT.exec(text);
    if (found === null) break;
    const unit = found.groups ?? {};
    const code = unit['code']?.replace('\n', '').toLowerCase();
    const isPad = unit['pad'] !== undefined || code === '3d';
    const isBreak = unit['line'] !== undefined || code === '0a' || code === '0d';
    const isSpace = unit['space'] !== undefined || code === '20';
    if (data.length === DATA_CHARACTERS && !isPad && !isBreak) break;
    if (isSpace && !allowSpaces) break;
    at += found[0].length;
    if (code !== undefined)
      layers = Math.max(layers, 1 + (unit['layers'] ?? '').replaceAll('\n', '').length / 2);
    if (isPad) return { data, padded: true, end: at, layers, usedSpaces, usedSafe };
    if (isBreak) continue;
    usedSpaces ||= isSpace;
    usedSafe ||= unit['safe'] !== undefined;
    data += isSpace || code === '2b' ? '+' : code === '2f' ? '/' : standard(found[0]);
    end = at;
  }
  return { data, padded: false, end, layers, usedSpaces, usedSafe };
}

const standard = (character: string): string =>
  character === '-' ? '+' : character === '_' ? '/' : character;

/** True if the signature has its length, and no further character of base64 follows where its padding was lost. */
function isWhole(text: string, { data, padded, end }: Units): boolean {
  if (data.length !== DATA_CHARACTERS) return false;
  return padded || !/[A-Za-z0-9+/]/.test(text[end] ?? '');
}

function isRedacted(text: string, start: number, end: number): boolean {
  REDACTED.lastIndex = start;
  MASK.lastIndex = end;
  return REDACTED.test(text) || MASK.test(text);
}
