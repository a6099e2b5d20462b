import { describeFailure, statusOf } from '../azure-calls/failure.ts';
import { readTwice } from '../azure-calls/read-twice.ts';
import type { Service } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds, laterOf } from '../iso-time.ts';
import type { DelegationRevocations } from './delegation-revocations.ts';
import {
  deadBefore,
  earliestStart,
  type MarkTimes,
  type RevocationMark,
  seeMark,
} from './revocation-mark.ts';
import type { DelegationKey, DelegationKeys } from './signing-keys.ts';
import type { DelegationKeyRequest, RequestDelegationKey } from './storage-delegation-request.ts';

interface StorageDelegationKeysOptions {
  readonly requestKey: RequestDelegationKey;
  /** Called for each failed request, also for one in the background. */
  readonly onFault?: (error: BrokerError) => void;
  /** How long a key may take, in milliseconds, with a second try. */
  readonly callTimeoutMs?: number;
  /** Absent: keys are never revoked. */
  readonly revocations?: DelegationRevocations;
}

/** What a key is for; there is one `Entry` for each. */
type Ask = Pick<DelegationKeyRequest, 'account' | 'service' | 'delegatedTenant'>;

/** A key, when it was requested by this instance's clock, and how many revocations it had seen by then. */
interface Given {
  readonly key: DelegationKey;
  readonly askedAt: Date;
  readonly seen: number;
}

/** What is known about one account's key for one service and tenant. `asking` is the only request in flight. */
interface Entry {
  given: Given | null;
  failure: { readonly at: number; readonly error: BrokerError } | null;
  asking: Promise<Given> | null;
  mark: RevocationMark | null;
}

/** A key starts in the past: it is not valid before its start, and storage's clock may be behind. */
const BACK_DATED_SECONDS = 15 * 60;
/**
 * Storage accepts an expiry within 7 days of its own clock: learn.microsoft.com/rest/api/storageservices/get-user-delegation-key
 * does not say whether it counts from `start`. Half an hour less satisfies both readings, even if clocks differ by
 * minutes. It is half an hour more than `MAX_USER_DELEGATION_TTL`, so callers who always request the longest token share
 * keys too.
 */
const KEY_SECONDS = 7 * 86_400 - 30 * 60;
const CALL_TIMEOUT_MS = 4000;
const COOLDOWN_MS = 1000;
/** How long to wait after a failed background refresh: the present key still works. */
const BACKGROUND_COOLDOWN_MS = 60_000;
const RETRY_AFTER_SECONDS = 5;
/** The service has no such keys, or the signer may not request one. */
const REFUSED_FOR_GOOD: readonly (number | null)[] = [400, 403];

/**
 * User delegation keys from storage. There is one key per account, service and delegated tenant: requested once, shared
 * by all tokens, and renewed in the background once half of its life has passed. A key from before a revocation no
 * longer signs once the revocation is known.
 */
export class StorageDelegationKeys implements DelegationKeys {
  readonly #options: StorageDelegationKeysOptions;
  readonly #entries = new Map<string, Entry>();
  /** Where each key belongs, also for keys that have been replaced: their tokens may still be on their way. */
  readonly #givenAs = new WeakMap<DelegationKey, { readonly given: Given; readonly entry: Entry }>();

  constructor(options: StorageDelegationKeysOptions) {
    this.#options = options;
  }

  async keyFor(
    account: StorageAccount,
    service: Service,
    until: Date,
    now: Date,
    delegatedTenant: string | null,
  ): Promise<DelegationKey> {
    const ask = { account, service, delegatedTenant };
    const entry = this.#entryOf(`${account.name}/${service}/${delegatedTenant ?? ''}`);
    const { mark, isAlive } = await this.#look(entry, account, now);
    const { given } = entry;
    if (given !== null && isAlive(given) && covers(given.key, until, now)) {
      if (isHalfUsed(given.key, now) && !isCoolingDown(entry, now, BACKGROUND_COOLDOWN_MS))
        void this.#ask(ask, entry, now, mark);
      return given.key;
    }
    if (entry.failure !== null && isCoolingDown(entry, now, COOLDOWN_MS)) throw entry.failure.error;
    const first = await this.#ask(ask, entry, now, mark);
    // A request that was in flight when the keys were revoked may have returned a dead key.
    const { key } = isAlive(first) ? first : await this.#ask(ask, entry, now, mark);
    if (covers(key, until, now)) return key;
    const error = unavailable(account, 'the key that storage returned does not outlive the token');
    entry.failure = { at: now.getTime(), error };
    throw error;
  }

