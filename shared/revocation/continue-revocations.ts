import { forEachConcurrently } from '../azure-calls/concurrency.ts';
import { failureReason } from '../azure-calls/failure.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { rotationWaits } from '../rotation/rotation-waits.ts';
import { continueDelegationOrder } from './continue-delegation-order.ts';
import { type ProofPorts, proveDeaths } from './prove-deaths.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';

export interface ContinuingPorts extends ProofPorts {
  readonly rotation: RotationPorts;
}

/** As rotation does, low enough for the limits of Resource Manager. */
const ACCOUNTS_AT_ONCE = 4;

/**
 * Continues what revocations have begun, in every account: sends pending orders again and tries to prove what has died.
 * Run it after `rotateKeys`, which continues regenerations. A failure of one account does not stop the others; it never
 * throws.
 */
export async function continueRevocations(
  ports: ContinuingPorts,
  accounts: Iterable<StorageAccount>,
): Promise<void> {
  const { rotation, requestTimeoutSeconds } = ports;
  const attempt = async (account: StorageAccount, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      rotation.log('revocation held up', { account: account.name, reason: failureReason(error) });
    }
  };
  await forEachConcurrently(accounts, ACCOUNTS_AT_ONCE, async (account) => {
    const waits = rotationWaits(account, requestTimeoutSeconds);
    if (waits !== null) await attempt(account, () => continueDelegationOrder(rotation, account, waits));
    await attempt(account, () => proveDeaths(ports, account));
  });
}
