import type { InvocationContext, Timer } from '@azure/functions';
import { PURGE_SECONDS, purgeAudit } from '../shared/audit/purge-audit.ts';
import { withTimeout } from '../shared/azure-calls/timeout.ts';
import type { Composition } from '../shared/compose/compose.ts';
import { logOf } from './reply.ts';

/**
 * How long a tick waits for a run in all. The platform ends a function that runs for longer than `functionTimeout` in
 * host.json, and the process with it.
 */
export const PURGE_TICK_SECONDS = PURGE_SECONDS + 60;

/**
 * Returns the timer's tick: it removes the audit rows that are past their retention. Without `AUDIT_RETENTION` it does
 * nothing. The tick never throws, and ends within `PURGE_TICK_SECONDS`, even if a call never answers.
 */
export function purgeAuditTimer(composition: Composition) {
  /** The running purge. One that outlasts its tick continues, and the next tick waits for it instead of starting another. */
  let purging: Promise<void> | null = null;
  return async (_timer: Timer, context: InvocationContext): Promise<void> => {
    if (!composition.ok || composition.value.purge === null) return;
    const { ports, times } = composition.value.purge;
    const log = logOf(context);
    purging ??= purgeAudit({ ...ports, log }, times).finally(() => {
      purging = null;
    });
    const running = purging;
    await withTimeout(PURGE_TICK_SECONDS * 1000, () => running).catch(() =>
      log('purge held up', {
        account: null,
        reason: 'it takes longer than a tick waits; it continues in the background',
      }),
    );
  };
}
