import { intactPolicies, withPolicy, type PolicyChange } from './policy-change.ts';
import type { PolicyKeeper } from './change-queue.ts';
import { ledgerKey, type ManagedPolicy } from './policy-ledger.ts';
import { assertRoom, policyText } from './put-policy.ts';
import { managedId, type PolicyPlace, type StoredPolicy } from './stored-policy.ts';
import { makeRoom } from './sweep-policies.ts';

/** Whose tokens one managed policy is for: a grant's, with these very letters. */
export interface ManagedFor {
  readonly grant: string;
  readonly permissions: string;
}

/**
 * The managed policy for revocable tokens of a grant with these letters; made where there is none.
 * @throws BrokerError `conflict` with the holders where all slots are taken, and as `PolicyEditor.edit`.
 */
export async function managedPolicy(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  wanted: ManagedFor,
  deadline: Date,
): Promise<StoredPolicy> {
  const [{ ledger }, { policies }] = await Promise.all([
    keeper.ledgers.load(ledgerKey(place), deadline),
    keeper.policies.read(place, deadline),
  ]);
  const known = intactPolicies({ ...ledger, policies }).find((policy) => serves(policy, wanted));
  if (known !== undefined) return asStored(known);
  const id = managedId(keeper.random());
  await makeRoom(keeper, place, id, deadline);
  return await keeper.changes.apply(place, ensureManaged(wanted, id), deadline);
}

function ensureManaged(wanted: ManagedFor, id: string): PolicyChange<StoredPolicy> {
  return {
    endangers: [],
    // eslint-disable-next-line @typescript-eslint/require-await -- what assertRoom throws must be a rejection
    async decide(state, _uses, now) {
      const known = intactPolicies(state).find((policy) => serves(policy, wanted));
      if (known !== undefined) return { state, events: [], answer: () => asStored(known) };
      assertRoom(state);
      const made: ManagedPolicy = { id, ...wanted, createdAt: now };
      const policy = asStored(made);
      const detail = `${id} for revocable tokens of grant ${wanted.grant}, ${policyText(policy)}`;
      return {
        state: {
          ...withPolicy(state, policy, now),
          // It is known already where another hand wrote over it just now.
          managed: [...state.managed.filter((one) => one.id !== id), made],
        },
        events: [{ type: 'policy-put', actor: 'issuing', detail }],
        answer: () => policy,
      };
    },
  };
}

function serves(policy: ManagedPolicy, { grant, permissions }: ManagedFor): boolean {
  return policy.grant === grant && policy.permissions === permissions;
}

/** It holds the letters and no expiry: each token carries its own. */
function asStored({ id, permissions }: ManagedPolicy): StoredPolicy {
  return { id, startsAt: null, expiresAt: null, permissions, managed: true };
}
