import { describeFailure, lacksCredential, statusOf } from '../azure-calls/failure.ts';

/**
 * What a failed write means for its rows.
 * - `exists`: one of them existed already; the others were not written.
 * - `refused`: not written because of their content.
 * - `unusable`: not written, and no other row would be: the table is missing, or the identity has no permission.
 * - `throttled`: reported as not written for now; a later try may succeed.
 * - `unknown`: written or not.
 */
export type TableFault = 'exists' | 'refused' | 'unusable' | 'throttled' | 'unknown';

/** Codes of a failed connection: the request was never sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Returns what an error of a write means for its rows. Anything but a definite refusal is `unknown`: a timeout, a lost
 * connection, any 5xx except 503.
 */
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
      // A gateway's 503 may hide a write that took effect. Trying again is safe, because the row's keys are unique.
      return 'throttled';
    case 408:
    case null:
      return 'unknown';
    default:
      return status >= 400 && status < 500 ? 'refused' : 'unknown';
  }
}

/** Returns true if a read found no row under its keys, and false if it found no table. */
export function isRowAbsent(error: unknown): boolean {
  return error instanceof Error && serviceCode(error) === 'ResourceNotFound';
}

/** Describes a failure as `describeFailure` does, with the service's code, which the SDK keeps elsewhere for single writes. */
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
