import { pause } from '../azure-calls/timeout.ts';
import { isOfService } from '../azure/resources.ts';
import { BrokerError } from '../broker-error.ts';
import { signsWithKeys, type BrokerConfig } from '../config/broker-config.ts';
import { isCovered } from '../grants/authorize.ts';
import { bindToPolicy, type AuthorizedToken } from '../grants/authorized-token.ts';
import type { Caller } from '../identity/caller.ts';
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

/** The policy that a token policy on, as it was when the token was made. */
export interface TokenPolicy {
  readonly place: PolicyPlace;
  readonly policy: StoredPolicy;
}

const PAUSE_MS = 50;

/**
 * Reads the policy that a request names, once a grant covers its resource: others must not learn what exists. Null:
 * there is none; undefined: none was looked for.
 * @throws BrokerError `storage_unavailable`, `signing_key_unavailable`.
 */
export async function readRequestedPolicy(
  keeper: Pick<PolicyKeeper, 'policies'>,
  caller: Caller,
  request: TokenRequest,
  config: Pick<BrokerConfig, 'accounts' | 'grants'>,
  deadline: Date,
): Promise<StoredPolicy | null | undefined> {
  const { resource, policy: id } = request;
  const account = config.accounts.get(resource.account);
  if (id === null || !isOfService(resource) || account === undefined || !signsWithKeys(account))
    return undefined;
  if (!isCovered(caller, request, config)) return undefined;
  try {
    const { policies } = await keeper.policies.read(placeOf(account, resource), deadline);
    return policies.find((policy) => policy.id === id) ?? null;
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'not_found') return null;
    throw error;
  }
}

/**
 * What a token policy on: the policy that was read for it or, where it is to be revocable, a managed one, to which it is
 * bound.
 * @throws BrokerError as `ensureManagedPolicy`; `invalid_request` where the place of a revocable token does not exist.
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
    throw new BrokerError('invalid_request', 'There is nothing to bind a revocable token to.', {
      errors: [{ path: 'resource', message }],
    });
  }
}

/**
 * Looks again, after the token's row is written and before the token leaves: whoever widens or removes the policy claims
 * it first and looks for rows then, so that one of the two sees the other. A policy that holds less, or something else,
 * than when the token was made is no good either: the token would end before its `expiresAt`, or not work at all.
 * @returns when storage certainly acts on the policy; null: it does.
 * @throws BrokerError `storage_unavailable` where the policy is not what the token was made by any more.
 */
export async function confirmPolicy(
  { ledgers, leases, policies, clock }: Pick<PolicyKeeper, 'ledgers' | 'leases' | 'policies' | 'clock'>,
  { place, policy }: TokenPolicy,
  deadline: Date,
): Promise<Date | null> {
  const key = ledgerKey(place);
  let ledger: PolicyLedger;
  for (;;) {
    ({ ledger } = await ledgers.load(key, deadline));
    const lease = leases.findLive(key, ledger, clock());
    if (lease?.blockedPolicies.includes(policy.id) !== true) break;
    if (clock().getTime() + PAUSE_MS >= deadline.getTime()) throw changed();
    await pause(PAUSE_MS);
  }
  const now = (await policies.read(place, deadline)).policies.find(({ id }) => id === policy.id);
  if (now === undefined || !isSamePolicy(policy, now)) throw changed();
  return findUsableAfter(ledger.changed, policy.id, clock());
}

function changed(): BrokerError {
  return new BrokerError('storage_unavailable', 'The stored access policy is being changed; ask again.', {
    retryAfter: 1,
  });
}
