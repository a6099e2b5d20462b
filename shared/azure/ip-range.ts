import { isIPv4 } from 'node:net';

/** Accepts canonical dotted IPv4 only, because SDKs and storage disagree on forms such as `010.` and `10.1`. */
function addressNumber(text: string): number | null {
  if (!isIPv4(text)) return null;
  const octets = text.split('.').map(Number);
  if (octets.join('.') !== text) return null;
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** `255.255.255.255-255.255.255.255` */
const MAX_RANGE = 31;

function bounds(range: string): { first: number; last: number } | null {
  if (range.length > MAX_RANGE) return null;
  const [firstText = '', lastText = firstText, ...rest] = range.split('-');
  const first = addressNumber(firstText);
  const last = addressNumber(lastText);
  if (first === null || last === null || rest.length > 0 || first > last) return null;
  return { first, last };
}

/**
 * Returns what is wrong with the text of `sip` (an IPv4 address or `first-last`), or null.
 * @param words other values that the message lists first, such as `"caller"`.
 */
export function ipFault(text: string, words: string): string | null {
  if (bounds(text) !== null) return null;
  const rule = `must be ${words}, an IPv4 address such as 203.0.113.7, or a range "first-last"`;
  if (text.includes('/')) return `${rule}; a SAS does not support CIDR, so give the first and last address`;
  if (text.includes(':')) return `${rule}; a SAS cannot be bound to an IPv6 address`;
  return `${rule} whose first address is not greater than its last`;
}

/**
 * Returns the addresses that both ranges contain, as a text of `sip`; null if there are none. Both are texts of `sip`,
 * and a range of one address equals that address.
 */
export function commonRange(left: string, right: string): string | null {
  const one = bounds(left);
  const other = bounds(right);
  if (one === null || other === null) return null;
  const first = Math.max(one.first, other.first);
  const last = Math.min(one.last, other.last);
  if (first > last) return null;
  return first === last ? addressText(first) : `${addressText(first)}-${addressText(last)}`;
}

/** True if `outer` contains every address of `inner`; both are texts of `sip`. */
export function rangeWithin(inner: string, outer: string): boolean {
  const part = bounds(inner);
  const whole = bounds(outer);
  return part !== null && whole !== null && part.first >= whole.first && part.last <= whole.last;
}

/** Returns how many addresses a text of `sip` contains; 0 if it is not one. */
export function addressCount(range: string): number {
  const ends = bounds(range);
  return ends === null ? 0 : ends.last - ends.first + 1;
}

function addressText(number: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.');
}
