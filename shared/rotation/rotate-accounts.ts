import { BrokerError, describeFailure } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { rotateAccount } from './rotate-account.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { rotationWaits } from './rotation-waits.ts';

/** Few enough that many accounts together stay within Resource Manager's and Key Vault's limits. */
const ACCOUNTS_AT_ONCE = 4;
/**
 * What an account's tick may spend on counting tokens. Nobody waits for it, but the platform ends a function that runs
 * for longer than host.json's `functionTimeout`, and the other accounts have their turn before that.
 */
const COUNT_FOR_SECONDS = 60;

/** One tick: advances every account that is rotated as far as it can go now. One account's failure stops no other. */
export async function rotateAccounts(
  ports: RotationPorts,
  accounts: Iterable<StorageAccount>,
  requestDeadline: number,
): Promise<void> {
  const waiting = [...accounts];
  const work = async (): Promise<void> => {
    for (let account = waiting.shift(); account !== undefined; account = waiting.shift())
      await rotateOne(ports, account, requestDeadline);
  };
  await Promise.all(Array.from({ length: ACCOUNTS_AT_ONCE }, work));
}

async function rotateOne(
  ports: RotationPorts,
  account: StorageAccount,
  requestDeadline: number,
): Promise<void> {
  const waits = rotationWaits(account, requestDeadline);
  if (waits === null) return;
  try {
    await rotateAccount(ports, account, waits, COUNT_FOR_SECONDS);
  } catch (error) {
    const reason = error instanceof BrokerError ? (error.reason ?? error.message) : describeFailure(error);
    ports.log('rotation held up', { account: account.name, reason });
  }
}
