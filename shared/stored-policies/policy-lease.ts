import { pause } from '../azure-calls/timeout.ts';
import { BrokerError } from '../broker-error.ts';
import { addSeconds } from '../iso-time.ts';
import { type LedgerEntry, ledgerKey, type PolicyLedger, type RecentChange } from './policy-ledger.ts';
import type { PolicyPorts } from './policy-ports.ts';
import type { PolicyState } from './policy-state.ts';
import { POLICY_DELAY_SECONDS, type PolicyPlace } from './stored-policy.ts';

/** How many seconds a lease outlasts its deadline, for requests that are still on their way. */
const MARGIN_SECONDS = 10;
const PAUSE_MS = 40;

/** A lease that this process holds, with the ledger as it is stored. */
export interface HeldLease {
  readonly key: string;
  readonly entry: LedgerEntry;
}

type LeasePorts = Pick<PolicyPorts, 'ledgers' | 'leases' | 'clock' | 'random' | 'jitter'>;

/**
 * Waits for the lease on a place's policies.
 * @param blockedPolicies as in `PolicyLease`.
 * @throws BrokerError `conflict` if others hold it until `deadline`; `storage_unavailable`.
 */
export async function acquireLease(
  ports: LeasePorts,
  place: PolicyPlace,
  blockedPolicies: readonly string[],
  deadline: Date,
): Promise<HeldLease> {
  const key = ledgerKey(place);
  const holder = ports.random();
  for (;;) {
    const { ledger, etag } = await ports.ledgers.load(key, deadline);
    const now = ports.clock();
    if (now >= deadline) throw changeConflict();
    if (ports.leases.findLive(key, ledger, now) === null) {
      const durationSeconds = (deadline.getTime() - now.getTime()) / 1000 + MARGIN_SECONDS;
      const lease = { holder, durationSeconds, blockedPolicies };
      ports.leases.track(key, holder, now);
      const entry = await ports.ledgers.save(key, { ...ledger, lease }, etag, deadline);
      if (entry !== null) return { key, entry };
    }
    await waitTurn(ports, deadline);
  }
}

/**
 * Saves the managed policies that a change adds before storage gets them, so that the ledger knows every one of them.
 */
export async function recordManagedPolicies(
  ports: LeasePorts,
  held: HeldLease,
  state: PolicyState,
  deadline: Date,
): Promise<HeldLease> {
  const { ledger } = held.entry;
  const added = state.managed.filter(({ id }) => !ledger.managed.some((known) => known.id === id));
  if (added.length === 0) return held;
  const managed = [...ledger.managed, ...added];
  const entry = await saveUnderLease(ports, held, { ...ledger, managed }, deadline);
  return { ...held, entry };
}

/** Releases the lease and saves the new state of the ledger. @throws BrokerError `conflict` if the lease was lost. */
export async function releaseLease(
  ports: LeasePorts,
  held: HeldLease,
  { policies, managed, changed }: PolicyState,
  deadline: Date,
): Promise<void> {
  const appliedBefore = addSeconds(ports.clock(), -POLICY_DELAY_SECONDS);
  const ledger = {
    lease: null,
    managed: managed.filter(({ id }) => policies.some((policy) => policy.id === id)),
    changed: changed.filter(({ at }) => at > appliedBefore),
  };
  await saveUnderLease(ports, held, ledger, deadline);
}

/** Releases the lease after changes that failed. If that fails too, the lease expires on its own. */
export async function abandonLease(
  ports: LeasePorts,
  held: HeldLease,
  changed: readonly RecentChange[],
  deadline: Date,
): Promise<void> {
  const ledger = { ...held.entry.ledger, changed, lease: null };
  await ports.ledgers.save(held.key, ledger, held.entry.etag, deadline).catch(() => null);
}

/** Fails if someone else has saved the ledger: the lease had expired, and what was sent under it may be overwritten. */
async function saveUnderLease(
  { ledgers }: LeasePorts,
  { key, entry }: HeldLease,
  ledger: PolicyLedger,
  deadline: Date,
): Promise<LedgerEntry> {
  const saved = await ledgers.save(key, ledger, entry.etag, deadline);
  if (saved === null) throw changeConflict();
  return saved;
}

async function waitTurn({ clock, jitter }: LeasePorts, deadline: Date): Promise<void> {
  const wait = PAUSE_MS * (0.5 + jitter());
  if (clock().getTime() + wait >= deadline.getTime()) throw changeConflict();
  await pause(wait);
}

/** Returns the error for a change that could not be completed because of other changes of the same policies. */
export function changeConflict(): BrokerError {
  return new BrokerError(
    'conflict',
    'Other changes to these policies are in progress. Read the policies again, then retry.',
    { retryAfter: 1 },
  );
}
