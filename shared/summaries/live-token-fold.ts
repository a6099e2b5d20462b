import { tokenState } from '../deaths/token-state.ts';
import type { AccountFacts } from '../revocation/account-facts.ts';
import { signersOf } from '../revocation/affected-tokens.ts';
import type { LiveToken } from '../revocation/live-token.ts';
import { hoursBetween } from './hours.ts';
import { MAX_MEMBERS, Tally } from './tally.ts';

/** What may have signed a token. `unnamed`: the row names no account key, or neither of the present ones. */
export const SIGNERS = ['userDelegation', 'key1', 'key2', 'unnamed'] as const;
type Signer = (typeof SIGNERS)[number];
export type SignerCounts = Readonly<Record<Signer, number>>;

/** The hours of expiry that are counted one by one. */
export const MAX_HOURS = 168;

/** The live tokens of one account. */
export interface AccountTokens {
  /** By hour of expiry: 168 hours from the running one. */
  readonly byHour: readonly SignerCounts[];
  /** Tokens that expire after these hours. */
  readonly later: SignerCounts;
  readonly latestExpiry: Date | null;
}

/** Tokens of one account that belong to a grant. */
export interface GrantOfAccount {
  readonly account: string;
  readonly grant: string;
}

/** Tokens of one account that belong to a caller. */
export interface CallerOfAccount {
  readonly account: string;
  readonly issuer: string;
  readonly subject: string;
  /** For people to read; null if no row has one. */
  name: string | null;
}

interface AccountCounts {
  readonly byHour: Record<Signer, number>[];
  readonly later: Record<Signer, number>;
  latestExpiry: Date | null;
}

/**
 * Counts live tokens page by page, so that every question of `GET /summary/live-tokens` can be answered. Its memory does
 * not grow with the tokens: it keeps counts for each configured account, and distinguishes at most 10,000 grants and
 * 10,000 callers, each per account.
 */
export class LiveTokenFold {
  readonly grants: Tally<GrantOfAccount>;
  readonly callers: Tally<CallerOfAccount>;
  readonly #facts: ReadonlyMap<string, AccountFacts>;
  readonly #now: Date;
  readonly #accounts: ReadonlyMap<string, AccountCounts>;

  /**
   * @param facts those of every account, by name.
   * @param now the instant as of which tokens are live.
   */
  constructor(facts: ReadonlyMap<string, AccountFacts>, now: Date, maxMembers = MAX_MEMBERS) {
    this.#facts = facts;
    this.#now = now;
    this.grants = new Tally(maxMembers);
    this.callers = new Tally(maxMembers);
    this.#accounts = new Map([...facts.keys()].sort().map((name) => [name, newCounts()]));
  }

  /** The counts by account, in the order of the names. */
  get accounts(): ReadonlyMap<string, AccountTokens> {
    return this.#accounts;
  }

  /** Counts the live tokens among these. Those of accounts that are not configured do not count, as in plans. */
  take(tokens: readonly LiveToken[]): void {
    for (const token of tokens) {
      const facts = this.#facts.get(token.account);
      const counts = this.#accounts.get(token.account);
      if (facts !== undefined && counts !== undefined) this.#add(token, facts, counts);
    }
  }

  #add(token: LiveToken, { journal, deaths, clockSkew }: AccountFacts, counts: AccountCounts): void {
    const { state } = tokenState(token, deaths, { now: this.#now, clockSkew });
    if (state !== 'live' && state !== 'unproved') return;
    const { account, grant, caller, expiresAt } = token;
    const [signer = 'userDelegation', ...others] = signersOf(token, journal?.hashes ?? null);
    // A token that is past its expiry, but not by every clock, may have expired in the hour before.
    const hour = Math.max(0, hoursBetween(this.#now, expiresAt));
    const bucket = counts.byHour[hour] ?? counts.later;
    bucket[others.length > 0 ? 'unnamed' : signer] += 1;
    if (counts.latestExpiry === null || expiresAt > counts.latestExpiry) counts.latestExpiry = expiresAt;
    this.grants.add([account, grant], () => ({ account, grant }));
    const { issuer, subject, name } = caller;
    const member = this.callers.add([account, issuer, subject], () => ({ account, issuer, subject, name }));
    if (member !== null) member.name ??= name;
  }
}

/** Returns the sum of counts. */
export function sumOf(counts: readonly SignerCounts[]): SignerCounts {
  const sum = noTokens();
  for (const one of counts) for (const signer of SIGNERS) sum[signer] += one[signer];
  return sum;
}

/** Returns how many tokens these are, whatever signed them. */
export function totalOf(counts: SignerCounts): number {
  return SIGNERS.reduce((total, signer) => total + counts[signer], 0);
}

function newCounts(): AccountCounts {
  return { byHour: Array.from({ length: MAX_HOURS }, noTokens), later: noTokens(), latestExpiry: null };
}

function noTokens(): Record<Signer, number> {
  return { userDelegation: 0, key1: 0, key2: 0, unnamed: 0 };
}
