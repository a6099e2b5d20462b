import { unauthenticated } from './unauthenticated.ts';

// RFC 6750 §2.1: "Bearer" 1*SP b64token. Repeated headers arrive joined by a comma, which a b64token cannot contain.
const CREDENTIALS = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * Returns the token from the value of an `Authorization: Bearer …` header.
 * @throws BrokerError `unauthenticated` if the header is missing, has another scheme, or does not have exactly one
 * token.
 */
export function bearerToken(authorization: string | null): string {
  if (authorization === null || authorization === '') throw unauthenticated('no bearer');
  const token = CREDENTIALS.exec(authorization)?.[1];
  if (token !== undefined) return token;
  throw unauthenticated(/^bearer(?: |$)/i.test(authorization) ? 'bearer malformed' : 'other scheme');
}
