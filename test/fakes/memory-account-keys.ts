import type { KeyName } from '../../shared/azure/services.ts';
import { hashKey, keyIdOf } from '../../shared/keys/key-hash.ts';
import { BrokerError } from '../../shared/broker-error.ts';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import { type AccountKey, type AccountKeys, SecretText } from '../../shared/keys/signing-keys.ts';

type Published = Omit<AccountKey, 'usableUntil'>;

/** Account keys of a vault in memory, remembered in the same way as the real ones. */
export class MemoryAccountKeys implements AccountKeys {
  failing = false;
  readonly #published = new Map<string, Published>();
  readonly #remembered = new Map<string, { readonly key: AccountKey; readonly sentAt: Date }>();
  #versions = 0;

  publish(account: string, value: string, name: KeyName | null = 'key1'): void {
    const secretVersion = `v${++this.#versions}`;
    this.#published.set(account, {
      kind: 'account',
      value: new SecretText(value),
      keyId: keyIdOf(hashKey(new SecretText(value))),
      name,
      secretVersion,
    });
  }

  withdraw(account: string): void {
    this.#published.delete(account);
  }

  current(account: StorageAccount, now: Date): Promise<AccountKey> {
    const remembered = this.#remembered.get(account.name);
    const age = remembered === undefined ? null : (now.getTime() - remembered.sentAt.getTime()) / 1000;
    const stale = account.keyCache + (this.failing ? account.keyStaleMax : 0);
    if (remembered !== undefined && age !== null && age < stale) return Promise.resolve(remembered.key);
    const published = this.failing || account.keys === null ? undefined : this.#published.get(account.name);
    if (published === undefined) return Promise.reject(unavailable(account));
    const key = { ...published, usableUntil: addSeconds(now, account.keyCache + account.keyStaleMax) };
    this.#remembered.set(account.name, { key, sentAt: now });
    return Promise.resolve(key);
  }
}

function unavailable(account: StorageAccount): BrokerError {
  return new BrokerError('signing_key_unavailable', 'The signing key is currently unavailable.', {
    reason: `account ${account.name} has no key in memory`,
    retryAfter: 5,
  });
}
