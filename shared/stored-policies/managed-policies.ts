import type { StorageAccount } from '../config/broker-config.ts';
import { BrokerError, describeFailure } from '../broker-error.ts';
import { addSeconds } from '../iso-time.ts';
import {
  intactPolicies,
  withoutPolicies,
  withPolicy,
  type PolicyEdit,
  type PolicyPorts,
} from './policy-edit.ts';
import { PolicyEditor } from './policy-editor.ts';
import { ledgerKey, parseLedgerKey, type ManagedPolicy } from './policy-ledger.ts';
import { assertRoom, policyText } from './put-policy.ts';
import { managedId, MAX_POLICIES, type PolicyPlace, type StoredPolicy } from './stored-policy.ts';

/** Policies and the one that edits them. */
export interface PolicyKeeper extends PolicyPorts {
  readonly editor: PolicyEditor;
}

/** One a process: it keeps edits of one place in line. */
export function policyKeeper(ports: PolicyPorts): PolicyKeeper {
  return { ...ports, editor: new PolicyEditor(ports) };
}

/** Whose tokens one managed policy is for: a grant's, with these very letters. */
export interface ManagedFor {
  readonly grant: string;
  readonly permissions: string;
}

/**
 * How long a managed policy stays at least, in seconds: its first token is being made, and storage needs half a minute
 * to act on the next one.
 */
const LEAST_AGE = 120;
const ACTOR = 'policy-sweep';

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
  return await keeper.editor.edit(place, ensureManaged(wanted, id), deadline);
}

function ensureManaged(wanted: ManagedFor, id: string): PolicyEdit<StoredPolicy> {
  return {
    endangers: [],
    // eslint-disable-next-line @typescript-eslint/require-await -- what assertRoom throws must be a rejection
    async decide(state, _uses, now) {
      const known = intactPolicies(state).find((policy) => serves(policy, wanted));
      if (known !== undefined) return { state, events: [], answer: asStored(known) };
      assertRoom(state);
      const made: ManagedPolicy = { id, ...wanted, createdAt: now };
      const policy = asStored(made);
      const detail = `${id} for revocable tokens of grant ${wanted.grant}, ${policyText(policy)}`;
      return {
        state: { ...withPolicy(state, policy, now), managed: [...state.managed, made] },
        events: [{ type: 'policy-put', actor: 'issuing', detail }],
        answer: policy,
      };
    },
  };
}

/**
 * Removes managed policies that no live token uses, everywhere. One place's failure stops no other.
 * @param log told of failures.
 */
export async function sweepPolicies(
  keeper: PolicyKeeper,
  accounts: ReadonlyMap<string, StorageAccount>,
  requestDeadline: number,
  log: (event: string, fields: Readonly<Record<string, string | null>>) => void,
): Promise<void> {
  const deadline = () => addSeconds(keeper.clock(), requestDeadline);
  try {
    for (const { key, managed } of await keeper.ledgers.withManaged(deadline())) {
      const place = placeAt(key, managed, accounts);
      if (place !== null)
        await sweepPlace(keeper, place, managed, deadline()).catch((error: unknown) =>
          log('policies not swept', { place: key, reason: reasonOf(error) }),
        );
    }
  } catch (error) {
    log('policies not swept', { place: null, reason: reasonOf(error) });
  }
}

/** Frees a slot for policy `id` where all are taken and a managed policy has no live token any more. */
export async function makeRoom(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  id: string,
  deadline: Date,
): Promise<void> {
  const { policies } = await keeper.policies.read(place, deadline);
  if (policies.length < MAX_POLICIES || policies.some((policy) => policy.id === id)) return;
  const { ledger } = await keeper.ledgers.load(ledgerKey(place), deadline);
  await sweepPlace(keeper, place, ledger.managed, deadline);
}

async function sweepPlace(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  managed: readonly ManagedPolicy[],
  deadline: Date,
): Promise<void> {
  const now = keeper.clock();
  const grown = managed.filter(({ createdAt }) => addSeconds(createdAt, LEAST_AGE) <= now);
  const looked = await Promise.all(
    grown.map(async ({ id }) => ((await keeper.uses.of(place, id, now, deadline)).count === 0 ? [id] : [])),
  );
  const idle = looked.flat();
  if (idle.length > 0) await keeper.editor.edit(place, removeIdle(idle), deadline);
}

/** Looks again under the claim: a token that was being made is recorded by then, or does not leave. */
function removeIdle(ids: readonly string[]): PolicyEdit<undefined> {
  return {
    endangers: ids,
    async decide(state, uses) {
      const looked = await Promise.all(ids.map(async (id) => ((await uses(id)).count === 0 ? [id] : [])));
      const idle = looked.flat();
      const gone = state.policies.filter(({ id }) => idle.includes(id));
      const events = gone.map(({ id }) => {
        return { type: 'policy-deleted', actor: ACTOR, detail: `${id}, which no live token uses` } as const;
      });
      return { state: withoutPolicies(state, idle), events, answer: undefined };
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

/** Null for an account that this broker does not know (any more). */
function placeAt(
  key: string,
  managed: readonly ManagedPolicy[],
  accounts: ReadonlyMap<string, StorageAccount>,
): PolicyPlace | null {
  const parts = parseLedgerKey(key);
  const account = accounts.get(parts?.account ?? '');
  if (parts === null || account === undefined || managed.length === 0) return null;
  return { account, service: parts.service, name: parts.name };
}

function reasonOf(error: unknown): string {
  return error instanceof BrokerError ? (error.reason ?? error.message) : describeFailure(error);
}
