import {
  AnonymousCredential,
  BlobClient,
  BlobSASPermissions,
  generateBlobSASQueryParameters,
} from '@azure/storage-blob';
import { generateFileSASQueryParameters, ShareClient, ShareSASPermissions } from '@azure/storage-file-share';
import { generateQueueSASQueryParameters, QueueClient, QueueSASPermissions } from '@azure/storage-queue';
import { statusOf } from '../azure-calls/failure.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds, laterOf } from '../iso-time.ts';
import type { DelegationProbe, DelegationProbes } from './delegation-probes.ts';
import { type DelegationKey, SecretText } from './signing-keys.ts';
import type { RequestDelegationKey } from './storage-delegation-request.ts';
import { refusesSignature } from './storage-refusal.ts';

export interface StorageDelegationProbesOptions {
  /** With the identity that signs tokens, because its keys are the ones that must be refused. */
  readonly requestKey: RequestDelegationKey;
  /** Timeout of one try, in milliseconds. */
  readonly callTimeoutMs: number;
}

/** The services that give user delegation keys here. */
const SERVICES_WITH_KEYS = ['blob', 'queue', 'file'] as const;
type KeyedService = (typeof SERVICES_WITH_KEYS)[number];

/** What does not exist in any account: a container, queue or share that nobody creates. */
const NOWHERE = 'sas-token-broker-probe';
const NOTHING = 'nothing';
/** As `StorageDelegationKeys` does: a key is not valid before its start, and storage's clock may be behind. */
const BACK_DATED_SECONDS = 15 * 60;
/** Long enough for proof to be found by the timer, even if storage takes hours. */
const PROBE_SECONDS = 6 * 3600;
/** A probe that expires this soon may have expired by storage's clock. */
const MARGIN_SECONDS = 15 * 60;
const OPTIONS = { retryOptions: { maxTries: 1 } };

/** Makes probes with the official SDKs and tries them as any holder of a SAS would. */
export class StorageDelegationProbes implements DelegationProbes {
  readonly #options: StorageDelegationProbesOptions;

  constructor(options: StorageDelegationProbesOptions) {
    this.#options = options;
  }

  async make(
    account: StorageAccount,
    since: Date | null,
    now: Date,
    timeoutMs: number,
  ): Promise<readonly DelegationProbe[]> {
    const made = await Promise.all(
      SERVICES_WITH_KEYS.map((service) =>
        withTimeout(timeoutMs, async (signal) => {
          const probe = await this.#makeOne(account, service, since, now, signal);
          return (await this.isRefused(probe, now)) === false ? probe : null;
        }).catch(() => null),
      ),
    );
    return made.filter((probe) => probe !== null);
  }

  async isRefused(probe: DelegationProbe, now: Date): Promise<boolean | null> {
    if (now >= addSeconds(probe.expiresAt, -MARGIN_SECONDS)) return null;
    try {
      await withTimeout(this.#options.callTimeoutMs, (signal) => tryProbe(probe, signal));
      // Something exists there after all, and storage shows it.
      return false;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      return refusesSignature(error) ? true : null;
    }
  }

  async #makeOne(
    account: StorageAccount,
    service: KeyedService,
    since: Date | null,
    now: Date,
    signal: AbortSignal,
  ): Promise<DelegationProbe> {
    const backDated = addSeconds(now, -BACK_DATED_SECONDS);
    const startsOn = since === null ? backDated : laterOf(since, backDated);
    const expiresOn = addSeconds(now, PROBE_SECONDS);
    const ask = { account, service, delegatedTenant: null, startsOn, expiresOn };
    const key = await this.#options.requestKey(ask, signal);
    const { path, query } = signProbe(account, service, key);
    const url = new SecretText(`${account.endpoints[service]}/${path}?${query}`);
    return { service, url, expiresAt: key.expiresAt };
  }
}

function signProbe({ name, sasVersion: version }: StorageAccount, service: KeyedService, key: DelegationKey) {
  const values = { version, expiresOn: key.expiresAt };
  const sdkKey = {
    signedObjectId: key.objectId,
    signedTenantId: key.tenantId,
    signedStartsOn: key.startsAt,
    signedExpiresOn: key.expiresAt,
    signedService: key.service,
    signedVersion: key.version,
    value: key.value.reveal(),
  };
  switch (service) {
    case 'blob': {
      const permissions = BlobSASPermissions.parse('r');
      const sas = { ...values, permissions, containerName: NOWHERE, blobName: NOTHING };
      const query = generateBlobSASQueryParameters(sas, sdkKey, name).toString();
      return { path: `${NOWHERE}/${NOTHING}`, query };
    }
    case 'queue': {
      const sas = { ...values, permissions: QueueSASPermissions.parse('r'), queueName: NOWHERE };
      return { path: NOWHERE, query: generateQueueSASQueryParameters(sas, sdkKey, name).toString() };
    }
    case 'file': {
      const sas = { ...values, permissions: ShareSASPermissions.parse('r'), shareName: NOWHERE };
      return { path: NOWHERE, query: generateFileSASQueryParameters(sas, sdkKey, name).toString() };
    }
  }
}

async function tryProbe({ service, url }: DelegationProbe, abortSignal: AbortSignal): Promise<void> {
  const text = url.reveal();
  if (service === 'blob')
    await new BlobClient(text, new AnonymousCredential(), OPTIONS).download(0, 1, { abortSignal });
  else if (service === 'queue')
    await new QueueClient(text, undefined, OPTIONS).getProperties({ abortSignal });
  else await new ShareClient(text, undefined, OPTIONS).getProperties({ abortSignal });
}
