import { createHash } from 'node:crypto';
import type { KeyName, Service } from '../../shared/azure/services.ts';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { secretTextOf } from '../../shared/keys/secret-text.ts';
import { SecretText } from '../../shared/keys/signing-keys.ts';
import { MANAGED_BY } from '../../shared/rotation/published-secrets.ts';
import type { Effect } from './effects.ts';
import { MemoryDeaths } from './memory-deaths.ts';
import { MemoryTickLogs } from './memory-tick-logs.ts';

export interface MemoryKey {
  value: string;
  createdAt: Date | null;
}

export interface MemoryAccount {
  readonly keys: Record<KeyName, MemoryKey>;
  delegationRevokedAt: Date | null;
}

/** Which front ends of Azure answer from a state that is out of date. */
export interface StaleFrontEnds {
  /** Resource Manager's reads of keys and their creation times. */
  readonly lists: boolean;
  /** Storage, which still accepts the former keys and not yet the present ones. */
  readonly probes: boolean;
}

export interface MemoryVersion {
  readonly version: string;
  readonly text: string;
  readonly tags: Readonly<Record<string, string>>;
  enabled: boolean;
}

/** A secret with its versions, oldest first; a deleted secret keeps them. */
export interface MemorySecret {
  readonly versions: MemoryVersion[];
  deleted: boolean;
}

/** A token that an account key signed, as the audit table would have it. */
export interface MemoryToken {
  readonly account: string;
  /** The id of the value that signed it; null in old rows. */
  readonly keyId: string | null;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/**
 * What several broker instances share: storage accounts with two keys, a vault, the state table and the tokens in the
 * audit table. Its methods act at once, like a change in the portal; brokers act through the ports of
 * memory-rotation-ports.ts. Its clock is Azure's, and a broker's may differ.
 */
export class MemoryAzure {
  readonly clock: () => Date;
  readonly accounts = new Map<string, MemoryAccount>();
  /** By the secret's name. */
  readonly vault = new Map<string, MemorySecret>();
  /** Stored text and ETag, by account. */
  readonly journals = new Map<string, { text: string; etag: string }>();
  readonly deaths = new MemoryDeaths();
  /** Services of storage that answer no probe. */
  readonly silent = new Set<Service>();
  readonly ticks = new MemoryTickLogs();
  readonly tokens: MemoryToken[] = [];
  /** Every regeneration that took effect, in order, including those from outside the broker. */
  readonly regenerations: { readonly account: string; readonly key: KeyName; readonly at: Date }[] = [];
  /** Effects that were sent and have not taken place yet. */
  readonly late: { readonly effect: Effect; readonly land: () => void }[] = [];
  /** The keys as they were before; front ends in `stale` answer with them. */
  #former: ReadonlyMap<string, Readonly<Record<KeyName, MemoryKey>>> = new Map();
  #stale: StaleFrontEnds = { lists: false, probes: false };
  readonly #seed: number;
  #made = 0;

  constructor({ clock, seed = 1 }: { clock: () => Date; seed?: number }) {
    this.clock = clock;
    this.#seed = seed;
  }

  /** Adds an account; `createdAt` is null for an old one, whose keys have no creation times. */
  addAccount(name: string, createdAt: Date | null = this.clock()): MemoryAccount {
    const newKey = (): MemoryKey => ({ value: this.#newKey(), createdAt });
    const account = { keys: { key1: newKey(), key2: newKey() }, delegationRevokedAt: null };
    this.accounts.set(name, account);
    return account;
  }

  /** Returns an account. @throws Error if the test has not added it. */
  account(name: string): MemoryAccount {
    const account = this.accounts.get(name);
    if (account === undefined) throw new Error(`There is no account ${name} in memory`);
    return account;
  }

  /** Replaces a key, so that its former value is dead. No two regenerations of a key have the same time. */
  regenerate(account: string, key: KeyName): string {
    const { keys } = this.account(account);
    const at = Math.max(this.clock().getTime(), (keys[key].createdAt?.getTime() ?? 0) + 1);
    keys[key] = { value: this.#newKey(), createdAt: new Date(at) };
    this.regenerations.push({ account, key, at: new Date(at) });
    return keys[key].value;
  }

  /** From now on, some front ends answer from the present state, whatever happens, until `catchUp`. */
  fallBehind(stale: StaleFrontEnds): void {
    this.#stale = stale;
    this.#former = new Map([...this.accounts].map(([name, { keys }]) => [name, { ...keys }]));
  }

  /** Every front end answers from the present state again. */
  catchUp(): void {
    this.#stale = { lists: false, probes: false };
  }

  /** Returns the keys as Resource Manager lists them. */
  listedKeys(account: string): Readonly<Record<KeyName, MemoryKey>> {
    return (this.#stale.lists ? this.#former.get(account) : undefined) ?? this.account(account).keys;
  }

  /** Returns true if the front end of storage that answers a probe accepts the key. */
  probe(account: string, key: string): boolean {
    const former = this.#stale.probes ? this.#former.get(account) : undefined;
    if (former === undefined) return this.opens(account, key);
    return key === former.key1.value || key === former.key2.value;
  }

  /** Returns true if the account's storage accepts the key. */
  opens(account: string, key: string): boolean {
    const { key1, key2 } = this.account(account).keys;
    return key === key1.value || key === key2.value;
  }

  /** Returns the account's secret; null if it does not exist or is deleted. */
  secret(account: StorageAccount): MemorySecret | null {
    const secret = this.vault.get(account.keys?.secretName ?? '');
    return secret === undefined || secret.deleted ? null : secret;
  }

  /** Adds a version as the broker would, and recovers a deleted secret. */
  publish(account: StorageAccount, name: KeyName, key = this.account(account.name).keys[name].value): string {
    const tags = { CredentialId: name, ProviderAddress: account.resourceId, ManagedBy: MANAGED_BY };
    return this.setSecret(account, secretTextOf(new SecretText(key), account), tags);
  }

  /** Adds a version with any text, as something outside the broker might. Returns the version's name. */
  setSecret(account: StorageAccount, text: string, tags: Readonly<Record<string, string>> = {}): string {
    const secretName = account.keys?.secretName ?? '';
    const secret = this.vault.get(secretName) ?? { versions: [], deleted: false };
    this.vault.set(secretName, secret);
    const version = `v${++this.#made}`;
    secret.versions.push({ version, text, tags, enabled: true });
    secret.deleted = false;
    return version;
  }

  /** Soft-deletes the account's secret. */
  deleteSecret(account: StorageAccount): void {
    const secret = this.secret(account);
    if (secret !== null) secret.deleted = true;
  }

  /** Disables the newest version. */
  disableSecret(account: StorageAccount): void {
    const newest = this.secret(account)?.versions.at(-1);
    if (newest !== undefined) newest.enabled = false;
  }

  /** Lets late effects take place now, oldest first. */
  landLate(): void {
    for (const { land } of this.late.splice(0)) land();
  }

  /** Returns a unique version or ETag. */
  unique(prefix: string): string {
    return `${prefix}${++this.#made}`;
  }

  #newKey(): string {
    return createHash('sha512').update(`${this.#seed} ${++this.#made}`).digest('base64');
  }
}
