import { withTimeout } from '../../azure-calls/timeout.ts';
import type { KeyName } from '../../azure/services.ts';
import type { StorageAccount } from '../../config/broker-config.ts';
import type { SecretText } from '../../keys/signing-keys.ts';
import type { ManagedKeys } from '../../rotation/managed-keys.ts';

const INTERVAL_MS = 60_000;
/** Resource Manager allows 100 listings in 5 minutes per subscription, and rotation needs them, too. */
const MAX_PER_INTERVAL = 10;

/**
 * Lists the keys of accounts for lookups: each account at most once a minute, in memory of this instance. The values are
 * not remembered.
 */
export class KeyListings {
  readonly #managedKeys: Pick<ManagedKeys, 'list'>;
  readonly #listedAt = new Map<string, number>();

  constructor(managedKeys: Pick<ManagedKeys, 'list'>) {
    this.#managedKeys = managedKeys;
  }

  /**
   * Returns both keys of the account; null if they cannot be listed now. An attempt that fails or takes until `deadline`
   * counts as a listing.
   */
  async list(
    account: StorageAccount,
    { now, deadline }: { readonly now: Date; readonly deadline: Date },
  ): Promise<Readonly<Record<KeyName, SecretText>> | null> {
    for (const [name, at] of this.#listedAt)
      if (now.getTime() - at >= INTERVAL_MS) this.#listedAt.delete(name);
    if (this.#listedAt.has(account.name) || this.#listedAt.size >= MAX_PER_INTERVAL) return null;
    this.#listedAt.set(account.name, now.getTime());
    const timeoutMs = deadline.getTime() - now.getTime();
    return withTimeout(timeoutMs, () => this.#managedKeys.list(account)).catch(() => null);
  }
}
