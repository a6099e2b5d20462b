import { largestClockSkew } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { LiveToken } from './live-token.ts';
import { instantAtShare, type RevocationCall, type RevocationPorts } from './revocation-ports.ts';
import type { TargetFacts } from './target-facts.ts';
import { TokenFold } from './token-fold.ts';

/** The share of the call's time that the scan may take. */
const SCANNING_SHARE = 0.8;

/**
 * Counts what each lever would end, in one pass over the live tokens of the accounts in which the target's tokens may be.
 * @throws BrokerError `rate_limited`, `audit_unavailable`.
 */
export async function scanTarget(
  { accounts, liveTokens, scans }: Pick<RevocationPorts, 'accounts' | 'liveTokens' | 'scans'>,
  found: TargetFacts,
  { by, now, deadline }: RevocationCall,
): Promise<{ readonly fold: TokenFold; readonly scannedAll: boolean }> {
  const { target, token, account } = found;
  const fold = new TokenFold(target, found.accounts, now);
  // A scan that is cut short may miss the token's own row.
  if (token !== null) fold.take([token]);
  const take = (tokens: readonly LiveToken[]): void =>
    fold.take(token === null ? tokens : tokens.filter(({ id }) => id !== token.id));
  const query = {
    account: account?.name ?? null,
    expiresAfter: addSeconds(now, -largestClockSkew(accounts)),
    issuedSince: null,
    deadline: instantAtShare(now, deadline, SCANNING_SHARE),
  };
  const { scannedAll } = await scans.run(by, () => liveTokens.scan(query, take));
  return { fold, scannedAll };
}
