import { addSeconds, earlierOf } from '../iso-time.ts';
import type { PolicyChange, PolicyEvent } from './policy-change.ts';
import type { PolicyKeeper } from './policy-keeper.ts';
import { ledgerKey, type ManagedPolicy } from './policy-ledger.ts';
import { withoutPolicies } from './policy-state.ts';
import { mayLiveSince, selectUnused } from './policy-uses.ts';
import { hasFreeSlot, type PolicyPlace } from './stored-policy.ts';

/**
 * How old a managed policy must be before it is removed, in seconds. Its first token may still be in the making, and
 * storage needs half a minute to apply the next policy.
 */
const MIN_AGE_SECONDS = 120;
/** How long a sweep that removed nothing answers for requests that come after it, in seconds. */
const FUTILE_SECONDS = 30;
const ACTOR = 'policy-sweep';

/**
 * Frees a slot for policy `id` of an operator if all are in use, by removing the managed policies without live tokens. It
 * always looks: an operator may know that a token has expired.
 */
export async function freeSlot(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  id: string,
  deadline: Date,
): Promise<void> {
  const { policies } = await keeper.reads.readPolicies(place, deadline);
  if (hasFreeSlot(policies) || policies.some((policy) => policy.id === id)) return;
  const { ledger } = await keeper.reads.loadLedger(place, deadline);
  await sweepPlace(keeper, place, ledger.managed, deadline);
}

/**
 * Removes the managed policies without live tokens, for a revocable token. Looks again only after a while, or if the
 * managed policies have changed: any caller may ask, and a look scans the audit table.
 * @returns true if a policy was removed.
 */
export async function freeManagedSlot(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  managed: readonly ManagedPolicy[],
  deadline: Date,
): Promise<boolean> {
  if (keeper.sweeps.isFutile(ledgerKey(place), managed, keeper.clock())) return false;
  return await sweepPlace(keeper, place, managed, deadline);
}

/** Removes the managed policies of one place that no live token uses. Returns true if there were any. */
export async function sweepPlace(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  managed: readonly ManagedPolicy[],
  deadline: Date,
): Promise<boolean> {
  const left = deadline.getTime() - keeper.clock().getTime();
  return await keeper.sweeps.run(ledgerKey(place), left, () =>
    removeUnusedPolicies(keeper, place, managed, deadline),
  );
}

async function removeUnusedPolicies(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  managed: readonly ManagedPolicy[],
  deadline: Date,
): Promise<boolean> {
  const now = keeper.clock();
  const oldEnough = managed.filter((policy) => sweepableFrom(policy) <= now);
  const since = mayLiveSince(place, now);
  const unused = await selectUnused(
    oldEnough.map(({ id }) => id),
    (id) => keeper.uses.find(place, id, since, deadline),
  );
  const isFreed = unused.length > 0 && (await keeper.changes.apply(place, removeUnused(unused), deadline));
  if (!isFreed) keeper.sweeps.rememberFutile(ledgerKey(place), managed, futileUntil(managed, now), now);
  return isFreed;
}

function sweepableFrom({ createdAt }: ManagedPolicy): Date {
  return addSeconds(createdAt, MIN_AGE_SECONDS);
}

/** Returns when to look again at policies of which none could be removed at `now`. */
function futileUntil(managed: readonly ManagedPolicy[], now: Date): Date {
  const later = managed.map(sweepableFrom).filter((from) => from > now);
  return later.reduce(earlierOf, addSeconds(now, FUTILE_SECONDS));
}

/**
 * Looks again under the lease: by then, a token in the making is recorded, or it is not delivered. The value is true if a
 * policy was removed.
 */
function removeUnused(ids: readonly string[]): PolicyChange<boolean> {
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
      return { state: withoutPolicies(state, unused), events, toValue: () => removed.length > 0 };
    },
  };
}
