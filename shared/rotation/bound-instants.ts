import { addSeconds } from '../iso-time.ts';
import { UNCOUNTED } from './make-step.ts';
import type { RotationJournal } from './rotation-journal.ts';
import type { RotationContext } from './rotation-step.ts';
import { MAX_BACK_OFF_SECONDS } from './rotation-waits.ts';

/**
 * Returns the changes that correct instants which a clock far ahead wrote: each is at most the longest wait that could
 * have been journalled now. What has happened (a demotion) happened by now. `drainUntil` is never corrected, because it
 * comes from the expiry of tokens; a count that began in the future is repeated anyway.
 * @returns null if no instant is too far ahead.
 */
export function boundInstants(
  { attempt, settleUntil, notBefore, demotedAt }: RotationJournal,
  { waits, now }: RotationContext,
): Partial<RotationJournal> | null {
  const { callTimeoutSeconds, clockSkew, settle } = waits;
  const bound = (instant: Date | null, longest: number): Date | null => {
    const isAhead = instant !== null && instant > addSeconds(now, longest + clockSkew);
    return isAhead ? addSeconds(now, longest) : null;
  };
  const until = bound(attempt?.until ?? null, callTimeoutSeconds);
  const settled = bound(settleUntil, callTimeoutSeconds + settle + clockSkew);
  const backOff = bound(notBefore, MAX_BACK_OFF_SECONDS + clockSkew);
  const demoted = bound(demotedAt, 0);
  const changes = {
    ...(attempt !== null && until !== null ? { attempt: { ...attempt, until } } : {}),
    ...(settled === null ? {} : { settleUntil: settled }),
    ...(backOff === null ? {} : { notBefore: backOff }),
    ...(demoted === null ? {} : { demotedAt: demoted, ...UNCOUNTED }),
  };
  return Object.keys(changes).length === 0 ? null : changes;
}
