import { BrokerError } from '../broker-error.ts';
import { clockSkewOf, type StorageAccount } from '../config/broker-config.ts';
import type { Death } from '../deaths/death.ts';
import { keyIdOf } from '../keys/key-hash.ts';
import { addSeconds } from '../iso-time.ts';
import { KEY_NAMES } from '../azure/services.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { POLICY_DELAY_SECONDS, type StoredPolicies } from '../stored-policies/stored-policy.ts';
import type { ProofMemory } from './proof-memory.ts';
import { recordProof } from './record-proof.ts';
import { tryEvidence, type Tried, type TryPorts } from './try-death.ts';

/** What proof needs from outside. */
export interface ProofPorts extends Pick<TryPorts, 'delegationProbes'> {
  readonly rotation: Pick<RotationPorts, 'journals' | 'deaths' | 'events' | 'probe' | 'clock' | 'log'>;
  readonly policies: { readonly policies: Pick<StoredPolicies, 'read'> };
  readonly proofs: ProofMemory;
  readonly requestTimeoutSeconds: number;
}

/** A token lives at most this long, unless the account's configuration allows more. */
const LONGEST_LIFE_SECONDS = 7 * 86_400;

/**
 * Tries what must be dead against storage and records the answers. Keys and user delegation keys can be tried only by the
 * process that remembers a value, deleted policies by any.
 * @throws BrokerError `storage_unavailable`, `audit_unavailable`.
 */
export async function proveDeaths(ports: ProofPorts, account: StorageAccount): Promise<void> {
  const { rotation, proofs, requestTimeoutSeconds } = ports;
  const now = rotation.clock();
  const deaths = await rotation.deaths.list(account.name, addSeconds(now, requestTimeoutSeconds));
  const open = deaths.filter((death) => death.proof?.refused !== true && isRecent(death, account, now));
  if (open.length === 0) return;
  const { journal } = await rotation.journals.load(account.name);
  for (const death of open) {
    const tried = await tryDeath(ports, account, journal, death);
    if (tried === null) continue;
    await recordProof(rotation, death, tried, journal, requestTimeoutSeconds);
    if (tried.refused) proofs.forget(account.name, death.id);
  }
}

/** Later, every token that depended on it has expired. */
function isRecent({ order }: Death, { maxTokenTtl }: StorageAccount, now: Date): boolean {
  return now < addSeconds(order.at, Math.max(maxTokenTtl, LONGEST_LIFE_SECONDS));
}

/** Returns null if the death cannot be tried now, or nothing answered. */
async function tryDeath(
  ports: ProofPorts,
  account: StorageAccount,
  journal: RotationJournal | null,
  { id, dead, order }: Death,
): Promise<Tried | null> {
  if (dead.what === 'policy') return tryPolicy(ports, account, dead, order.at);
  if (dead.what === 'key' && (journal === null || isPresent(journal, dead.keyId))) return null;
  if (dead.what === 'delegation-keys' && journal?.delegationOrder?.death === id) return null;
  const { rotation, delegationProbes, proofs, requestTimeoutSeconds } = ports;
  const evidence = proofs.find(account.name, id);
  if (evidence === null) return null;
  const tries = { probe: rotation.probe, delegationProbes, clock: rotation.clock };
  return tryEvidence(tries, account, evidence, requestTimeoutSeconds * 1000);
}

/** Returns true if the key was not replaced yet, so that an acceptance would say nothing. */
function isPresent({ hashes }: RotationJournal, keyId: string): boolean {
  return KEY_NAMES.some((name) => keyIdOf(hashes[name]) === keyId);
}

/** A policy is dead once it is read back as gone and storage has had the time to apply the deletion. */
async function tryPolicy(
  { rotation, policies, requestTimeoutSeconds }: ProofPorts,
  account: StorageAccount,
  { service, place: name, policy }: Extract<Death['dead'], { what: 'policy' }>,
  orderedAt: Date,
): Promise<Tried | null> {
  const now = rotation.clock();
  // The deletion takes effect no later than its call's deadline.
  const appliedAfter = requestTimeoutSeconds + POLICY_DELAY_SECONDS + clockSkewOf(account);
  if (now < addSeconds(orderedAt, appliedAfter)) return null;
  const place = { account, service, name };
  try {
    const list = await policies.policies.read(place, addSeconds(now, requestTimeoutSeconds));
    return { refused: !list.policies.some(({ id }) => id === policy), on: [service] };
  } catch (error) {
    // The container, queue, table or share is gone, and its policies with it.
    if (error instanceof BrokerError && error.code === 'not_found') return { refused: true, on: [service] };
    return null;
  }
}
