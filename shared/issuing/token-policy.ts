import { pause } from '../azure-calls/timeout.ts';
import { isOfService } from '../azure/resources.ts';
import { BrokerError } from '../broker-error.ts';
import { type AuthorizedToken, bindToPolicy } from '../grants/authorized-token.ts';
import type { Coverage } from '../grants/coverage.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import { ensureManagedPolicy } from '../stored-policies/managed-policies.ts';
import type { PolicyKeeper } from '../stored-policies/policy-keeper.ts';
import { findUsableAfter, ledgerKey, type PolicyLedger } from '../stored-policies/policy-ledger.ts';
import {
  isSamePolicy,
  placeOf,
  type PolicyPlace,
  type StoredPolicy,
} from '../stored-policies/stored-policy.ts';

/** The stored access policy that a token depends on, as it was when the token was made. */
export interface TokenPolicy {
  readonly place: PolicyPlace;
  readonly policy: StoredPolicy;
}

const PAUSE_MS = 50;

/**
 * Reads the stored access policy that a request names, if its caller may learn whether the policy exists.
 * @returns null if the policy does not exist; undefined if there is none to read.
 * @throws BrokerError `storage_unavailable`, `signing_key_unavailable`.
 */
export async function readRequestedPolicy(
  keeper: Pick<PolicyKeeper, 'reads'>,
  { policyToRead }: Pick<Coverage, 'policyToRead'>,
  deadline: Date,
): Promise<StoredPolicy | null | undefined> {
  if (policyToRead === null) return undefined;
  try {
    const { policies } = await keeper.reads.readPolicies(policyToRead.place, deadline);
    return policies.find(({ id }) => id === policyToRead.id) ?? null;
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'not_found') return null;
    throw error;
  }
}

/**
 * Chooses the policy that a token depends on: the policy that was read for it, or a managed policy for a revocable token.
 * @param read what `readRequestedPolicy` returned.
 * @returns the policy, and the token bound to it.
 * @throws BrokerError as `ensureManagedPolicy`; `invalid_request` if the place of a revocable token does not exist.
 */
export async function choosePolicy(
  keeper: PolicyKeeper,
  token: AuthorizedToken,
  request: TokenRequest,
  read: StoredPolicy | null | undefined,
  deadline: Date,
): Promise<{ readonly token: AuthorizedToken; readonly policy: TokenPolicy | null }> {
  const { account, resource, grant, permissions } = token;
  if (!isOfService(resource)) return { token, policy: null };
  const place = placeOf(account, resource);
  if (!request.revocable) return { token, policy: read ? { place, policy: read } : null };
  try {
    const policy = await ensureManagedPolicy(keeper, place, { grant, permissions }, deadline);
    return { token: bindToPolicy(token, policy), policy: { place, policy } };
  } catch (error) {
    if (!(error instanceof BrokerError) || error.code !== 'not_found') throw error;
    const message = 'must exist: a revocable token needs a stored access policy there';
    throw new BrokerError('invalid_request', 'A revocable token must be bound to a resource that exists.', {
      errors: [{ path: 'resource', message }],
    });
  }
}

/**
 * Checks the policy again after the token's row is written and before the token leaves. A change that widens or removes
 * the policy takes the lease first and then looks for rows, so either the change sees the row or this check sees the
 * change. A policy that now allows less, or differs otherwise, is refused too: the token would end before its
 * `expiresAt`, or not work at all.
 * @returns when storage is certain to apply the policy; null if it already does.
 * @throws BrokerError `storage_unavailable` if the policy has changed since the token was made.
 */
export async function confirmPolicy(
  { reads, leases, clock }: Pick<PolicyKeeper, 'reads' | 'leases' | 'clock'>,
  { place, policy }: TokenPolicy,
  deadline: Date,
): Promise<Date | null> {
  const key = ledgerKey(place);
  let ledger: PolicyLedger;
  for (;;) {
    ({ ledger } = await reads.loadLedger(place, deadline));
    const lease = leases.findLive(key, ledger, clock());
    if (lease?.blockedPolicies.includes(policy.id) !== true) break;
    if (clock().getTime() + PAUSE_MS >= deadline.getTime()) throw policyChanging();
    await pause(PAUSE_MS);
  }
  const now = (await reads.readPolicies(place, deadline)).policies.find(({ id }) => id === policy.id);
  if (now === undefined || !isSamePolicy(policy, now)) throw policyChanging();
  return findUsableAfter(ledger.changed, policy.id, clock());
}

function policyChanging(): BrokerError {
  return new BrokerError('storage_unavailable', 'The stored access policy is being changed. Try again.', {
    retryAfter: 1,
  });
}
