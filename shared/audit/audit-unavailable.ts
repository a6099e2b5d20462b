import { BrokerError } from '../broker-error.ts';

const RETRY_AFTER_SECONDS = 2;

/** The row is not certain to be in the table. `reason` is for the log: no row's content. */
export function rowNotTaken(reason: string): BrokerError {
  return unavailable('The audit table did not take the row in time; no token was issued.', reason);
}

export function tableNotRead(reason: string): BrokerError {
  return unavailable('The audit table could not be read in time.', reason);
}

function unavailable(detail: string, reason: string): BrokerError {
  return new BrokerError('audit_unavailable', detail, { retryAfter: RETRY_AFTER_SECONDS, reason });
}
