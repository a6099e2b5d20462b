/** What stands behind `sig=`. */
export type FoundSignature =
  | {
      readonly state: 'whole';
      /** 44 characters of base64: a SHA-256. */
      readonly signature: string;
      /** Where the text continues. */
      readonly end: number;
      readonly repairs: readonly Repair[];
    }
  | { readonly state: 'too-short'; readonly left: number }
  | { readonly state: 'redacted' | 'too-long' | 'absent' };

/** How a signature was damaged that can be read all the same. */
export type Repair = 'padding' | 'spaces' | 'url-safe' | 'encoded';

const DATA = '[A-Za-z0-9+/_-]|%(?:25)*2[bf]';
const SPACES = '[ ]|%(?:25)*20';
const PAD = '=|%(?:25)*3d';
/** No further character of base64 may follow where the padding was lost. */
const whole = (unit: string) =>
  new RegExp(`^((?:${unit}){43})(?:(${PAD})|(?![A-Za-z0-9+/]|%(?:25)*2[bf]))`, 'i');
const PLAIN = whole(DATA);
const SPACED = whole(`${DATA}|${SPACES}`);
const UNITS = new RegExp(`^(?:${DATA})*`, 'i');
const UNIT = new RegExp(DATA, 'gi');
const PAD_NEXT = new RegExp(`^(?:${PAD})`, 'i');
const REDACTED =
  /^[[<({"'*]?(?:%5b|%3c)?\s?(?:x{3,}(?![a-z0-9+/%=])|\*|…|•|\.{3}|redact|mask|removed|hidden|scrub|censor|omitted|signature|secret|your)/i;
const MASK = /^(?:[*…•]|\.\.)/;
/** More than 44 characters, each percent-encoded several times, and the ends of lines between them. */
const LONGEST = 1000;

/**
 * Reads the signature that starts at `start`. The end of a line inside it is left out; at the end of each line it may
 * also be over.
 */
export function readSignature(text: string, start: number): FoundSignature {
  const tail = text.slice(start, start + LONGEST);
  const stops = [tail.length, ...[...tail.matchAll(/\n/g)].map(({ index }) => index).reverse()];
  for (const pattern of [PLAIN, SPACED])
    for (const stop of stops) {
      const found = pattern.exec(tail.slice(0, stop).replaceAll('\n', ''));
      if (found !== null)
        return wholeSignature(found, start + reach(tail, found[0].length), pattern === SPACED);
    }
  return damagedSignature(tail.replaceAll('\n', ''), tail);
}

function wholeSignature([, data = '', pad]: RegExpExecArray, end: number, spaced: boolean): FoundSignature {
  const plain = data
    .replace(/%(?:25)*2b/gi, '+')
    .replace(/%(?:25)*2f/gi, '/')
    .replace(/%(?:25)*20/gi, '+')
    .replaceAll(' ', '+');
  if (/^x+$/i.test(plain)) return { state: 'redacted' };
  const repairs: Repair[] = [];
  if (pad === undefined) repairs.push('padding');
  if (spaced) repairs.push('spaces');
  if (/[-_]/.test(plain)) repairs.push('url-safe');
  if (`${data}${pad ?? ''}`.includes('%25')) repairs.push('encoded');
  return {
    state: 'whole',
    signature: `${plain.replaceAll('-', '+').replaceAll('_', '/')}=`,
    end,
    repairs,
  };
}

function damagedSignature(joined: string, tail: string): FoundSignature {
  const units = UNITS.exec(joined)?.[0] ?? '';
  const rest = joined.slice(units.length);
  if (REDACTED.test(tail) || MASK.test(rest) || /^x+$/i.test(units)) return { state: 'redacted' };
  const ofFirstLine = UNITS.exec(tail)?.[0] ?? '';
  const left = [...ofFirstLine.matchAll(UNIT)].length;
  if (left === 0) return { state: 'absent' };
  if (left >= 43) return { state: 'too-long' };
  const isPadded = PAD_NEXT.test(tail.slice(ofFirstLine.length));
  return { state: 'too-short', left: isPadded ? left + 1 : left };
}

/** Returns how far `count` characters reach, if the ends of lines do not count. */
function reach(tail: string, count: number): number {
  let at = 0;
  for (let left = count; left > 0; at += 1) if (tail[at] !== '\n') left -= 1;
  return at;
}
