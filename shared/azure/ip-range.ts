import { isIPv4 } from 'node:net';

/** Canonical dotted IPv4 only: SDKs and storage read `010.` or `10.1` differently. */
function addressNumber(text: string): number | null {
  if (!isIPv4(text)) return null;
  const octets = text.split('.').map(Number);
  if (octets.join('.') !== text) return null;
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

function bounds(range: string): { first: number; last: number } | null {
  const [firstText = '', lastText = firstText, ...rest] = range.split('-');
  const first = addressNumber(firstText);
  const last = addressNumber(lastText);
  if (first === null || last === null || rest.length > 0 || first > last) return null;
  return { first, last };
}

/** What is wrong with an `sip` text (an IPv4 address or `first-last`), or null. */
export function ipFault(text: string): string | null {
  if (bounds(text) !== null) return null;
  if (text.includes('/'))
    return 'must be an IPv4 address or "first-last"; Azure has no CIDR, so write the range out';
  if (text.includes(':')) return 'must be an IPv4 address or "first-last"; a SAS cannot be bound to IPv6';
  return 'must be "caller", an IPv4 address such as 203.0.113.7, or "first-last" with first not after last';
}

/** Whether every address of `inner` lies in `outer`; both are `sip` texts. */
export function rangeWithin(inner: string, outer: string): boolean {
  const [a, b] = [bounds(inner), bounds(outer)];
  return a !== null && b !== null && a.first >= b.first && a.last <= b.last;
}
