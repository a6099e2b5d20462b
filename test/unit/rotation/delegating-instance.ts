import { BrokerError } from '../../../shared/broker-error.ts';
import type { StorageAccount } from '../../../shared/config/broker-config.ts';
import { addSeconds, wholeSecond } from '../../../shared/iso-time.ts';
import type { DelegationKey } from '../../../shared/keys/signing-keys.ts';
import { StorageDelegationKeys } from '../../../shared/keys/storage-delegation-keys.ts';
import { RememberedRevocations } from '../../../shared/revocation/remembered-revocations.ts';
import type { DelegationStorage } from './delegation-storage.ts';
import type { RotationWorld } from './rotation-world.ts';

interface Signed {
  readonly key: DelegationKey;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/**
 * Issues user delegation SAS as an instance does: with the broker's own key cache and its own cache of revocations. A token
 * is signed, its row is written, its key is confirmed, and only then is it handed out, up to a request timeout later.
 */
export class DelegatingInstance {
  /** True if the state table does not answer. */
  tableDown = false;
  readonly #world: RotationWorld;
  /** With the settings at its start. */
  readonly #account: StorageAccount;
  readonly #storage: DelegationStorage;
  readonly #keys: StorageDelegationKeys;
  readonly #clock: () => Date;
  #signed: Signed | null = null;

  /** @param offset by how many seconds its clock is ahead of Azure's. */
  constructor(world: RotationWorld, storage: DelegationStorage, offset: number) {
    this.#world = world;
    this.#account = world.account;
    this.#storage = storage;
    this.#clock = () => new Date(world.now + offset * 1000);
    const load = async () => {
      if (!this.tableDown) return { journal: world.journal, etag: null };
      throw new BrokerError('storage_unavailable', 'The rotation journal is currently unavailable.');
    };
    this.#keys = new StorageDelegationKeys({
      requestKey: storage.requestKey,
      revocations: new RememberedRevocations({ load }),
    });
  }

  /** Receives a request: signs a token and keeps it until `handOut`; `ttl` in seconds. */
  async sign(ttl: number): Promise<void> {
    const now = this.#clock();
    const issuedAt = wholeSecond(now);
    const expiresAt = addSeconds(issuedAt, ttl);
    const key = await orNull(this.#keys.keyFor(this.#account, 'blob', expiresAt, now, null));
    this.#signed = key && { key, issuedAt, expiresAt };
  }

  /** Confirms the key and hands the token out. */
  async handOut(): Promise<void> {
    const signed = this.#signed;
    this.#signed = null;
    if (signed === null) return;
    const { key, issuedAt, expiresAt } = signed;
    if ((await orNull(this.#keys.isAlive(this.#account, key, this.#clock()))) !== true) return;
    this.#storage.tokens.push({
      key: key.value.reveal(),
      startsAt: key.startsAt,
      issuedAt,
      expiresAt,
      handedOutAt: this.#world.now,
    });
  }
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof BrokerError) return null;
    throw error;
  }
}
