import { failureReason } from '../azure-calls/failure.ts';
import { forEachConcurrently } from '../azure-calls/concurrency.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import { advanceRotation } from './advance-rotation.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { rotationWaits } from './rotation-waits.ts';
/** Few enough that many accounts together stay within Resource Manager's and Key Vault's limits. */
const ACCOUNTS_AT_ONCE = 4;
/**
 * What all accounts' counts together may take of a tick. Nobody waits for them, but the platform ends a function that
 * runs for longer than host.json's `functionTimeout`, and the other steps of every account have their turn before that.
 */
const COUNT_FOR_SECONDS = 90;

/**
 * One tick: advances every account that is rotated as far as it can go now. One account's failure stops no other.
 * @param turn any whole number: which account is first, and so has time to count. It should differ from tick to tick.
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
  await forEachConcurrently(waiting, ACCOUNTS_AT_ONCE, (account) =>
    rotateAccountKeys(ports, account, requestTimeoutSeconds, countUntil),
  );
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
