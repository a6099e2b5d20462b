import { randomInt } from 'node:crypto';
import type { InvocationContext, Timer } from '@azure/functions';
import { withTimeout } from '../shared/azure-calls/timeout.ts';
import { logLine } from '../shared/compose/log-lines.ts';
import type { Start } from '../shared/compose/compose.ts';
import { rotateKeys } from '../shared/rotation/rotate-keys.ts';
import { sweepPolicies } from '../shared/stored-policies/sweep-policies.ts';
import type { Log } from './route.ts';

/** With what rotation takes it stays below host.json's `functionTimeout`: past that the platform ends the process. */
const SWEEP_FOR_MS = 60_000;
const TURNS = 2 ** 31;

/** The timer's tick: every account as far as it can go now, then managed policies that nothing uses. Never throws. */
export function rotateKeysTimer(start: Start) {
  /** One at a time: a sweep that took longer than a tick waits for goes on, and the next tick waits for the same one. */
  let sweeping: Promise<void> | null = null;
  return async (_timer: Timer, context: InvocationContext): Promise<void> => {
    if (!start.ok) return;
    const { config, issuing, rotation, settings } = start.broker;
    const log: Log = (event, fields) => context.info(logLine(event, fields));
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
        reason: 'it takes longer than a tick waits for, and goes on',
      }),
    );
  };
}
