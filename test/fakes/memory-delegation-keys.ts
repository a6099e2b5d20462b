import { createHash } from 'node:crypto';
import type { Service } from '../../shared/azure/services.ts';
import { BrokerError } from '../../shared/broker-error.ts';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import { type DelegationKey, type DelegationKeys, SecretText } from '../../shared/keys/signing-keys.ts';

const BACK_DATED_SECONDS = 15 * 60;
const KEY_SECONDS = 7 * 86_400 - 30 * 60;

/** User delegation keys that storage does not know: they sign tokens, but the tokens do not open a storage account. */
export class MemoryDelegationKeys implements DelegationKeys {
  failing = false;
  /** How many keys were made. */
  requests = 0;
  /** Keys that were requested before this instant are dead. */
  revokedAt: Date | null = null;
  readonly #keys = new Map<string, DelegationKey>();

  keyFor(
    account: StorageAccount,
    service: Service,
    until: Date,
    now: Date,
    tenant: string | null,
  ): Promise<DelegationKey> {
    const known = service === 'blob' ? this.#keys.get(`${account.name}/${tenant ?? ''}`) : undefined;
    const kept = known !== undefined && this.#isDead(known) ? undefined : known;
    const half = kept === undefined ? 0 : (kept.startsAt.getTime() + kept.expiresAt.getTime()) / 2;
    if (kept !== undefined && kept.startsAt <= now && kept.expiresAt >= until) {
      if (now.getTime() > half && !this.failing) this.#make(account, now, tenant);
      return Promise.resolve(kept);
    }
    if (this.failing) return Promise.reject(unavailable(account));
    if (service !== 'blob') return Promise.reject(refused());
    return Promise.resolve(this.#make(account, now, tenant));
  }

  async isAlive(_account: StorageAccount, key: DelegationKey): Promise<boolean> {
    return !this.#isDead(key);
  }

  #isDead(key: DelegationKey): boolean {
    return this.revokedAt !== null && addSeconds(key.startsAt, BACK_DATED_SECONDS) < this.revokedAt;
  }

  #make(account: StorageAccount, now: Date, tenant: string | null): DelegationKey {
    this.requests += 1;
    const text = createHash('sha256').update(`${account.name} ${this.requests}`).digest('base64');
    const key: DelegationKey = {
      kind: 'user-delegation',
      value: new SecretText(text),
      objectId: '00000000-0000-4000-8000-0000000000b1',
      tenantId: '00000000-0000-4000-8000-0000000000aa',
      service: 'b',
      version: '2026-04-06',
      startsAt: addSeconds(now, -BACK_DATED_SECONDS),
      expiresAt: addSeconds(now, KEY_SECONDS),
      delegatedTenantId: tenant,
    };
    this.#keys.set(`${account.name}/${tenant ?? ''}`, key);
    return key;
  }
}

function unavailable(account: StorageAccount): BrokerError {
  return new BrokerError('storage_unavailable', 'A user delegation key is currently unavailable.', {
    reason: `account ${account.name} has no user delegation key in memory`,
    retryAfter: 5,
  });
}

function refused(): BrokerError {
  return new BrokerError('misconfigured', 'Only blobs have user delegation keys in memory.', {
    needsOperator: true,
  });
}
