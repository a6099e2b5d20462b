import { isIP } from 'node:net';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|::1)$/;

/** The addresses that are compared. */
export interface Addresses {
  /** The `caller.ip` of the audit row. */
  readonly row: unknown;
  /** The `ip` of `/me`. */
  readonly me: unknown;
  /** What the person who runs this says; undefined if they do not. */
  readonly expected: string | undefined;
  /** The host name of the broker. */
  readonly brokerHost: string;
}

/** Returns what is wrong with the address in an audit row; null if it is right as far as anyone here can know. */
export function addressFault({ row, me, expected, brokerHost }: Addresses): string | null {
  if (typeof row !== 'string' || isIP(row) === 0) return 'The audit row has no address of the caller.';
  const advice = 'TRUSTED_PROXY_HOPS must be the number of your own proxies in front of the broker.';
  if (expected !== undefined && row !== expected)
    return `The audit row says that the caller's address is ${row}, not ${expected}. ${advice}`;
  if (row !== me)
    return `The audit row says that the caller's address is ${row}, but /me says ${String(me)}.`;
  if (LOOPBACK.test(brokerHost) && !LOOPBACK.test(row))
    return `The audit row says that the caller's address is ${row}, but the broker is on this machine. ${advice}`;
  return null;
}
