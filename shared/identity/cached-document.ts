import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';

/** How long a document is cached, in seconds. */
export interface CacheTimes {
  /** A copy of this age is read again before it is used. */
  readonly maxAge: number;
  /** A copy younger than this is still used while the provider fails. */
  readonly staleMax: number;
  /** At most one early read succeeds in this time. */
  readonly cooldown: number;
  /** A failed read is not retried for this long. */
  readonly failureCooldown: number;
}

interface Copy<T> {
  readonly value: T;
  readonly readAt: Date;
}

/**
 * A cached document of an identity provider. One request at a time reads it, and reads are rate-limited, so that
 * callers with forged tokens cannot make the broker flood the provider.
 */
export class CachedDocument<T> {
  readonly #name: string;
  readonly #read: (now: Date) => Promise<T>;
  readonly #times: CacheTimes;
  #copy: Copy<T> | null = null;
  #failure: { readonly reason: string; readonly at: Date } | null = null;
  #reading: Promise<T> | null = null;

  /** @param name names the document in the log, such as `entra keys`. */
  constructor(name: string, read: (now: Date) => Promise<T>, times: CacheTimes) {
    this.#name = name;
    this.#read = read;
    this.#times = times;
  }

  /**
   * Returns the cached copy if it is fresh, else reads a new one.
   * @throws BrokerError `identity_provider_unavailable` if the read fails and the cached copy is too old.
   */
  async current(now: Date): Promise<T> {
    const copy = this.#copy;
    if (copy !== null && within(copy.readAt, now, this.#times.maxAge)) return copy.value;
    try {
      return await this.#readOnce(now);
    } catch (error) {
      if (copy !== null && within(copy.readAt, now, this.#times.staleMax)) return copy.value;
      throw error;
    }
  }

  /**
   * Reads a new copy if the cooldown allows it, else returns the cached one.
   * @throws BrokerError `identity_provider_unavailable` if the read fails, even if there is a cached copy: it may be
   * outdated.
   */
  async newer(now: Date): Promise<T> {
    const copy = this.#copy;
    if (copy !== null && within(copy.readAt, now, this.#times.cooldown)) return copy.value;
    return await this.#readOnce(now);
  }

  async #readOnce(now: Date): Promise<T> {
    if (this.#reading !== null) return await this.#reading;
    if (this.#failure !== null && within(this.#failure.at, now, this.#times.failureCooldown))
      throw this.#unavailable(this.#failure.reason);
    this.#reading = this.#keep(now).finally(() => (this.#reading = null));
    return await this.#reading;
  }

  async #keep(now: Date): Promise<T> {
    try {
      const value = await this.#read(now);
      this.#copy = { value, readAt: now };
      this.#failure = null;
      return value;
    } catch (error) {
      const reason = failureReason(error);
      this.#failure = { reason, at: now };
      throw this.#unavailable(reason);
    }
  }

  #unavailable(reason: string): BrokerError {
    return identityProviderUnavailable(`${this.#name}: ${reason}`, this.#times.failureCooldown);
  }
}

/**
 * Returns the error for an identity provider that does not answer or sends an unusable document.
 * @param retryAfter in seconds.
 */
export function identityProviderUnavailable(reason: string, retryAfter: number): BrokerError {
  return new BrokerError('identity_provider_unavailable', 'The identity provider is currently unavailable.', {
    retryAfter,
    reason,
  });
}

/** True on either side of `from`: requests overtake each other, and a clock set back must not keep a copy forever. */
function within(from: Date, now: Date, seconds: number): boolean {
  return Math.abs(now.getTime() - from.getTime()) < seconds * 1000;
}
