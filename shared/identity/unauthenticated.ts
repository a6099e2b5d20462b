import { BrokerError } from '../broker-error.ts';

/**
 * Returns the error that rejects a bearer token. Its message is always the same; only the log shows which check failed.
 * @param reason a fixed phrase or the name of a configured claim, never text from the token.
 */
export function unauthenticated(reason: string): BrokerError {
  return new BrokerError('unauthenticated', 'The bearer token is missing or not valid.', { reason });
}
