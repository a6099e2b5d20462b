import { forEachConcurrently } from '../azure-calls/concurrency.ts';
import { failureReason } from '../azure-calls/failure.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import { advanceRotation } from './advance-rotation.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { rotationWaits } from './rotation-waits.ts';
import { nextTick } from './tick-log.ts';

/** Low enough that many accounts together stay within the limits of Resource Manager and Key Vault. */
const ACCOUNTS_AT_ONCE = 4;
/**
 * How long the counts of all accounts together may take in one tick. The platform ends a function that runs for longer
 * than `functionTimeout` in host.json, and the other steps of every account must have their turn before that.
 */
const COUNT_FOR_SECONDS = 90;

/**
 * Runs one tick: records when it ran, and advances every account that the broker rotates as far as it can go now. A failure of one account does
 * not stop the others.
 * @param turn any whole number; it decides which account is first and so has time to count. It should differ from tick
 * to tick.
 */
export async function rotateKeys(
  ports: RotationPorts,
  accounts: Iterable<StorageAccount>,
  requestTimeoutSeconds: number,
  turn: number,
): Promise<void> {
  const all = [...accounts];
  const first = all.length === 0 ? 0 : turn % all.length;
  const waiting = [...all.slice(first), ...all.slice(0, first)];
  const countUntil = addSeconds(ports.clock(), COUNT_FOR_SECONDS);
  const recording = recordTick(ports);
  await forEachConcurrently(waiting, ACCOUNTS_AT_ONCE, (account) =>
    rotateAccountKeys(ports, account, requestTimeoutSeconds, countUntil),
  );
  await recording;
}

/** Records that the timer ran. A failure is only logged, because rotation matters more. */
async function recordTick({ ticks, clock, log }: RotationPorts): Promise<void> {
  const now = clock();
  try {
    await ticks.save(nextTick(await ticks.load(), now));
  } catch (error) {
    log('tick not recorded', { account: null, reason: failureReason(error) });
  }
}

async function rotateAccountKeys(
  ports: RotationPorts,
  account: StorageAccount,
  requestTimeoutSeconds: number,
  countUntil: Date,
): Promise<void> {
  const waits = rotationWaits(account, requestTimeoutSeconds);
  if (waits === null) return;
  try {
    await advanceRotation(ports, account, waits, countUntil);
  } catch (error) {
    ports.log('rotation held up', { account: account.name, reason: failureReason(error) });
  }
}
