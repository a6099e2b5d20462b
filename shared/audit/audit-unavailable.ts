import { BrokerError } from '../broker-error.ts';

const RETRY_AFTER_SECONDS = 2;

/** Returns the error for a row that may not be in the table. `reason` is for the log and holds no row's content. */
export function auditWriteFailure(reason: string): BrokerError {
  return auditUnavailable(
    'The audit table did not confirm the row in time, so no token was issued. Retry the request in a few seconds.',
    reason,
  );
}

/** Returns the error for a table that could not be read. `reason` is for the log and holds no row's content. */
export function auditReadFailure(reason: string): BrokerError {
  return auditUnavailable(
    'The audit table could not be read in time. Retry the request in a few seconds.',
    reason,
  );
}

/** Returns the error for rows that may not be deleted. `reason` is for the log and holds no row's content. */
export function auditPurgeFailure(reason: string): BrokerError {
  return auditUnavailable('The audit table did not confirm the deletion of rows in time.', reason);
}

function auditUnavailable(detail: string, reason: string): BrokerError {
  return new BrokerError('audit_unavailable', detail, { retryAfter: RETRY_AFTER_SECONDS, reason });
}
