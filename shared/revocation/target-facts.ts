import { parseTokenId } from '../audit/row-keys.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { type AccountFacts, loadAccountFacts } from './account-facts.ts';
import { type LiveToken, liveTokenOf } from './live-token.ts';
import { instantAtShare, type RevocationCall, type RevocationPorts } from './revocation-ports.ts';
import type { RevocationTarget } from './revocation-target.ts';

/** A target that exists, and what is known of the accounts in which its tokens may be. */
export interface TargetFacts {
  readonly target: RevocationTarget;
  /** By name; all accounts for a caller or grant. */
  readonly accounts: ReadonlyMap<string, AccountFacts>;
  /** The only account in which the target's tokens can be; null for a caller or grant. */
  readonly account: StorageAccount | null;
  /** The token itself, if the target is one. */
  readonly token: LiveToken | null;
}

/** The share of the call's time in which the target's facts must be read. */
const FINDING_SHARE = 0.4;

/**
 * Finds a target. A caller, grant or container that nothing belongs to exists as well.
 * @throws BrokerError `not_found` if the account is not configured or the token was not issued here;
 * `audit_unavailable`, `storage_unavailable`.
 */
export async function findTarget(
  ports: RevocationPorts,
  target: RevocationTarget,
  { now, deadline }: RevocationCall,
): Promise<TargetFacts> {
  const until = instantAtShare(now, deadline, FINDING_SHARE);
  const token = 'token' in target ? await findToken(ports, target.token, until) : null;
  const name = 'account' in target ? target.account : (token?.account ?? null);
  const account = name === null ? null : accountOf(ports, name);
  const accounts = await loadAccountFacts(
    ports.rotation,
    account === null ? [...ports.accounts.values()] : [account],
    ports.requestTimeoutSeconds,
    until,
  );
  return { target, accounts, account, token };
}

async function findToken({ records }: RevocationPorts, id: string, until: Date): Promise<LiveToken> {
  const key = parseTokenId(id);
  const record = key === null ? null : await records.find(key, until);
  if (record === null) throw new BrokerError('not_found', 'This broker issued no token with this id.');
  return liveTokenOf(record);
}

function accountOf({ accounts }: RevocationPorts, name: string): StorageAccount {
  const account = accounts.get(name);
  if (account === undefined)
    throw new BrokerError('not_found', 'The configuration has no account with this name.');
  return account;
}
