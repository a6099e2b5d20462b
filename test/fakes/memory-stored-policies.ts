import type { AuditLog } from '../../shared/audit/audit-record.ts';
import { auditReadFailure } from '../../shared/audit/audit-unavailable.ts';
import { BrokerError } from '../../shared/broker-error.ts';
import { deletePolicy } from '../../shared/stored-policies/delete-policy.ts';
import { createPolicyKeeper, type PolicyKeeper } from '../../shared/stored-policies/policy-keeper.ts';
import {
  EMPTY_LEDGER,
  type LedgerEntry,
  ledgerKey,
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
import { MemoryDeaths } from './memory-deaths.ts';

/** Returns a policy with these fields; it leaves out the others. */
export function storedPolicy(parts: Partial<StoredPolicy> = {}): StoredPolicy {
  const id = parts.id ?? 'readers';
  return { id, startsAt: null, expiresAt: null, permissions: '', managed: isManagedId(id), ...parts };
}

/** Returns the change by which an operator deletes the policy. */
export const deleteBy = (by: string, id: string, death = `policy-${id}`) =>
  deletePolicy(id, { death, by, byName: 'Olga', reason: 'leaked' });

/** Stored access policies in memory. A place exists once `make` was called for it. */
export class MemoryStoredPolicies implements StoredPolicies {
  readonly lists = new Map<string, PolicyList>();
  /** How many replacements were requested. */
  replacements = 0;
  /** `lose`: the replacement takes effect, but its caller gets an error; `refuse`: storage rejects the list. */
  failing: 'read' | 'replace' | 'lose' | 'refuse' | null = null;
  /** How long storage needs for each call. */
  delayMs = 0;
  /** Runs after each replacement, like a write from outside the broker. */
  afterReplace: (place: PolicyPlace) => void = () => undefined;

  make(place: PolicyPlace, list: Partial<PolicyList> = {}): void {
    this.lists.set(placePath(place), { policies: [], publicAccess: null, ...list });
  }

  async read(place: PolicyPlace): Promise<PolicyList> {
    await turn(this.delayMs);
    if (this.failing === 'read') throw unavailable();
    const list = this.lists.get(placePath(place));
    if (list === undefined) throw new BrokerError('not_found', 'There is no container with this name.');
    return list;
  }

  async replace(place: PolicyPlace, list: PolicyList): Promise<void> {
    await this.read(place);
    this.replacements += 1;
    if (this.failing === 'replace') throw unavailable();
    if (this.failing === 'refuse')
      throw new BrokerError('invalid_request', 'Storage rejected the stored access policy.');
    this.lists.set(placePath(place), list);
    if (this.failing === 'lose') throw unavailable();
    this.afterReplace(place);
  }
}

/** Ledgers in memory, with ETags. */
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

/** The live tokens that a test adds. */
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

  async find(place: PolicyPlace, id: string, now: Date, deadline: Date): Promise<PolicyUse> {
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
  readonly deaths: MemoryDeaths;
}

/** Counts across all keepers, so that no two hosts get the same random text. */
let randoms = 0;

/** Creates a policy keeper in memory. Two keepers on the same parts act as two hosts. */
export function memoryPolicyKeeper(
  events: Pick<AuditLog, 'appendEvent'>,
  clock: () => Date,
  { policies, ledgers, uses, deaths }: MemoryPolicyParts = {
    policies: new MemoryStoredPolicies(),
    ledgers: new MemoryPolicyLedgers(),
    uses: new MemoryPolicyUses(),
    deaths: new MemoryDeaths(),
  },
  maxManagedPolicies = 2,
): PolicyKeeper & MemoryPolicyParts {
  const parts = { policies, ledgers, uses, deaths };
  const letters = (value: number) =>
    String(value).replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
  const random = () => letters((randoms += 1)).padStart(16, 'a');
  const outside = { ...parts, events, maxManagedPolicies, clock, random, jitter: () => 0.5 };
  return { ...createPolicyKeeper(outside), ...parts };
}

/** Lets other work run first, as it would over a network. */
async function turn(milliseconds = 0): Promise<void> {
  await new Promise((resolve) =>
    milliseconds === 0 ? setImmediate(resolve) : setTimeout(resolve, milliseconds),
  );
}

function unavailable(): BrokerError {
  return new BrokerError('storage_unavailable', 'Told to fail.', { retryAfter: 1 });
}
