import { randomInt } from 'node:crypto';
import type { InvocationContext, Timer } from '@azure/functions';
import { withTimeout } from '../shared/azure-calls/timeout.ts';
import type { Start } from '../shared/compose/compose.ts';
import { rotateKeys } from '../shared/rotation/rotate-keys.ts';
import { sweepPolicies } from '../shared/stored-policies/sweep-policies.ts';

/** Together with rotation this stays below `functionTimeout` in host.json, after which the platform ends the process. */
const SWEEP_FOR_MS = 60_000;
const TURNS = 2 ** 31;

/**
 * Returns the timer's handler: it advances every account's rotation as far as it can go now, then removes managed policies
 * that nothing uses. It never throws.
 */
export function rotateKeysTimer(start: Start) {
  /** Only one sweep runs at a time. If it takes longer than a tick waits, it continues and the next tick waits for it. */
  let sweeping: Promise<void> | null = null;
  return async (_timer: Timer, context: InvocationContext): Promise<void> => {
    if (!start.ok) return;
    const { config, issuing, rotation, settings } = start.broker;
    const log = (event: string, fields: Readonly<Record<string, string | null>>) =>
      context.info(JSON.stringify({ event, ...fields }));
    const { requestTimeoutSeconds } = settings;
    await rotateKeys({ ...rotation, log }, config.accounts.values(), requestTimeoutSeconds, randomInt(TURNS));
    const sweep = (sweeping ??= sweepPolicies(
      issuing.policies,
      config.accounts,
      requestTimeoutSeconds,
      log,
    ).finally(() => {
      sweeping = null;
    }));
    await withTimeout(SWEEP_FOR_MS, () => sweep).catch(() =>
      log('policies not swept', {
        place: null,
        reason: 'the sweep takes longer than a tick waits and continues in the background',
      }),
    );
  };
}