  async isAlive(account: StorageAccount, key: DelegationKey, now: Date): Promise<boolean> {
    const known = this.#givenAs.get(key);
    if (known === undefined) return false;
    const { isAlive } = await this.#look(known.entry, account, now);
    return isAlive(known.given);
  }

  /** Looks which keys are alive, by the revocation that is known now. */
  async #look(
    entry: Entry,
    account: StorageAccount,
    now: Date,
  ): Promise<{ mark: RevocationMark; isAlive: (given: Given) => boolean }> {
    const revokedAt = (await this.#options.revocations?.revokedAt(account, now)) ?? null;
    const mark = seeMark(entry.mark, revokedAt, now);
    entry.mark = mark;
    const since = deadBefore(mark, now, this.#timesOf(account));
    return {
      mark,
      isAlive: ({ askedAt, seen }) => seen >= mark.seen && (since === null || askedAt >= since),
    };
  }

  #timesOf({ rotation, keyCache }: StorageAccount): MarkTimes {
    const { callTimeoutMs = CALL_TIMEOUT_MS } = this.#options;
    const { clockSkew = 0, settle = 0 } = rotation ?? {};
    return { clockSkew, keyCache, inFlight: settle + callTimeoutMs / 1000 };
  }

  #entryOf(name: string): Entry {
    const entry = this.#entries.get(name) ?? { given: null, failure: null, asking: null, mark: null };
    this.#entries.set(name, entry);
    return entry;
  }

  #ask(ask: Ask, entry: Entry, now: Date, mark: RevocationMark): Promise<Given> {
    if (entry.asking !== null) return entry.asking;
    const asking = this.#request(ask, entry, now, mark).finally(() => (entry.asking = null));
    // There may be nothing waiting for it; `#request` has reported the failure.
    asking.catch(() => undefined);
    entry.asking = asking;
    return asking;
  }

  async #request(ask: Ask, entry: Entry, now: Date, mark: RevocationMark): Promise<Given> {
    const started = performance.now();
    try {
      const given = { key: await this.#send(ask, now, mark), askedAt: now, seen: mark.seen };
      this.#givenAs.set(given.key, { given, entry });
      Object.assign(entry, { given, failure: null });
      return given;
    } catch (thrown) {
      const what = `no user delegation key: ${describeFailure(thrown)}`;
      const isFinal = REFUSED_FOR_GOOD.includes(statusOf(thrown));
      const error = isFinal ? refused(ask, what) : unavailable(ask.account, what);
      entry.failure = { at: now.getTime() + performance.now() - started, error };
      this.#options.onFault?.(error);
      throw error;
    }
  }

  #send(ask: Ask, now: Date, mark: RevocationMark): Promise<DelegationKey> {
    const { requestKey, callTimeoutMs = CALL_TIMEOUT_MS } = this.#options;
    const backDated = addSeconds(now, -BACK_DATED_SECONDS);
    const earliest = earliestStart(mark, now, this.#timesOf(ask.account));
    const startsOn = earliest === null ? backDated : laterOf(earliest, backDated);
    const expiresOn = addSeconds(now, KEY_SECONDS);
    return readTwice(callTimeoutMs, (signal) => requestKey({ ...ask, startsOn, expiresOn }, signal));
  }
}

function covers(key: DelegationKey, until: Date, now: Date): boolean {
  return key.startsAt <= now && key.expiresAt >= until;
}

function isHalfUsed(key: DelegationKey, now: Date): boolean {
  return now.getTime() - key.startsAt.getTime() > (key.expiresAt.getTime() - key.startsAt.getTime()) / 2;
}

function isCoolingDown({ failure }: Entry, now: Date, milliseconds: number): boolean {
  return failure !== null && Math.abs(now.getTime() - failure.at) < milliseconds;
}

function unavailable(account: StorageAccount, what: string): BrokerError {
  return new BrokerError('storage_unavailable', 'A user delegation key is currently unavailable.', {
    reason: `account ${account.name}: ${what}`,
    retryAfter: RETRY_AFTER_SECONDS,
  });
}

function refused({ account, service }: Ask, what: string): BrokerError {
  return new BrokerError(
    'misconfigured',
    'Storage refuses the broker a user delegation key for this service. An operator must mend that.',
    { reason: `account ${account.name}/${service}: ${what}`, needsOperator: true },
  );
}
