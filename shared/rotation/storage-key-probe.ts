import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import { headerOf, statusOf, describeFailure } from '../azure-calls/failure.ts';
import type { KeyProbe } from './managed-keys.ts';

/**
 * Azure's code for a wrong signature, and its text for one, which Azurite gives with another code. Other 403s say
 * nothing of the key: a firewall answers AuthorizationFailure and "not authorized", an account that allows no keys
 * KeyBasedAuthenticationNotPermitted.
 */
const WRONG_KEY = /^AuthenticationFailed$|^Server failed to authenticate the request/;
/** Storage refuses requests that are a quarter of an hour off with the very words it has for a wrong key. */
const CLOCKS_APART_MS = 10 * 60_000;
const RETRIES = { maxTries: 2, retryDelayInMs: 250, maxRetryDelayInMs: 250 };

/** Tries a key by asking the account's blob service for account information, signed with the key. */
export class StorageKeyProbe implements KeyProbe {
  readonly #callTimeoutMs: number;

  /** `callTimeoutMs`: when a probe is given up, in milliseconds. */
  constructor({ callTimeoutMs }: { readonly callTimeoutMs: number }) {
    this.#callTimeoutMs = callTimeoutMs;
  }

  async opens(account: StorageAccount, key: SecretText): Promise<boolean> {
    try {
      const credential = new StorageSharedKeyCredential(account.name, key.reveal());
      const client = new BlobServiceClient(account.endpoints.blob, credential, { retryOptions: RETRIES });
      await withTimeout(this.#callTimeoutMs, (abortSignal) => client.getAccountInfo({ abortSignal }));
      return true;
    } catch (error) {
      if (isWrongKey(error) && clocksAgree(error)) return false;
      throw new BrokerError('storage_unavailable', 'Storage does not say whether it takes the key.', {
        reason: `account ${account.name} could not be tried: ${describeFailure(error)}`,
      });
    }
  }
}

function isWrongKey(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return statusOf(error) === 403 && [code, message].some((text) => WRONG_KEY.test(String(text)));
}

/** Against the system's clock, since the SDK signs with that. */
function clocksAgree(error: unknown): boolean {
  const theirs = Date.parse(headerOf(error, 'date') ?? '');
  return Math.abs(theirs - Date.now()) < CLOCKS_APART_MS;
}
