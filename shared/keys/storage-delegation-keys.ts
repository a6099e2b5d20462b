import type { TokenCredential } from '@azure/identity';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { DelegationRevocations } from './delegation-revocations.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import type { DelegationKey, DelegationKeys } from './signing-keys.ts';
import { requestDelegationKey, type DelegationKeyRequest } from './storage-delegation-request.ts';
import type { Service } from '../azure/services.ts';
import { describeFailure } from '../azure-calls/failure.ts';

interface StorageDelegationKeysOptions {
  readonly credential: TokenCredential;
  /** Told of each failed request, also of one in the background. */
  readonly onFault?: (error: BrokerError) => void;
  /** When one request is given up, in milliseconds. */
  readonly callTimeoutMs?: number;
  /** Left out: keys are never revoked. */
  readonly revocations?: DelegationRevocations;
}

/** Whose tokens a key signs; one `Entry` each. */
type Ask = Pick<DelegationKeyRequest, 'account' | 'service' | 'delegatedTenant'>;

/** A key, and when it was asked for by this instance's clock. */
interface Given {
  readonly key: DelegationKey;
  readonly askedAt: Date;
}

/** What is known of one account's key for one service and tenant. `asking` is the one request that is under way. */
interface Entry {
  given: Given | null;
  failure: { readonly at: number; readonly error: BrokerError } | null;
  asking: Promise<Given> | null;
}

/** A key's start lies in the past, since storage's clock may be behind ours and a key is not valid before it. */
const BACK_DATED_SECONDS = 15 * 60;
/**
 * Storage takes an expiry within 7 days of its own clock, learn.microsoft.com/rest/api/storageservices/get-user-delegation-key;
 * whether it counts from `start` it does not say. Half an hour less keeps to both, clocks apart by minutes included,
 * and is half an hour more than `MAX_USER_DELEGATION_TTL`: even callers who always ask for the longest token share keys.
 */
const KEY_SECONDS = 7 * 86_400 - 30 * 60;
const CALL_TIMEOUT_MS = 4000;
const COOLDOWN_MS = 1000;
/** How long a background refresh that failed is left alone: the key at hand still serves. */
const BACKGROUND_COOLDOWN_MS = 60_000;
const RETRY_AFTER_SECONDS = 5;

/**
 * User delegation keys from storage itself: one for an account, service and delegated tenant, asked for once, shared
 * by all tokens until less than half of it is left, then renewed in the background. A key from before a revocation signs
 * no more.
 */
export class StorageDelegationKeys implements DelegationKeys {
  readonly #options: StorageDelegationKeysOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: StorageDelegationKeysOptions) {
    this.#options = options;
  }

  async covering(
    account: StorageAccount,
    service: Service,
    until: Date,
    now: Date,
    delegatedTenant: string | null,
  ): Promise<DelegationKey> {
    const ask = { account, service, delegatedTenant };
    const entry = this.#entryOf(`${account.name}/${service}/${delegatedTenant ?? ''}`);
    const since = await this.#aliveSince(account, now);
    const { given } = entry;
    if (given !== null && isAlive(given, since) && covers(given.key, until, now)) {
      if (halfUsed(given.key, now) && !coolingDown(entry, now, BACKGROUND_COOLDOWN_MS))
        void this.#ask(ask, entry, now, since);
      return given.key;
    }
    if (entry.failure !== null && coolingDown(entry, now, COOLDOWN_MS)) throw entry.failure.error;
    const first = await this.#ask(ask, entry, now, since);
    // A request that was under way when the keys were revoked may have brought a dead one.
    const { key } = isAlive(first, since) ? first : await this.#ask(ask, entry, now, since);
    if (covers(key, until, now)) return key;
    const error = unavailable(account, 'the key that storage gave does not cover the token');
    entry.failure = { at: now.getTime(), error };
    throw error;
  }

  /**
   * Keys that were asked for before it are dead; null: none are. A second time after `clockSkew`: by then a key that
   * was asked for just after the revocation by a clock that is ahead, or that storage, by a clock of its own, takes for
   * older than the revocation, is dropped too.
   */
  async #aliveSince(account: StorageAccount, now: Date): Promise<Date | null> {
    const revokedAt = (await this.#options.revocations?.revokedAt(account, now)) ?? null;
    if (revokedAt === null || now < revokedAt) return null;
    const again = addSeconds(revokedAt, account.rotation?.clockSkew ?? 0);
    return now < again ? revokedAt : again;
  }

  #entryOf(name: string): Entry {
    const entry = this.#entries.get(name) ?? { given: null, failure: null, asking: null };
    this.#entries.set(name, entry);
    return entry;
  }

  #ask(ask: Ask, entry: Entry, now: Date, since: Date | null): Promise<Given> {
    if (entry.asking !== null) return entry.asking;
    const asking = this.#take(ask, entry, now, since).finally(() => (entry.asking = null));
    // Nobody may be waiting for it; `#take` has told of the failure.
    asking.catch(() => undefined);
    entry.asking = asking;
    return asking;
  }

  async #take(ask: Ask, entry: Entry, now: Date, since: Date | null): Promise<Given> {
    const started = performance.now();
    try {
      const given = { key: await this.#request(ask, now, since), askedAt: now };
      Object.assign(entry, { given, failure: null });
      return given;
    } catch (thrown) {
      const error = unavailable(ask.account, `no user delegation key: ${describeFailure(thrown)}`);
      entry.failure = { at: now.getTime() + performance.now() - started, error };
      this.#options.onFault?.(error);
      throw error;
    }
  }

  #request(ask: Ask, now: Date, since: Date | null): Promise<DelegationKey> {
    const { credential, callTimeoutMs = CALL_TIMEOUT_MS } = this.#options;
    const backDated = addSeconds(now, -BACK_DATED_SECONDS);
    const startsOn = since !== null && since > backDated ? since : backDated;
    const expiresOn = addSeconds(now, KEY_SECONDS);
    return withTimeout(callTimeoutMs, (signal) =>
      requestDelegationKey({ ...ask, startsOn, expiresOn }, credential, signal),
    );
  }
}

function isAlive({ askedAt }: Given, since: Date | null): boolean {
  return since === null || askedAt >= since;
}

function covers(key: DelegationKey, until: Date, now: Date): boolean {
  return key.startsAt <= now && key.expiresAt >= until;
}

function halfUsed(key: DelegationKey, now: Date): boolean {
  return now.getTime() - key.startsAt.getTime() > (key.expiresAt.getTime() - key.startsAt.getTime()) / 2;
}

function coolingDown({ failure }: Entry, now: Date, milliseconds: number): boolean {
  return failure !== null && Math.abs(now.getTime() - failure.at) < milliseconds;
}

function unavailable(account: StorageAccount, what: string): BrokerError {
  return new BrokerError('storage_unavailable', 'Storage gives no user delegation key now.', {
    reason: `account ${account.name}: ${what}`,
    retryAfter: RETRY_AFTER_SECONDS,
  });
}
