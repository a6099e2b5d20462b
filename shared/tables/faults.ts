import { lacksCredential, statusOf } from '../azure-calls/failure.ts';
import { describeFailure } from '../azure-calls/failure.ts';

/**
 * What a failed write says of its rows.
 * - `exists`: one of them stood there before; the others were not written.
 * - `refused`: not written, because of what they hold.
 * - `unusable`: not written, and nothing else would be: no such table, no right to it.
 * - `throttled`: not written for now, or so it says: a later try may pass.
 * - `unknown`: written or not.
 */
export type TableFault = 'exists' | 'refused' | 'unusable' | 'throttled' | 'unknown';

/** There was no connection, so the request never left. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Anything that is not a definite refusal is `unknown`: a timeout, a lost connection, any 5xx but 503. */
export function tableFaultOf(error: unknown): TableFault {
  if (!(error instanceof Error)) return 'unknown';
  const code = serviceCode(error) ?? '';
  if (lacksCredential(error) || NOT_SENT.has(code)) return 'throttled';
  return faultOfStatus(statusOf(error), code);
}

function faultOfStatus(status: number | null, code: string): TableFault {
  if (code === 'EntityAlreadyExists') return 'exists';
  switch (status) {
    case 401:
    case 403:
    case 404:
    case 409:
      return 'unusable';
    case 429:
    case 503:
      // A gateway's 503 may hide a write that landed; trying again is safe, since the row's keys are its own.
      return 'throttled';
    case 408:
    case null:
      return 'unknown';
    default:
      return status >= 400 && status < 500 ? 'refused' : 'unknown';
  }
}

/** Whether a read found nothing under its keys, as against finding no table. */
export function isRowAbsent(error: unknown): boolean {
  return error instanceof Error && serviceCode(error) === 'ResourceNotFound';
}

/** `describeFailure` with the service's own code, which the tables SDK keeps elsewhere for single writes. */
export function describeTableFault(error: unknown): string {
  const code = error instanceof Error ? serviceCode(error) : undefined;
  const text = describeFailure(error);
  return code === undefined || text.includes(code) ? text : `${text} ${code}`;
}

function serviceCode(error: Error): string | undefined {
  const { code, details } = error as {
    code?: unknown;
    details?: { odataError?: { code?: unknown }; errorCode?: unknown };
  };
  const codes = [code, details?.odataError?.code, details?.errorCode];
  return codes.find((text): text is string => typeof text === 'string' && /^[\w.-]{1,64}$/.test(text));
}
