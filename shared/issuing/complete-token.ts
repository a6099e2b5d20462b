import * as z from 'zod/mini';
import type { AuditLog, RowKeys, StoredAuditRecord } from '../audit/audit-record.ts';
import { BrokerError } from '../broker-error.ts';
import { type RecordState, stateReader, type StatePorts } from '../deaths/record-states.ts';
import type { Caller } from '../identity/caller.ts';
import { freeText } from '../input/free-text.ts';
import { parseBody } from '../input/parse-body.ts';

const OUTCOMES = ['succeeded', 'failed', 'abandoned'] as const;

/** The body of `POST /tokens/{id}/completion`. */
export const completionSchema = z.strictObject({
  outcome: z.enum(OUTCOMES),
  detail: z.optional(freeText(1024)),
});

export type CompletionReport = z.infer<typeof completionSchema>;

/** Reads the body. @throws BrokerError `invalid_request` with every fault. */
export function parseCompletion(json: unknown): CompletionReport {
  return parseBody(completionSchema, json, 'completion');
}

/**
 * Records the outcome of the work that a token was for: once, and only for the caller that the token was issued to.
 * @returns the record and its state, which is read first: if it cannot be read, the outcome can be reported again.
 * @throws BrokerError `not_found` (also for another caller's token), `conflict` the second time, `audit_unavailable`,
 * `storage_unavailable`.
 */
export async function completeToken(
  { audit, ...statePorts }: { readonly audit: AuditLog } & StatePorts,
  caller: Caller,
  key: RowKeys | null,
  report: CompletionReport,
  call: { readonly now: Date; readonly deadline: Date; readonly requestId: string },
): Promise<{ readonly record: StoredAuditRecord; readonly state: RecordState }> {
  const record = key === null ? null : await audit.find(key, call.deadline);
  if (key === null || record === null || !isOwn(record, caller))
    throw new BrokerError('not_found', 'You have no token with this id.');
  if (record.completion !== null) throw secondCompletion();
  const state = await stateReader(statePorts, call)(record);
  const completion = { outcome: report.outcome, at: call.now, detail: report.detail ?? null };
  try {
    await audit.appendCompletion(key, completion, call.requestId, call.deadline);
  } catch (error) {
    // A concurrent report may have written the row with these keys first.
    const again = await audit.find(key, call.deadline);
    if (again?.completion) throw secondCompletion();
    throw error;
  }
  return { record: { ...record, completion }, state };
}

/** Reports whether the token was issued to this caller. */
export function isOwn(record: StoredAuditRecord, caller: Caller): boolean {
  return record.caller.issuer === caller.issuer && record.caller.subject === caller.subject;
}

function secondCompletion(): BrokerError {
  return new BrokerError('conflict', 'The completion of this token has already been reported.');
}
