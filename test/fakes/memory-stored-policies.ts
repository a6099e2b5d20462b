import { BrokerError } from '../../shared/broker-error.ts';
import { auditReadFailure } from '../../shared/audit/audit-unavailable.ts';
import { policyKeeper, type PolicyKeeper } from '../../shared/stored-policies/change-queue.ts';
import {
  EMPTY_LEDGER,
  ledgerKey,
  type LedgerEntry,
  type PolicyLedger,
  type PolicyLedgers,
} from '../../shared/stored-policies/policy-ledger.ts';
import { MAX_USE_IDS, type PolicyUse, type PolicyUses } from '../../shared/stored-policies/policy-uses.ts';
import {
  isManagedId,
  placePath,
  type PolicyList,
  type PolicyPlace,
  type StoredPolicies,
  type StoredPolicy,
} from '../../shared/stored-policies/stored-policy.ts';
import type { AuditLog } from '../../shared/audit/audit-record.ts';

/** A policy of a test: what is left out, it does not hold. */
export function storedPolicy(parts: Partial<StoredPolicy> = {}): StoredPolicy {
  const id = parts.id ?? 'readers';
  return { id, startsAt: null, expiresAt: null, permissions: '', managed: isManagedId(id), ...parts };
}

/** The policies of a storage in memory; a place that was never made is absent. */
export class MemoryStoredPolicies implements StoredPolicies {
  readonly lists = new Map<string, PolicyList>();
  /** Every replacement that was asked for. */
  replaced = 0;
  /** `lose`: it is done, and the caller is not told; `refuse`: storage does not take what the list holds. */
  failing: 'read' | 'replace' | 'lose' | 'refuse' | null = null;
  /** How long storage takes over each call, in milliseconds. */
  slowness = 0;
  /** Run after each replacement, as somebody else's hand would. */
  afterwards: (place: PolicyPlace) => void = () => undefined;

  make(place: PolicyPlace, list: Partial<PolicyList> = {}): void {
    this.lists.set(placePath(place), { policies: [], publicAccess: null, ...list });
  }

  async read(place: PolicyPlace): Promise<PolicyList> {
    await turn(this.slowness);
    if (this.failing === 'read') throw unavailable();
    const list = this.lists.get(placePath(place));
    if (list === undefined) throw new BrokerError('not_found', 'There is no such place.');
    return list;
  }

  async replace(place: PolicyPlace, list: PolicyList): Promise<void> {
    await this.read(place);
    this.replaced += 1;
    if (this.failing === 'replace') throw unavailable();
    if (this.failing === 'refuse') throw new BrokerError('invalid_request', 'Storage takes no such policy.');
    this.lists.set(placePath(place), list);
    if (this.failing === 'lose') throw unavailable();
    this.afterwards(place);
  }
}

/** Ledgers in memory. */
export class MemoryPolicyLedgers implements PolicyLedgers {
  readonly rows = new Map<string, { readonly ledger: PolicyLedger; readonly etag: string }>();
  #etags = 0;

  async load(key: string): Promise<LedgerEntry> {
    await turn();
    return this.rows.get(key) ?? { ledger: EMPTY_LEDGER, etag: null };
  }

  async save(key: string, ledger: PolicyLedger, etag: string | null): Promise<LedgerEntry | null> {
    await turn();
    if ((this.rows.get(key)?.etag ?? null) !== etag) return null;
    const row = { ledger, etag: `etag-${(this.#etags += 1)}` };
    this.rows.set(key, row);
    return row;
  }

  async withManaged() {
    await turn();
    return [...this.rows]
      .map(([key, { ledger }]) => ({ key, managed: ledger.managed }))
      .filter(({ managed }) => managed.length > 0);
  }
}

/** Live tokens by policy, as a test puts them there. */
export class MemoryPolicyUses implements PolicyUses {
  readonly tokens: {
    readonly key: string;
    readonly policy: string;
    readonly id: string;
    readonly expiresAt: Date;
  }[] = [];
  asked = 0;

  add(place: PolicyPlace, policy: string, expiresAt: Date): void {
    this.tokens.push({ key: ledgerKey(place), policy, id: `token-${this.tokens.length + 1}`, expiresAt });
  }

  async of(place: PolicyPlace, id: string, now: Date, deadline: Date): Promise<PolicyUse> {
    await turn();
    this.asked += 1;
    if (deadline <= now) throw auditReadFailure('deadline passed');
    const live = this.tokens.filter(
      (token) => token.key === ledgerKey(place) && token.policy === id && token.expiresAt > now,
    );
    return { count: live.length, ids: live.slice(0, MAX_USE_IDS).map((token) => token.id) };
  }
}

interface MemoryPolicyParts {
  readonly policies: MemoryStoredPolicies;
  readonly ledgers: MemoryPolicyLedgers;
  readonly uses: MemoryPolicyUses;
}

/** Of all keepers: no two hosts have a text in common. */
let randoms = 0;

/** A keeper of policies without an Azure. Two of them on the same parts are two hosts. */
export function memoryPolicyKeeper(
  events: Pick<AuditLog, 'appendEvent'>,
  clock: () => Date,
  { policies, ledgers, uses }: MemoryPolicyParts = {
    policies: new MemoryStoredPolicies(),
    ledgers: new MemoryPolicyLedgers(),
    uses: new MemoryPolicyUses(),
  },
): PolicyKeeper & MemoryPolicyParts {
  const parts = { policies, ledgers, uses };
  const letters = (value: number) =>
    String(value).replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
  const random = () => letters((randoms += 1)).padStart(16, 'a');
  return { ...policyKeeper({ ...parts, events, clock, random, jitter: () => 0.5 }), ...parts };
}

/** Others come in between, as they would over a network. */
async function turn(milliseconds = 0): Promise<void> {
  await new Promise((resolve) =>
    milliseconds === 0 ? setImmediate(resolve) : setTimeout(resolve, milliseconds),
  );
}

function unavailable(): BrokerError {
  return new BrokerError('storage_unavailable', 'Told to fail.', { retryAfter: 1 });
}
