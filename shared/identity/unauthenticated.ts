import { BrokerError } from '../broker-error.ts';

/**
 * The one refusal of a bearer token: callers learn only that it failed, the log learns which check.
 * @param reason a fixed phrase or a configured claim's name, never text of the token.
 */
export function unauthenticated(reason: string): BrokerError {
  return new BrokerError('unauthenticated', 'The bearer token is missing or not valid.', { reason });
}
