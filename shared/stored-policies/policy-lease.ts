import { pause } from '../azure-calls/timeout.ts';
import { BrokerError } from '../broker-error.ts';
import { addSeconds } from '../iso-time.ts';
import type { PolicyPorts, PolicyState } from './policy-change.ts';
import { ledgerKey, type LedgerEntry, type PolicyLedger } from './policy-ledger.ts';
import { POLICY_DELAY, type PolicyPlace } from './stored-policy.ts';

/** How much longer than to its deadline a lease holds, in seconds: for requests on their way. */
const MARGIN = 10;
const PAUSE_MS = 40;

/** A lease that was taken, with the ledger as it is now stored. */
export interface HeldLease {
  readonly key: string;
  readonly entry: LedgerEntry;
}

type Ledgers = Pick<PolicyPorts, 'ledgers' | 'leases' | 'clock' | 'random' | 'jitter'>;

/**
 * Waits for the right to edit the policies of a place.
 * @throws BrokerError `conflict` where others have it until `deadline`; `storage_unavailable`.
 */
export async function acquireLease(
  ports: Ledgers,
  place: PolicyPlace,
  endangers: readonly string[],
  deadline: Date,
): Promise<HeldLease> {
  const key = ledgerKey(place);
  const holder = ports.random();
  for (;;) {
    const { ledger, etag } = await ports.ledgers.load(key, deadline);
    const now = ports.clock();
    if (now >= deadline) throw conflictingChange();
    if (ports.leases.live(key, ledger, now) === null) {
      const holdsFor = (deadline.getTime() - now.getTime()) / 1000 + MARGIN;
      const lease = { holder, holdsFor, endangers };
      ports.leases.track(key, holder, now);
      const entry = await ports.ledgers.save(key, { ...ledger, lease }, etag, deadline);
      if (entry !== null) return { key, entry };
    }
    await waitTurn(ports, deadline);
  }
}

/** Writes down managed policies that an edit adds before storage holds it, so that nothing is there that the ledger does not know. */
export async function recordManagedPolicies(
  ports: Ledgers,
  held: HeldLease,
  state: PolicyState,
  deadline: Date,
): Promise<HeldLease> {
  const { ledger } = held.entry;
  const added = state.managed.filter(({ id }) => !ledger.managed.some((known) => known.id === id));
  if (added.length === 0) return held;
  const entry = await saveHeld(ports, held, { ...ledger, managed: [...ledger.managed, ...added] }, deadline);
  return { ...held, entry };
}

/** Gives the lease back, with what the ledger holds from now on. @throws BrokerError `conflict` where it was lost. */
export async function releaseLease(
  ports: Ledgers,
  held: HeldLease,
  { policies, managed, changed }: PolicyState,
  deadline: Date,
): Promise<void> {
  const pending = addSeconds(ports.clock(), -POLICY_DELAY);
  const ledger = {
    lease: null,
    managed: managed.filter(({ id }) => policies.some((policy) => policy.id === id)),
    changed: changed.filter(({ at }) => at > pending),
  };
  await saveHeld(ports, held, ledger, deadline);
}

/** Gives the lease back where the edits did not come to their end; where that fails it ends by itself. */
export async function abandonLease(
  ports: Ledgers,
  held: HeldLease,
  changed: PolicyLedger['changed'],
  deadline: Date,
): Promise<void> {
  const ledger = { ...held.entry.ledger, changed, lease: null };
  await ports.ledgers.save(held.key, ledger, held.entry.etag, deadline).catch(() => null);
}

/** A ledger that somebody else saved since: the lease ran out, and what was sent under it proves nothing. */
async function saveHeld(
  { ledgers }: Ledgers,
  { key, entry }: HeldLease,
  ledger: PolicyLedger,
  deadline: Date,
): Promise<LedgerEntry> {
  const saved = await ledgers.save(key, ledger, entry.etag, deadline);
  if (saved === null) throw conflictingChange();
  return saved;
}

async function waitTurn({ clock, jitter }: Ledgers, deadline: Date): Promise<void> {
  const wait = PAUSE_MS * (0.5 + jitter());
  if (clock().getTime() + wait >= deadline.getTime()) throw conflictingChange();
  await pause(wait);
}

/** Others were at the same policies for as long as there was time. */
export function conflictingChange(): BrokerError {
  return new BrokerError('conflict', 'Others are editing the policies here; look again, then retry.', {
    retryAfter: 1,
  });
}
