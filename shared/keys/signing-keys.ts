import { inspect } from 'node:util';
import type { KeyName, Service } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';

/** A secret's text that neither prints nor serialises. Only `keys/` and the signers reveal it. */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** An account key as Key Vault published it. */
export interface AccountKey {
  readonly kind: 'account';
  readonly value: SecretText;
  /** The id of the value, from `keyIdOf`. */
  readonly keyId: string;
  /** From the secret's `CredentialId` tag; null if something other than the broker wrote the secret without one. */
  readonly name: KeyName | null;
  readonly secretVersion: string;
  /** After this instant the key must not sign a token, and no token it signed may leave. */
  readonly usableUntil: Date;
}

/** Where account keys come from. */
export interface AccountKeys {
  /**
   * Returns the account's active key.
   * @throws BrokerError `signing_key_unavailable` if neither vault nor cache has a usable key.
   */
  current(account: StorageAccount, now: Date): Promise<AccountKey>;
}

/** A user delegation key, which signs for its object id until it expires. */
export interface DelegationKey {
  readonly kind: 'user-delegation';
  readonly value: SecretText;
  readonly objectId: string;
  readonly tenantId: string;
  readonly service: string;
  readonly version: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  /** `skdutid`: the tenant of the users that tokens can be bound to; null: none. */
  readonly delegatedTenantId: string | null;
}

/** Where user delegation keys come from. */
export interface DelegationKeys {
  /**
   * Returns a key that outlives `until` (whole seconds, at most `MAX_USER_DELEGATION_TTL` from `now`), for users of
   * `delegatedTenant` (null: for anyone who has the token).
   * @throws BrokerError `storage_unavailable`; `misconfigured` if storage refuses such a key for good.
   */
  keyFor(
    account: StorageAccount,
    service: Service,
    until: Date,
    now: Date,
    delegatedTenant: string | null,
  ): Promise<DelegationKey>;
  /**
   * Returns false if the key, which came from `keyFor`, was requested before a revocation that is known by now.
   * @throws BrokerError `storage_unavailable` if it is unknown whether there was a revocation.
   */
  isAlive(account: StorageAccount, key: DelegationKey, now: Date): Promise<boolean>;
}

/** The key that signs one authorized token. An account key signs both service SAS and account SAS. */
export type SigningKey = AccountKey | DelegationKey;
