import type { Revocation } from '../../../shared/revocation/revoke.ts';
import type { Plan, PlannedLever } from './lever-words.ts';

/** What a person typed to confirm an act. */
export interface Confirmation {
  readonly reason: string;
  readonly typed: string;
  /** True to block the caller first. */
  readonly block: boolean;
}

/** The longest reason that the broker records. */
export const LONGEST_REASON = 256;

/** True if a reason is given and the word is typed exactly. */
export function isConfirmed({ reason, typed }: Confirmation, word: string): boolean {
  const length = reason.trim().length;
  return length > 0 && length <= LONGEST_REASON && typed === word;
}

/** Returns the body of the one request that acts. It names the lever that was shown, by its hash. */
export function actBody(plan: Plan, lever: PlannedLever, { reason, block }: Confirmation) {
  return {
    target: plan.target,
    lever: lever.lever,
    planHash: lever.planHash,
    plannedAt: plan.asOf,
    reason: reason.trim(),
    dryRun: false,
    ...(block ? { block: true } : {}),
  };
}

/** Returns the body of the request that blocks a caller. @param hours null: until it is lifted. @param now in milliseconds. */
export function blockBody(
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
  { reason }: Pick<Confirmation, 'reason'>,
  hours: number | null,
  now: number,
) {
  const until = hours === null ? null : `${new Date(now + hours * 3_600_000).toISOString().slice(0, 19)}Z`;
  return { issuer, subject, reason: reason.trim(), ...(until === null ? {} : { until }) };
}

/** A problem document, or null if the broker did not answer at all. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly command?: string | null;
}

/** What became of an act. */
export type Outcome =
  | { readonly is: 'ordered'; readonly reply: Revocation }
  /** Azure refused it, and nothing has ended. The command has the same effect. */
  | { readonly is: 'by-hand'; readonly command: string; readonly failure: Failure }
  /** The lever is no longer in the state that the plan showed. Nothing was done. */
  | { readonly is: 'changed'; readonly failure: Failure }
  /** Nothing was done. */
  | { readonly is: 'refused' | 'forbidden'; readonly failure: Failure }
  /** It may have been ordered: only a new plan tells. */
  | { readonly is: 'unknown'; readonly failure: Failure | null };

/** Returns what a failed act means. It never says that nothing was done unless the broker said so. */
export function outcomeOfFailure(failure: Failure | null): Exclude<Outcome, { is: 'ordered' }> {
  if (failure === null || failure.status >= 500 || failure.status === 408) return { is: 'unknown', failure };
  if (failure.status === 409 && typeof failure.command === 'string')
    return { is: 'by-hand', command: failure.command, failure };
  if (failure.status === 409) return { is: 'changed', failure };
  return { is: failure.status === 403 ? 'forbidden' : 'refused', failure };
}
