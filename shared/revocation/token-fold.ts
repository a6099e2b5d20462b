import { tokenState } from '../deaths/token-state.ts';
import { isTargeted, kills, leversOfToken, signersOf } from './affected-tokens.ts';
import type { AccountFacts } from './account-facts.ts';
import { accountLevers, type Lever, LEVERS } from './lever.ts';
import type { LiveToken } from './live-token.ts';
import { isAccountTarget, type RevocationTarget } from './revocation-target.ts';
import { type CallerRoom, TokenTally } from './token-tally.ts';

/** A lever, and what it ends among the live tokens that were read. */
export interface LeverTally {
  readonly lever: Lever;
  readonly tally: TokenTally;
  /** Object ids of the identities that obtained the user delegation keys of these tokens; at most 10. */
  readonly delegators: Set<string>;
}

const MAX_POLICIES = 1000;
const MAX_DELEGATORS = 10;
/** Callers that all tallies together tell apart. */
const CALLER_ROOM = 50_000;
const MAX_LEVERS = 100;
/** So many of the levers may delete policies even if the others would fill the list. */
const LEAST_POLICY_LEVERS = 50;

/**
 * Counts what each lever would end, page by page. Which levers end a token of the target is known only once all tokens
 * were read, so it counts for every lever that ends a live token. Its memory does not grow with the tokens: it keeps
 * tallies for the keys of each account and for at most 1,000 stored policies, and no token.
 */
export class TokenFold {
  readonly targeted = new TokenTally();
  /** Tokens of the target whose rows name neither present key, so either key may have signed them. */
  unnamed = 0;
  /** Tokens that something was ordered to end, without proof that storage refuses them. */
  unproved = 0;
  /** True if there are policies without a tally, so levers that delete policies may be missing. */
  hasMorePolicies = false;
  readonly #target: RevocationTarget;
  readonly #accounts: ReadonlyMap<string, AccountFacts>;
  readonly #now: Date;
  readonly #tallies = new Map<string, LeverTally>();
  readonly #room: CallerRoom = { left: CALLER_ROOM };
  #policies = 0;

  constructor(target: RevocationTarget, accounts: ReadonlyMap<string, AccountFacts>, now: Date) {
    this.#target = target;
    this.#accounts = accounts;
    this.#now = now;
    if (isAccountTarget(target)) for (const lever of accountLevers(target)) this.#tallyOf(lever);
  }

  /** How many tallies it keeps. */
  get tallyCount(): number {
    return this.#tallies.size;
  }

  /** Counts tokens. Those of accounts that are not configured, or that can no longer be used, do not count. */
  take(tokens: readonly LiveToken[]): void {
    for (const token of tokens) {
      const facts = this.#accounts.get(token.account);
      if (facts !== undefined) this.#add(token, facts);
    }
  }

  /**
   * Returns the target's levers, narrowest first and of one name the one that ends the fewest other tokens first; at most
   * 100. Those of an account or key are listed even if they end nothing.
   */
  levers(): { readonly levers: readonly LeverTally[]; readonly hasMore: boolean } {
    const all = [...this.#tallies.values()].filter(
      ({ tally }) => isAccountTarget(this.#target) || tally.targeted > 0,
    );
    all.sort(byNarrowness);
    const isPolicy = ({ lever }: LeverTally) => lever.name === 'delete-policy';
    const others = all.filter((one) => !isPolicy(one));
    const policies = all.filter(isPolicy).slice(0, Math.max(LEAST_POLICY_LEVERS, MAX_LEVERS - others.length));
    const levers = [...policies, ...others].slice(0, MAX_LEVERS);
    return { levers, hasMore: levers.length < all.length };
  }

  #add(token: LiveToken, { journal, deaths, clockSkew }: AccountFacts): void {
    const { state } = tokenState(token, deaths, { now: this.#now, clockSkew });
    if (state !== 'live' && state !== 'unproved') return;
    const hashes = journal?.hashes ?? null;
    const targeted = isTargeted(this.#target, token, hashes);
    if (targeted) {
      this.targeted.add(token, true);
      if (signersOf(token, hashes).length > 1) this.unnamed += 1;
      if (state === 'unproved') this.unproved += 1;
    }
    const levers = isAccountTarget(this.#target)
      ? accountLevers(this.#target).filter((lever) => kills(lever, token, hashes))
      : leversOfToken(token, hashes);
    for (const lever of levers) {
      const entry = this.#tallyOf(lever);
      entry?.tally.add(token, targeted);
      if (token.delegator !== null && (entry?.delegators.size ?? MAX_DELEGATORS) < MAX_DELEGATORS)
        entry?.delegators.add(token.delegator);
    }
  }

  /** Returns null for one policy too many. */
  #tallyOf(lever: Lever): LeverTally | null {
    const id = idOf(lever);
    const known = this.#tallies.get(id);
    if (known !== undefined) return known;
    if (lever.name === 'delete-policy') {
      if (this.#policies >= MAX_POLICIES) {
        this.hasMorePolicies = true;
        return null;
      }
      this.#policies += 1;
    }
    const entry = { lever, tally: new TokenTally(this.#room), delegators: new Set<string>() };
    this.#tallies.set(id, entry);
    return entry;
  }
}

function idOf({ name, on }: Lever): string {
  return JSON.stringify([name, ...Object.values(on)]);
}

function byNarrowness(one: LeverTally, other: LeverTally): number {
  return (
    LEVERS.indexOf(one.lever.name) - LEVERS.indexOf(other.lever.name) ||
    one.tally.besides - other.tally.besides ||
    other.tally.targeted - one.tally.targeted ||
    (idOf(one.lever) < idOf(other.lever) ? -1 : 1)
  );
}
