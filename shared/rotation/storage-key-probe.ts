import { AzureNamedKeyCredential, TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { ShareServiceClient, StorageSharedKeyCredential as FileCredential } from '@azure/storage-file-share';
import { QueueServiceClient, StorageSharedKeyCredential as QueueCredential } from '@azure/storage-queue';
import { describeFailure } from '../azure-calls/failure.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import type { Service } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import { refusesSignature } from '../keys/storage-refusal.ts';
import type { KeyProbe } from './managed-keys.ts';

const RETRIES = { maxTries: 2, retryDelayInMs: 250, maxRetryDelayInMs: 250 };
const TABLE_RETRIES = { maxRetries: 1, retryDelayInMs: 250, maxRetryDelayInMs: 250 };

/** Tests a key with a cheap signed request to one of the account's services. */
export class StorageKeyProbe implements KeyProbe {
  readonly #callTimeoutMs: number;

  /** @param options `callTimeoutMs`: timeout of one probe, in milliseconds. */
  constructor({ callTimeoutMs }: { readonly callTimeoutMs: number }) {
    this.#callTimeoutMs = callTimeoutMs;
  }

  async opens(account: StorageAccount, key: SecretText, service: Service): Promise<boolean> {
    try {
      await withTimeout(this.#callTimeoutMs, (signal) => ask(account, key, service, signal));
      return true;
    } catch (error) {
      if (refusesSignature(error)) return false;
      throw new BrokerError(
        'storage_unavailable',
        'The broker could not determine whether storage accepts the account key.',
        {
          reason: `a key of account ${account.name} could not be tested on ${service}: ${describeFailure(error)}`,
        },
      );
    }
  }
}

/** Reads the properties of the service, or of the account. */
async function ask(
  { name, endpoints }: StorageAccount,
  key: SecretText,
  service: Service,
  abortSignal: AbortSignal,
): Promise<unknown> {
  const endpoint = endpoints[service];
  const options = { retryOptions: RETRIES };
  switch (service) {
    case 'blob': {
      const credential = new StorageSharedKeyCredential(name, key.reveal());
      return new BlobServiceClient(endpoint, credential, options).getAccountInfo({ abortSignal });
    }
    case 'queue': {
      const credential = new QueueCredential(name, key.reveal());
      return new QueueServiceClient(endpoint, credential, options).getProperties({ abortSignal });
    }
    case 'file': {
      const credential = new FileCredential(name, key.reveal());
      return new ShareServiceClient(endpoint, credential, options).getProperties({ abortSignal });
    }
    case 'table': {
      const credential = new AzureNamedKeyCredential(name, key.reveal());
      const client = new TableServiceClient(endpoint, credential, { retryOptions: TABLE_RETRIES });
      return client.getProperties({ abortSignal });
    }
  }
}
