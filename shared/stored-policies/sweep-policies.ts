import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { PolicyChange, PolicyEvent } from './policy-change.ts';
import type { PolicyKeeper } from './policy-keeper.ts';
import { ledgerKey, type ManagedPolicy, parseLedgerKey } from './policy-ledger.ts';
import { withoutPolicies } from './policy-state.ts';
import { mayLiveSince, selectUnused } from './policy-uses.ts';
import { hasFreeSlot, type PolicyPlace } from './stored-policy.ts';

/**
 * How old a managed policy must be before it is removed, in seconds. Its first token may still be in the making, and
 * storage needs half a minute to apply the next policy.
 */
const MIN_AGE_SECONDS = 120;
const ACTOR = 'policy-sweep';

/**
 * Removes the managed policies that no live token uses, in every place. A place that fails does not stop the others.
 * @param log gets the failures.
 */
export async function sweepPolicies(
  keeper: PolicyKeeper,
  accounts: ReadonlyMap<string, StorageAccount>,
  requestTimeoutSeconds: number,
  log: (event: string, fields: Readonly<Record<string, string | null>>) => void,
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

/** Frees a slot for policy `id` if all are in use, by removing the managed policies without live tokens. */
export async function freeSlot(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  id: string,
  deadline: Date,
): Promise<void> {
  const { policies } = await keeper.policies.read(place, deadline);
  if (hasFreeSlot(policies) || policies.some((policy) => policy.id === id)) return;
  const { ledger } = await keeper.ledgers.load(ledgerKey(place), deadline);
  await sweepPlace(keeper, place, ledger.managed, deadline);
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

async function sweepPlace(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  managed: readonly ManagedPolicy[],
  deadline: Date,
): Promise<void> {
  const now = keeper.clock();
  const oldEnough = managed.filter(({ createdAt }) => addSeconds(createdAt, MIN_AGE_SECONDS) <= now);
  const since = mayLiveSince(place, now);
  const unused = await selectUnused(
    oldEnough.map(({ id }) => id),
    (id) => keeper.uses.find(place, id, since, deadline),
  );
  if (unused.length > 0) await keeper.changes.apply(place, removeUnused(unused), deadline);
}

/** Looks again under the lease: by then, a token in the making is recorded, or it is not delivered. */
function removeUnused(ids: readonly string[]): PolicyChange<undefined> {
  return {
    blockedPolicies: ids,
    async decide(state, findUses) {
      const unused = await selectUnused(ids, findUses);
      const removed = state.policies.filter(({ id }) => unused.includes(id));
      const events = removed.map(({ id }): PolicyEvent => {
        return {
          type: 'policy-deleted',
          actor: ACTOR,
          actorName: null,
          detail: `${id}, which no live token uses`,
        };
      });
      return { state: withoutPolicies(state, unused), events, toValue: () => undefined };
    },
  };
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
