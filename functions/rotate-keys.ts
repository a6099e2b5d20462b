import { randomInt } from 'node:crypto';
import type { InvocationContext, Timer } from '@azure/functions';
import { withTimeout } from '../shared/azure-calls/timeout.ts';
import type { Composition } from '../shared/compose/compose.ts';
import { logLine } from '../shared/compose/log-lines.ts';
import { rotateKeys } from '../shared/rotation/rotate-keys.ts';
import { sweepPolicies } from '../shared/stored-policies/sweep-policies.ts';
import type { Log } from './route.ts';

/**
 * How long a tick waits for a sweep. Together with the rotation it stays below host.json's `functionTimeout`, after which
 * the platform ends the process.
 */
const SWEEP_FOR_MS = 60_000;
const TURNS = 2 ** 31;

/**
 * Returns the timer's tick: it advances every account as far as possible, then sweeps unused managed policies. The tick
 * never throws.
 */
export function rotateKeysTimer(composition: Composition) {
  /** The running sweep. One that outlasts its tick continues, and the next tick waits for it instead of starting another. */
  let sweeping: Promise<void> | null = null;
  return async (_timer: Timer, context: InvocationContext): Promise<void> => {
    if (!composition.ok) return;
    const { config, issuing, rotation, settings } = composition.value;
    const log: Log = (event, fields) => context.info(logLine('info', event, fields));
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
        reason: 'the sweep takes longer than a tick waits; it continues in the background',
      }),
    );
  };
}
