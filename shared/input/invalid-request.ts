import { BrokerError, type Fault } from '../broker-error.ts';

/**
 * Returns the error that rejects a request with all of its faults.
 * @param what names what the caller sent, such as `token request`.
 * @param errorCount how many faults there are, if `errors` has only the first ones.
 */
export function invalidRequest(
  what: string,
  errors: readonly Fault[],
  errorCount: number = errors.length,
): BrokerError {
  return new BrokerError('invalid_request', `The ${what} is not valid; see errors.`, { errors, errorCount });
}
