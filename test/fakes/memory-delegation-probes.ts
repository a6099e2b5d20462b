import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import type { DelegationProbe, DelegationProbes } from '../../shared/keys/delegation-probes.ts';
import { SecretText } from '../../shared/keys/signing-keys.ts';
import type { MemoryAzure } from './memory-azure.ts';

/** Probes of an Azure in memory, for blobs only. `silent` services of the Azure answer nothing. */
export class MemoryDelegationProbes implements DelegationProbes {
  readonly #azure: MemoryAzure;

  constructor(azure: MemoryAzure) {
    this.#azure = azure;
  }

  async make(
    { name }: StorageAccount,
    since: Date | null,
    now: Date,
    timeoutMs: number,
  ): Promise<readonly DelegationProbe[]> {
    const backDated = addSeconds(now, -900);
    const startsAt = since === null || since < backDated ? backDated : since;
    const url = new SecretText(JSON.stringify({ name, startsAt }));
    const probe = { service: 'blob', url, expiresAt: addSeconds(now, 6 * 3600) } as const;
    return timeoutMs > 0 && (await this.isRefused(probe, now)) === false ? [probe] : [];
  }

  async isRefused({ service, url, expiresAt }: DelegationProbe, now: Date): Promise<boolean | null> {
    if (this.#azure.silent.has(service) || now >= addSeconds(expiresAt, -900)) return null;
    const { name, startsAt } = JSON.parse(url.reveal()) as { name: string; startsAt: string };
    const { delegationRevokedAt } = this.#azure.account(name);
    return delegationRevokedAt !== null && new Date(startsAt) < delegationRevokedAt;
  }
}
