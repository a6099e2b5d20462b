import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import { withoutPolicies, type PolicyChange } from './policy-change.ts';
import type { PolicyKeeper } from './change-queue.ts';
import { ledgerKey, parseLedgerKey, type ManagedPolicy } from './policy-ledger.ts';
import { mayLiveSince } from './policy-uses.ts';
import { MAX_POLICIES, type PolicyPlace } from './stored-policy.ts';
/**
 * How long a managed policy stays at least, in seconds: its first token is being made, and storage needs half a minute
 * to act on the next one.
 */
const LEAST_AGE = 120;
const ACTOR = 'policy-sweep';

/**
 * Removes managed policies that no live token uses, everywhere. One place's failure stops no other.
 * @param log told of failures.
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
      const place = placeAt(key, managed, accounts);
      if (place !== null)
        await sweepOrForget(keeper, place, managed, deadline()).catch((error: unknown) =>
          log('policies not swept', { place: key, reason: failureReason(error) }),
        );
    }
  } catch (error) {
    log('policies not swept', { place: null, reason: failureReason(error) });
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

/** A place that is there no more has no policies either: to look after them at every tick would never end. */
async function sweepOrForget(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  managed: readonly ManagedPolicy[],
  deadline: Date,
): Promise<void> {
  try {
    await sweepPlace(keeper, place, managed, deadline);
  } catch (error) {
    if (!isAbsence(error)) throw error;
    const key = ledgerKey(place);
    const { ledger, etag } = await keeper.ledgers.load(key, deadline);
    // Looked at after the ledger: whoever makes the place and a policy anew has saved another one since.
    const isGone = await keeper.policies.read(place, deadline).then(() => false, isAbsence);
    if (isGone && keeper.leases.live(key, ledger, keeper.clock()) === null)
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
  const grown = managed.filter(({ createdAt }) => addSeconds(createdAt, LEAST_AGE) <= now);
  const since = mayLiveSince(place, now);
  const looked = await Promise.all(
    grown.map(async ({ id }) => ((await keeper.uses.of(place, id, since, deadline)).count === 0 ? [id] : [])),
  );
  const idle = looked.flat();
  if (idle.length > 0) await keeper.changes.apply(place, removeIdle(idle), deadline);
}

/** Looks again under the lease: a token that was being made is recorded by then, or does not leave. */
function removeIdle(ids: readonly string[]): PolicyChange<undefined> {
  return {
    endangers: ids,
    async decide(state, uses) {
      const looked = await Promise.all(ids.map(async (id) => ((await uses(id)).count === 0 ? [id] : [])));
      const idle = looked.flat();
      const gone = state.policies.filter(({ id }) => idle.includes(id));
      const events = gone.map(({ id }) => {
        return { type: 'policy-deleted', actor: ACTOR, detail: `${id}, which no live token uses` } as const;
      });
      return { state: withoutPolicies(state, idle), events, answer: () => undefined };
    },
  };
}

/** Null for an account that this broker does not know, or may not edit, any more. */
function placeAt(
  key: string,
  managed: readonly ManagedPolicy[],
  accounts: ReadonlyMap<string, StorageAccount>,
): PolicyPlace | null {
  const parts = parseLedgerKey(key);
  const account = accounts.get(parts?.account ?? '');
  if (parts === null || account === undefined || !signsWithKeys(account) || managed.length === 0) return null;
  return { account, service: parts.service, name: parts.name };
}

function isAbsence(error: unknown): boolean {
  return error instanceof BrokerError && error.code === 'not_found';
}
