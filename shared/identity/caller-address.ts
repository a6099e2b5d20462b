import { BlockList, isIPv4, isIPv6 } from 'node:net';

const WITH_PORT = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/;
const MAPPED_IPV4 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * The address that the outermost trusted front end saw: `trustedProxyHops` elements are skipped from the right of
 * `X-Forwarded-For`, and the next one counts. Everything further left is the client's own text and is never read.
 * @returns an IPv4 or IPv6 address in canonical form without port, or null where that element is not an address.
 */
export function callerAddress(xForwardedFor: string | null, trustedProxyHops: number): string | null {
  if (xForwardedFor === null) return null;
  // Empty elements count: dropping one that a proxy left empty would move on to the client's text.
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
  // A zone (`fe80::1%eth0`) means something on one machine only, and URL refuses it.
  if (address.includes('%')) return null;
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [, high, low] = MAPPED_IPV4.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  return [high, low].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]).join('.');
}

// IANA's special-purpose registry. The three documentation ranges are left out: nobody calls from them, and samples do.
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

/** Whether a token can be bound to an address; `reason` is fit to show to the caller. */
export type Bindable =
  { readonly ok: true; readonly ip: string } | { readonly ok: false; readonly reason: string };

/** Whether `ip: "caller"` can be signed: Azure compares `sip` with the public IPv4 address that it sees itself. */
export function bindableAddress(address: string | null): Bindable {
  if (address === null) return { ok: false, reason: "the caller's address is not known" };
  if (isIPv6(address))
    return { ok: false, reason: "the caller's address is IPv6, and a SAS can be bound to IPv4 only" };
  if (!isIPv4(address)) return { ok: false, reason: "the caller's address is not an IPv4 address" };
  if (NOT_PUBLIC.check(address, 'ipv4'))
    return { ok: false, reason: "the caller's address is not public, so storage would see another one" };
  return { ok: true, ip: address };
}
