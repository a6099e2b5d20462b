import { describeFailure, statusOf } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';

/** A failed read of a secret. `final`: the vault replied that there is no key, so a remembered key ends too. */
export interface SecretReadFailure {
  readonly error: BrokerError;
  readonly final: boolean;
  /** True if the secret does not exist, or has no version. */
  readonly missing: boolean;
}

const RETRY_SOON = { retryAfter: 5 };
/** The timer publishes a missing secret of an account that it rotates. */
const RETRY_LATER = { retryAfter: 60 };
const NEEDS_OPERATOR = { needsOperator: true };

/** Classifies a failed read. `error` may be the SDK's or a BrokerError. */
export function secretReadFailure(error: unknown, account: StorageAccount): SecretReadFailure {
  if (error instanceof BrokerError) return { error, final: true, missing: false };
  const status = statusOf(error);
  if (status === 404)
    return {
      error: unavailable(account, 'has no secret in the vault', RETRY_LATER),
      final: true,
      missing: true,
    };
  if (status === 403 && isDisabled(error))
    return {
      error: unavailable(account, 'has a disabled secret', NEEDS_OPERATOR),
      final: true,
      missing: false,
    };
  const what = `has a secret that could not be read: ${describeFailure(error)}`;
  return { error: unavailable(account, what, RETRY_SOON), final: false, missing: false };
}

/** Returns the error for a secret whose text is not an account key. `what` says why, without any part of the text. */
export function noKeyInSecret(account: StorageAccount, what: string): BrokerError {
  return unavailable(account, `has an unusable secret: ${what}`, NEEDS_OPERATOR);
}

/** Returns the error for an account that is configured for user delegation only. */
export function noSecretConfigured(account: StorageAccount): BrokerError {
  return unavailable(account, 'has no "keys" in the configuration', NEEDS_OPERATOR);
}

/** Returns the error for a published key that storage refuses. Only an operator can publish another one. */
export function keyIsDead(account: StorageAccount): BrokerError {
  return unavailable(account, 'has a secret whose key storage refuses', NEEDS_OPERATOR);
}

function unavailable(
  account: StorageAccount,
  what: string,
  retry: { readonly retryAfter: number } | { readonly needsOperator: boolean },
): BrokerError {
  return new BrokerError('signing_key_unavailable', 'The signing key is currently unavailable.', {
    reason: `account ${account.name} ${what}`,
    ...retry,
  });
}

/** Key Vault distinguishes a disabled secret from a refused caller only by the inner code (SecretDisabled) and the text. */
function isDisabled(error: unknown): boolean {
  const { details, message } = error as { details?: unknown; message?: unknown };
  return /SecretDisabled|disabled secret/i.test(`${JSON.stringify(details ?? null)} ${String(message)}`);
}
