import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { BrokerError, describeFailure } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { withinDeadline } from '../keys/call-deadline.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import { headerOf } from './azure-call.ts';
import type { KeyProbe } from './managed-keys.ts';

/**
 * What storage says of a signature by a wrong key. An endpoint that looks for a bearer token next says that there is no
 * authentication it understands: the SDK always sends one, so that means the same.
 */
const WRONG_KEY = new Set(['403 AuthenticationFailed', '400 InvalidAuthenticationInfo']);
/** Storage refuses requests that are a quarter of an hour off with the very words it has for a wrong key. */
const CLOCKS_APART_MS = 10 * 60_000;
const RETRIES = { maxTries: 2, retryDelayInMs: 250, maxRetryDelayInMs: 250 };

/** Tries a key by asking the account's blob service for account information, signed with the key. */
export class StorageKeyProbe implements KeyProbe {
  readonly #callDeadline: number;

  /** `callDeadline`: when a probe is given up, in milliseconds. */
  constructor({ callDeadline }: { readonly callDeadline: number }) {
    this.#callDeadline = callDeadline;
  }

  async opens(account: StorageAccount, key: SecretText): Promise<boolean> {
    try {
      const credential = new StorageSharedKeyCredential(account.name, key.reveal());
      const client = new BlobServiceClient(account.endpoints.blob, credential, { retryOptions: RETRIES });
      await withinDeadline(this.#callDeadline, (abortSignal) => client.getAccountInfo({ abortSignal }));
      return true;
    } catch (error) {
      const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
      if (WRONG_KEY.has(`${String(statusCode)} ${String(code)}`) && clocksAgree(error)) return false;
      throw new BrokerError('storage_unavailable', 'Storage does not say whether it takes the key.', {
        reason: `account ${account.name} could not be tried: ${describeFailure(error)}`,
      });
    }
  }
}

/** Against the system's clock, since the SDK signs with that. */
function clocksAgree(error: unknown): boolean {
  const theirs = Date.parse(headerOf(error, 'date') ?? '');
  return Math.abs(theirs - Date.now()) < CLOCKS_APART_MS;
}
