import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';

/** All in seconds. */
export interface KeepingTimes {
  /** A copy this old is read again before it is used. */
  readonly maxAge: number;
  /** A copy this old is still used while the provider fails. */
  readonly staleMax: number;
  /** At most one successful read, asked for early, in this time. */
  readonly cooldown: number;
  /** A failed read is not tried again for this long. */
  readonly failureCooldown: number;
}

interface Copy<T> {
  readonly value: T;
  readonly readAt: Date;
}

/**
 * One document of an identity provider: read by one request at a time, kept, and never asked for so often that
 * callers with made-up tokens could turn the broker against the provider.
 */
export class KeptDocument<T> {
  readonly #name: string;
  readonly #read: (now: Date) => Promise<T>;
  readonly #times: KeepingTimes;
  #copy: Copy<T> | null = null;
  #failure: { readonly reason: string; readonly at: Date } | null = null;
  #reading: Promise<T> | null = null;

  /** @param name for the log, such as `entra keys`. */
  constructor(name: string, read: (now: Date) => Promise<T>, times: KeepingTimes) {
    this.#name = name;
    this.#read = read;
    this.#times = times;
  }

  /** @throws BrokerError `identity_provider_unavailable` where no copy is fresh enough and none can be had. */
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
   * A newer copy than the kept one if the cooldown allows a read, else the kept one.
   * @throws BrokerError `identity_provider_unavailable`: what the provider would say now is not known.
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

/** @param retryAfter in seconds. */
export function identityProviderUnavailable(reason: string, retryAfter: number): BrokerError {
  return new BrokerError('identity_provider_unavailable', 'The identity provider is not available.', {
    retryAfter,
    reason,
  });
}

/** Either side of `from`: requests overtake each other, and a clock set back must not keep a copy for ever. */
function within(from: Date, now: Date, seconds: number): boolean {
  return Math.abs(now.getTime() - from.getTime()) < seconds * 1000;
}
