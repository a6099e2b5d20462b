import type { InvocationContext, Timer } from '@azure/functions';
import { withTimeout } from '../shared/azure-calls/timeout.ts';
import type { Composition } from '../shared/compose/compose.ts';
import { continueRevocations } from '../shared/revocation/continue-revocations.ts';
import { rotateKeys } from '../shared/rotation/rotate-keys.ts';
import { ROTATION_SECONDS, TICK_SECONDS } from '../shared/rotation/tick-budget.ts';
import { sweepPolicies } from '../shared/stored-policies/sweep-policies.ts';
import { logOf } from './reply.ts';

/**
 * Returns the timer's tick: it advances the accounts as far as possible, continues revocations, then sweeps unused
 * managed policies. The tick never throws, and ends within `TICK_SECONDS`, even if a call never answers or the clock is set back.
 */
export function rotateKeysTimer(composition: Composition) {
  /** The running sweep. One that outlasts its tick continues, and the next tick waits for it instead of starting another. */
  let sweeping: Promise<void> | null = null;
  return async (_timer: Timer, context: InvocationContext): Promise<void> => {
    if (!composition.ok) return;
    const { config, issuing, revocation, settings } = composition.value;
    const log = logOf(context);
    const { requestTimeoutSeconds } = settings;
    const rotation = { ...composition.value.rotation, log };
    const rotate = async (): Promise<void> => {
      await rotateKeys(rotation, config.accounts.values(), requestTimeoutSeconds);
      await continueRevocations({ ...revocation, rotation }, config.accounts.values());
    };
    await waitFor(ROTATION_SECONDS, rotate(), () =>
      log('rotation held up', {
        account: null,
        reason: 'it takes longer than a tick waits; it continues in the background',
      }),
    );
    sweeping ??= sweepPolicies(issuing.policies, config.accounts, requestTimeoutSeconds, log).finally(() => {
      sweeping = null;
    });
    await waitFor(TICK_SECONDS - ROTATION_SECONDS, sweeping, () =>
      log('policies not swept', {
        place: null,
        reason: 'the sweep takes longer than a tick waits; it continues in the background',
      }),
    );
  };
}

/** Waits for `work` to end, for at most `seconds` by a timer that does not depend on the clock. */
async function waitFor(seconds: number, work: Promise<void>, onTimeout: () => void): Promise<void> {
  await withTimeout(seconds * 1000, () => work).catch(onTimeout);
}
