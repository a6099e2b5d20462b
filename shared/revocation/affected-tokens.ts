import { addSeconds } from '../iso-time.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import { accountLevers, keysOf, type Lever } from './lever.ts';
import type { LiveToken } from './live-token.ts';
import type { AccountTarget } from './revocation-target.ts';
/** A longer list would hide the callers with the most tokens, who come first. */
const MAX_CALLERS = 100;

/** A caller who loses tokens, and how many. */
export interface AffectedCaller {
  readonly issuer: string;
  readonly subject: string;
  readonly tokens: number;
}

/** Returns true if a lever ends a token. A token that names no key may belong to either, so it dies with both. */
export function kills(lever: Lever, { signedWith }: LiveToken): boolean {
  if ('delegationKeyStartsAt' in signedWith)
    return lever.name === 'revoke-delegation-keys' || lever.name === 'remove-role';
  return (
    lever.name === 'regenerate-key' && (signedWith.key === null || keysOf(lever).includes(signedWith.key))
  );
}

/** Returns true if a token belongs to the target. */
export function isTargeted(target: AccountTarget, token: LiveToken): boolean {
  return accountLevers(target).some((lever) => kills(lever, token));
}

/**
 * Returns true if storage still accepts a token that has not expired: the key that signed it may have been replaced since.
 * In doubt, because of clocks or a key of unknown age, the token counts as live.
 */
export function isLive(
  { signedWith, issuedAt }: LiveToken,
  journal: RotationJournal | null,
  waits: RotationWaits | null,
  now: Date,
): boolean {
  if (journal === null || waits === null) return true;
  if ('delegationKeyStartsAt' in signedWith) {
    const { delegationRevokedAt } = journal;
    // An instant in the future belongs to a request whose outcome is not known.
    const isRevoked = delegationRevokedAt !== null && delegationRevokedAt <= now;
    return !isRevoked || signedWith.delegationKeyStartsAt >= delegationRevokedAt;
  }
  const madeAt = signedWith.key === null ? null : journal.times[signedWith.key];
  return madeAt === null || issuedAt >= addSeconds(madeAt, -waits.clockSkew);
}

/** Returns the callers who hold the tokens, those with the most tokens first; at most 100. */
export function callersOf(tokens: readonly LiveToken[]): AffectedCaller[] {
  const byCaller = new Map<string, { issuer: string; subject: string; tokens: number }>();
  for (const { caller } of tokens) {
    const name = JSON.stringify([caller.issuer, caller.subject]);
    const known = byCaller.get(name) ?? { ...caller, tokens: 0 };
    known.tokens += 1;
    byCaller.set(name, known);
  }
  return [...byCaller.values()]
    .sort((one, other) => other.tokens - one.tokens || (one.subject < other.subject ? -1 : 1))
    .slice(0, MAX_CALLERS);
}

/** Returns when the last of the tokens expires on its own; null if there are no tokens. */
export function latestExpiry(tokens: readonly LiveToken[]): Date | null {
  const latest = tokens.reduce((one, { expiresAt }) => Math.max(one, expiresAt.getTime()), 0);
  return tokens.length === 0 ? null : new Date(latest);
}
