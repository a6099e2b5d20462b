import { BrokerError } from '../../../shared/broker-error.ts';
import type { Issuer } from '../../../shared/config/broker-config.ts';
import { addSeconds } from '../../../shared/iso-time.ts';

export const NOW = new Date('2026-11-22T15:00:00Z');
export const AUDIENCE = 'api-client-id';

export function issuerAt(url: string, changes: Partial<Issuer> = {}): Issuer {
  return { id: 'test', issuer: url, audiences: [AUDIENCE], subject: 'oid', require: {}, ...changes };
}

/** Claims that pass every check at `NOW`, and for an hour. */
export function goodClaims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const issued = NOW.getTime() / 1000;
  return { aud: AUDIENCE, oid: 'user-1', iat: issued, nbf: issued, exp: issued + 3600, ...changes };
}

let serial = 0;

/** Claims of a token that is never the same twice, so that none is remembered, and that any clock here accepts. */
export function lastingClaims(): Record<string, unknown> {
  const exp = later(1e6).getTime() / 1000;
  return goodClaims({ jti: String(serial++), exp, iat: undefined, nbf: undefined });
}

export function later(seconds: number): Date {
  return addSeconds(NOW, seconds);
}

/** What a broken promise says: `code: reason`; fails where it is kept. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BrokerError)) throw new Error(`not refused by the broker: ${String(error)}`);
  return `${error.code}: ${error.reason ?? ''}`;
}
