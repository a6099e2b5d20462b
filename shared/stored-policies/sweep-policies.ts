import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { Log } from '../log-events.ts';
import type { PolicyKeeper } from './policy-keeper.ts';
import { ledgerKey, type ManagedPolicy, parseLedgerKey } from './policy-ledger.ts';
import type { PolicyPlace } from './stored-policy.ts';
import { sweepPlace } from './sweep-place.ts';

/**
 * Removes the managed policies that no live token uses, in every place. A place that fails does not stop the others.
 * @param log gets the failures.
 */
export async function sweepPolicies(
  keeper: PolicyKeeper,
  accounts: ReadonlyMap<string, StorageAccount>,
  requestTimeoutSeconds: number,
  log: Log,
): Promise<void> {
  const deadline = () => addSeconds(keeper.clock(), requestTimeoutSeconds);
  try {
    for (const { key, managed } of await keeper.ledgers.withManaged(deadline())) {
      const place = managed.length === 0 ? null : findPlace(key, accounts);
      if (place !== null)
        await sweepOrForget(keeper, place, managed, deadline()).catch((error: unknown) =>
          log('policies not swept', { place: key, reason: failureReason(error) }),
        );
    }
  } catch (error) {
    log('policies not swept', { place: null, reason: failureReason(error) });
  }
}

/**
 * Sweeps a place, or forgets the managed policies of one that no longer exists: otherwise every sweep would look again.
 */
async function sweepOrForget(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  managed: readonly ManagedPolicy[],
  deadline: Date,
): Promise<void> {
  try {
    await sweepPlace(keeper, place, managed, deadline);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const key = ledgerKey(place);
    const { ledger, etag } = await keeper.ledgers.load(key, deadline);
    // Read the place after the ledger: if someone creates it and a policy again later, their ledger is newer, and this
    // save fails.
    const isGone = await keeper.policies.read(place, deadline).then(() => false, isNotFound);
    if (isGone && keeper.leases.findLive(key, ledger, keeper.clock()) === null)
      await keeper.ledgers.save(key, { ...ledger, managed: [] }, etag, deadline);
  }
}

/** Returns null if the broker no longer knows the account, or may no longer change its policies. */
function findPlace(key: string, accounts: ReadonlyMap<string, StorageAccount>): PolicyPlace | null {
  const parts = parseLedgerKey(key);
  const account = accounts.get(parts?.account ?? '');
  if (parts === null || account === undefined || !signsWithKeys(account)) return null;
  return { account, service: parts.service, name: parts.name };
}

function isNotFound(error: unknown): boolean {
  return error instanceof BrokerError && error.code === 'not_found';
}
