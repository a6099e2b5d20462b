import { setTimeout as delay } from 'node:timers/promises';
import type { AzureReply, Intercept, Operation } from './azure-service.ts';

export interface Fault {
  /** Resource Manager: read, listKeys, regenerateKey, revokeUserDelegationKeys; Key Vault: see vault-routes.ts. */
  operation: string;
  /** Account or secret. By default the fault matches any. */
  name?: string;
  /**
   * - `refuse`: replies 403 (or `status`) and does nothing.
   * - `throttle`: replies 429 (or `status`) with `retryAfter`, and does nothing.
   * - `late`: waits `delayMs`, carries the operation out and replies, even if the client has stopped waiting.
   * - `reply-late`: carries the operation out at once and replies after `delayMs`.
   * - `lose-reply`: carries the operation out, then closes the connection. With `delayMs` it closes the connection at
   *   once and carries the operation out later.
   * - `drop`: closes the connection and does nothing.
   * - `silent`: never replies and does nothing. The connection stays open until the client closes it.
   * - `silent-done`: carries the operation out, after `delayMs` if given, and never replies.
   */
  fault: 'refuse' | 'throttle' | 'late' | 'reply-late' | 'lose-reply' | 'drop' | 'silent' | 'silent-done';
  status?: number;
  /** The error code of a `refuse` or `throttle`. */
  code?: string;
  /** The value of Retry-After of a `refuse` or `throttle`: seconds or a date. */
  retryAfter?: number | string;
  delayMs?: number;
  /** How many requests the fault affects. Default 1. */
  times?: number;
}

interface PlannedFault extends Fault {
  service: string;
  times: number;
}

/** By operation, how many requests with a bearer token arrived and how many were carried out. */
export type Calls = Record<string, { asked: number; done: number }>;

/**
 * Faults of the stand-ins for Key Vault and Resource Manager, for tests: pass `intercept` to `startStack`, then plan what
 * becomes of the next requests. Faults happen in the order in which they were planned.
 */
export class PlannedFaults {
  #planned: PlannedFault[] = [];
  readonly #calls = new Map<string, Calls>();
  /** Cancels delayed operations, which must not run after the stack has stopped, and ends silent ones. */
  readonly #stopping = new AbortController();

  plan(service: string, fault: Fault): void {
    this.#planned.push({ times: 1, ...fault, service });
  }

  /** Forgets the faults that were planned for an account or secret, or for the whole service. */
  clear(service: string, name?: string): void {
    this.#planned = this.#planned.filter(
      (fault) => fault.service !== service || (name !== undefined && fault.name !== name),
    );
  }

  /** Returns the requests for an account or secret so far. Operations without a request are absent. */
  calls(service: string, name: string): Calls {
    return this.#calls.get(`${service}/${name}`) ?? {};
  }

  stop(): void {
    this.#stopping.abort();
  }

  readonly intercept: Intercept = async (service, { operation, name, perform }) => {
    const counts = this.calls(service, name);
    this.#calls.set(`${service}/${name}`, counts);
    const count = (counts[operation] ??= { asked: 0, done: 0 });
    count.asked += 1;
    const performAndCount = async (): Promise<AzureReply> => {
      const reply = await perform();
      count.done += 1;
      return reply;
    };
    const planned = this.#planned.find(
      (fault) =>
        fault.service === service &&
        fault.operation === operation &&
        (fault.name ?? name) === name &&
        fault.times > 0,
    );
    if (!planned) return performAndCount();
    planned.times -= 1;
    return this.#apply(planned, performAndCount);
  };

  async #apply(
    planned: PlannedFault,
    perform: Operation['perform'],
  ): Promise<AzureReply | 'close-connection'> {
    const { fault, delayMs = 0 } = planned;
    const wait = (): Promise<void> => delay(delayMs, undefined, { signal: this.#stopping.signal });
    switch (fault) {
      case 'refuse':
      case 'throttle':
        return refusal(planned);
      case 'late':
        await wait();
        return perform();
      case 'reply-late': {
        const reply = await perform();
        await wait();
        return reply;
      }
      case 'lose-reply':
        if (delayMs === 0) await perform();
        else
          void wait()
            .then(perform)
            .catch(() => undefined);
        return 'close-connection';
      case 'drop':
        return 'close-connection';
      case 'silent':
        return this.#untilStopped();
      case 'silent-done':
        void wait()
          .then(perform)
          .catch(() => undefined);
        return this.#untilStopped();
    }
  }

  #untilStopped(): Promise<'close-connection'> {
    return new Promise((resolve) => {
      this.#stopping.signal.addEventListener('abort', () => resolve('close-connection'));
    });
  }
}

function refusal({ fault, status, code, retryAfter }: PlannedFault): AzureReply {
  const isThrottled = fault === 'throttle';
  const error = {
    code: code ?? (isThrottled ? 'TooManyRequests' : 'Refused'),
    message: 'A fault that a test requested.',
  };
  return {
    status: status ?? (isThrottled ? 429 : 403),
    headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
    body: { error },
  };
}
