import type { StorageManagementClient } from '@azure/arm-storage';
import {
  describeFailure,
  failureReason,
  lacksCredential,
  retryAfterOf,
  statusOf,
} from '../azure-calls/failure.ts';
import { readTwice } from '../azure-calls/read-twice.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { parseStorageAccountId, type StorageAccountId } from '../azure/resource-id.ts';
import type { KeyName } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { SecretText } from '../keys/signing-keys.ts';
import { type ArmClientOptions, armStorageClient, NeverSent } from './arm-client.ts';
import { clockAhead } from './clock-ahead.ts';
import type { DelegationRevocation, ManagedKeys, Regeneration, TimedKeys } from './managed-keys.ts';

export interface ArmAccountKeysOptions extends ArmClientOptions {
  /** Timeout of one read, in milliseconds. */
  readonly callTimeoutMs: number;
  readonly clock: () => Date;
}

type Operations = StorageManagementClient['storageAccounts'];
type Call<T> = (operations: Operations, id: StorageAccountId, abortSignal: AbortSignal) => Promise<T>;

/** Replies that turn a request down, whatever the keys' state, until somebody changes rights, resource or request. */
const TURNED_DOWN = new Set([400, 401, 403, 404, 405]);
/** Replies that turn a request down for the moment. */
const NOT_NOW = new Set([409, 429]);

/** Account keys through Azure Resource Manager. */
export class ArmAccountKeys implements ManagedKeys {
  readonly #options: ArmAccountKeysOptions;

  constructor(options: ArmAccountKeysOptions) {
    this.#options = options;
  }

  async times(account: StorageAccount): Promise<TimedKeys> {
    const { clock } = this.#options;
    let sentAt = clock();
    let date: string | undefined;
    const { keyCreationTime } = await this.#ask(
      account,
      'could not read its properties',
      (operations, id, abortSignal) => {
        sentAt = clock();
        return operations.getProperties(id.resourceGroup, id.name, {
          abortSignal,
          onResponse: ({ headers }) => (date = headers.get('date')),
        });
      },
    );
    const ahead = clockAhead(date ?? '', sentAt, clock());
    if (ahead === null) throw unavailable(account, 'the reply has no valid Date header');
    return {
      times: { key1: timeOf(keyCreationTime?.key1, account), key2: timeOf(keyCreationTime?.key2, account) },
      clockAhead: ahead,
    };
  }

  async list(account: StorageAccount): Promise<Readonly<Record<KeyName, SecretText>>> {
    const { keys = [] } = await this.#ask(account, 'could not read its keys', (operations, id, abortSignal) =>
      operations.listKeys(id.resourceGroup, id.name, { abortSignal }),
    );
    const valueOf = (name: KeyName): SecretText => {
      const { value } = keys.find(({ keyName }) => keyName?.toLowerCase() === name) ?? {};
      if (value === undefined || value === '')
        throw unavailable(account, `the reply does not contain ${name}`);
      return new SecretText(value);
    };
    return { key1: valueOf('key1'), key2: valueOf('key2') };
  }

  async regenerate(account: StorageAccount, key: KeyName, deadline: Date): Promise<Regeneration> {
    try {
      await this.#sendOnce(account, deadline, (operations, { resourceGroup, name }, abortSignal) =>
        operations.regenerateKey(resourceGroup, name, { keyName: key }, { abortSignal }),
      );
      return { outcome: 'done' };
    } catch (error) {
      return regenerationOf(error, this.#options.clock());
    }
  }

  async revokeDelegationKeys(account: StorageAccount, deadline: Date): Promise<DelegationRevocation> {
    try {
      await this.#sendOnce(account, deadline, (operations, id, abortSignal) =>
        operations.revokeUserDelegationKeys(id.resourceGroup, id.name, { abortSignal }),
      );
      return { outcome: 'done' };
    } catch (error) {
      return delegationRevocationOf(error, this.#options.clock());
    }
  }

  /** Sends one request that changes something, and never after its deadline. */
  async #sendOnce(account: StorageAccount, deadline: Date, call: Call<unknown>): Promise<void> {
    const left = deadline.getTime() - this.#options.clock().getTime();
    if (left <= 0) throw new NeverSent();
    const id = accountIdOf(account);
    // A separate client, because only such a request must not be sent after its deadline.
    const { storageAccounts } = armStorageClient(this.#options, id.subscription, {
      lastMoment: performance.now() + left,
    });
    await withTimeout(left, (abortSignal) => call(storageAccounts, id, abortSignal));
  }

  async #ask<T>(account: StorageAccount, what: string, call: Call<T>): Promise<T> {
    const { clock, callTimeoutMs } = this.#options;
    try {
      const id = accountIdOf(account);
      const { storageAccounts } = armStorageClient(this.#options, id.subscription);
      return await readTwice(callTimeoutMs, (abortSignal) => call(storageAccounts, id, abortSignal));
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      throw unavailable(account, `${what}: ${describeFailure(error)}`, retryAfterOf(error, clock()));
    }
  }
}

/** Only a reply that rejects the request is certain. After a timeout or a 5xx the key may have changed. */
function regenerationOf(error: unknown, now: Date): Regeneration {
  if (error instanceof NeverSent) return { outcome: 'refused', reason: error.message, retryAt: null };
  if (error instanceof BrokerError)
    return { outcome: 'refused', reason: error.reason ?? error.message, retryAt: null };
  const status = statusOf(error);
  const turnedDown = status !== null && status >= 400 && status < 500 && status !== 408;
  if (!turnedDown && !lacksCredential(error)) return { outcome: 'unknown' };
  const seconds = retryAfterOf(error, now);
  const retryAt = seconds === null ? null : new Date(now.getTime() + seconds * 1000);
  return { outcome: 'refused', reason: describeFailure(error), retryAt };
}

/** Only the replies listed above are certain: after any other, or none, the keys may be revoked. */
function delegationRevocationOf(error: unknown, now: Date): DelegationRevocation {
  const reason = failureReason(error);
  const status = statusOf(error);
  if (error instanceof BrokerError || (status !== null && TURNED_DOWN.has(status)))
    return { outcome: 'turned-down', reason };
  const isCertain =
    error instanceof NeverSent || lacksCredential(error) || (status !== null && NOT_NOW.has(status));
  const seconds = retryAfterOf(error, now);
  const retryAt = seconds === null ? null : new Date(now.getTime() + seconds * 1000);
  return { outcome: 'held-up', reason, retryAt, mayHaveLanded: !isCertain };
}

function accountIdOf(account: StorageAccount): StorageAccountId {
  const id = parseStorageAccountId(account.resourceId);
  if (id === null) throw unavailable(account, 'its resourceId is not that of a storage account');
  return id;
}

function timeOf(time: Date | null | undefined, account: StorageAccount): Date | null {
  if (time === null || time === undefined) return null;
  if (Number.isNaN(time.getTime())) throw unavailable(account, 'a key creation time cannot be read');
  return time;
}

function unavailable(account: StorageAccount, what: string, retryAfter: number | null = null): BrokerError {
  return new BrokerError(
    'storage_unavailable',
    'The broker currently cannot manage the keys of this account.',
    {
      reason: `account ${account.name} in Resource Manager: ${what}`,
      ...(retryAfter === null ? {} : { retryAfter }),
    },
  );
}
