import { isOfService } from '../azure/resources.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import type { IssuingPorts } from './issuing-ports.ts';

/**
 * Returns the key that signs this token: the account's key, or a user delegation key that outlives the token.
 * @throws BrokerError `signing_key_unavailable`, `storage_unavailable`, `misconfigured`.
 */
export function obtainKey(
  ports: Pick<IssuingPorts, 'accountKeys' | 'delegationKeys'>,
  token: AuthorizedToken,
  now: Date,
): Promise<SigningKey> {
  const { account, resource } = token;
  if (token.kind === 'user-delegation' && isOfService(resource)) {
    const tenant = token.delegatedUser?.tenantId ?? null;
    return ports.delegationKeys.keyFor(account, resource.service, token.expiresAt, now, tenant);
  }
  return ports.accountKeys.current(account, now);
}

/**
 * Checks that the key which signed a token has not been revoked, as far as this instance knows.
 * @throws BrokerError `signing_key_unavailable`; `storage_unavailable` if that is unknown.
 */
export async function confirmKey(
  { delegationKeys }: Pick<IssuingPorts, 'delegationKeys'>,
  account: StorageAccount,
  key: SigningKey,
  now: Date,
): Promise<void> {
  switch (key.kind) {
    case 'account':
      // The end of its use is part of the key: see `assertStillUsable`.
      return;
    case 'user-delegation':
      if (await delegationKeys.isAlive(account, key, now)) return;
      throw new BrokerError(
        'signing_key_unavailable',
        'The signing key was revoked while the token was being recorded. Try again.',
        { retryAfter: 1 },
      );
  }
}

/**
 * Checks that the key may still deliver a token. Rotation relies on this: after `usableUntil` no token signed with the
 * key leaves.
 * @throws BrokerError `signing_key_unavailable`.
 */
export function assertStillUsable(key: SigningKey, now: Date): void {
  if (key.kind === 'account' && now > key.usableUntil)
    throw new BrokerError(
      'signing_key_unavailable',
      'The signing key became stale while the token was being recorded. Try again.',
      {
        retryAfter: 1,
      },
    );
}
