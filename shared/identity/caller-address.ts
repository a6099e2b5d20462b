import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { fail, ok, type Rejection, type Result } from '../result.ts';

const WITH_PORT = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/;
const MAPPED_IPV4 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * Returns the address that the outermost trusted front end saw. Skips `trustedProxyHops` elements from the right of
 * `X-Forwarded-For` and reads the next one. The client can write anything further left, so that part is never read.
 * @returns an IPv4 or IPv6 address in canonical form without a port, or null if the element is not an address.
 */
export function callerAddress(xForwardedFor: string | null, trustedProxyHops: number): string | null {
  if (xForwardedFor === null) return null;
  // Count empty elements. Without one that a proxy left empty, the next element would be the client's own text.
  const elements = xForwardedFor.split(',');
  const element = elements[elements.length - 1 - trustedProxyHops];
  return element === undefined ? null : canonicalAddress(element.trim());
}

function canonicalAddress(text: string): string | null {
  if (isIPv6(text)) return canonicalIPv6(text);
  const [, bracketed, plain, port = '0'] = WITH_PORT.exec(text) ?? [];
  if (Number(port) > 65_535) return null;
  if (bracketed !== undefined) return isIPv6(bracketed) ? canonicalIPv6(bracketed) : null;
  return plain !== undefined && isIPv4(plain) ? plain : null;
}

function canonicalIPv6(address: string): string | null {
  // A zone (`fe80::1%eth0`) is valid on one machine only, and URL rejects it.
  if (address.includes('%')) return null;
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [, high, low] = MAPPED_IPV4.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  return [high, low].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]).join('.');
}

// IANA's special-purpose registry, without the three documentation ranges: no real caller has such an address, and samples use them.
const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv4');

/** Why a token cannot be bound to the caller's address; the message may be shown to the caller. */
export type UnbindableAddress = Rejection<'unknown' | 'ipv6' | 'malformed' | 'not-public'>;

/**
 * Returns the address that `ip: "caller"` binds a token to. Azure compares `sip` with the public IPv4 address that it
 * sees itself, so only such an address can be bound.
 */
export function bindableAddress(address: string | null): Result<string, UnbindableAddress> {
  if (address === null) return fail({ reason: 'unknown', message: "the caller's address is unknown" });
  if (isIPv6(address))
    return fail({
      reason: 'ipv6',
      message: "the caller's address is IPv6, and a SAS can be bound to IPv4 addresses only",
    });
  if (!isIPv4(address))
    return fail({ reason: 'malformed', message: "the caller's address is not an IPv4 address" });
  if (NOT_PUBLIC.check(address, 'ipv4'))
    return fail({
      reason: 'not-public',
      message: "the caller's address is not public, so storage would see a different address",
    });
  return ok(address);
}
