import { unauthenticated } from './unauthenticated.ts';

// RFC 6750 §2.1: "Bearer" 1*SP b64token. Repeated headers arrive joined by a comma, which no b64token has.
const CREDENTIALS = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The token of an `Authorization: Bearer …` header's value.
 * @throws BrokerError `unauthenticated` where the header is missing, of another scheme, or not exactly one token.
 */
export function bearerToken(authorization: string | null): string {
  if (authorization === null || authorization === '') throw unauthenticated('no bearer');
  const token = CREDENTIALS.exec(authorization)?.[1];
  if (token !== undefined) return token;
  throw unauthenticated(/^bearer(?: |$)/i.test(authorization) ? 'bearer malformed' : 'other scheme');
}
