import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { describeFailure, headerOf, statusOf } from '../azure-calls/failure.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import type { KeyProbe } from './managed-keys.ts';

/**
 * Azure's code for a wrong signature, and its text for one, which Azurite sends with another code. Other 403 replies say
 * nothing about the key: a firewall sends AuthorizationFailure and "not authorized", and an account that does not allow
 * keys sends KeyBasedAuthenticationNotPermitted.
 */
const WRONG_KEY = /^AuthenticationFailed$|^Server failed to authenticate the request/;
/** Storage rejects requests whose time is 15 minutes off with the same text as for a wrong key. */
const CLOCKS_APART_MS = 10 * 60_000;
const RETRIES = { maxTries: 2, retryDelayInMs: 250, maxRetryDelayInMs: 250 };

/** Tests a key with a signed request for account information to the account's blob service. */
export class StorageKeyProbe implements KeyProbe {
  readonly #callTimeoutMs: number;

  /** @param options `callTimeoutMs`: timeout of one probe, in milliseconds. */
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
      throw new BrokerError(
        'storage_unavailable',
        'The broker could not determine whether storage accepts the account key.',
        { reason: `a key of account ${account.name} could not be tested: ${describeFailure(error)}` },
      );
    }
  }
}

function isWrongKey(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return statusOf(error) === 403 && [code, message].some((text) => WRONG_KEY.test(String(text)));
}

/** Compares storage's clock with the system clock, because the SDK signs with the system clock. */
function clocksAgree(error: unknown): boolean {
  const theirs = Date.parse(headerOf(error, 'date') ?? '');
  return Math.abs(theirs - Date.now()) < CLOCKS_APART_MS;
}
