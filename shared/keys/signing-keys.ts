import { inspect } from 'node:util';
import type { StorageAccount } from '../config/broker-config.ts';
import type { KeyName, Service } from '../azure/services.ts';

/** A secret's text that neither prints nor serialises; only `keys/` and the signer reveal it. */
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
  /** From the secret's `CredentialId` tag; null where somebody else wrote the secret without one. */
  readonly name: KeyName | null;
  readonly secretVersion: string;
  /** After this instant the key must sign and deliver nothing more. */
  readonly usableUntil: Date;
}

/** Where account keys come from. */
export interface AccountKeys {
  /** @throws BrokerError `signing_key_unavailable` where neither vault nor cache has a usable key. */
  current(account: StorageAccount, now: Date): Promise<AccountKey>;
}

/** A user delegation key: signs for its object id until it expires. */
export interface DelegationKey {
  readonly kind: 'user-delegation';
  readonly value: SecretText;
  readonly objectId: string;
  readonly tenantId: string;
  readonly service: string;
  readonly version: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  /** `skdutid`: whose users a bound token can be for; null: none. */
  readonly delegatedTenantId: string | null;
}

/** Where user delegation keys come from. */
export interface DelegationKeys {
  /**
   * A key for users of `delegatedTenant` (null: for anyone who holds the token) that outlives `until` (whole seconds, at most 7 days less margins from `now`).
   * @throws BrokerError `storage_unavailable`.
   */
  covering(
    account: StorageAccount,
    service: Service,
    until: Date,
    now: Date,
    delegatedTenant: string | null,
  ): Promise<DelegationKey>;
}

/** The key that signs one authorized token. An account key signs both service SAS and account SAS. */
export type SigningKey = AccountKey | DelegationKey;
