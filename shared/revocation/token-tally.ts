import { formatInstant } from '../iso-time.ts';
import type { LiveToken } from './live-token.ts';

/** A caller who loses tokens. */
export interface AffectedCaller {
  readonly issuer: string;
  readonly subject: string;
  /** The caller's name, for people to read; null if the rows have none. */
  readonly name: string | null;
  readonly tokens: number;
  readonly latestExpiry: string;
}

interface CallerCount {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | null;
  tokens: number;
  latestExpiry: number;
}

/** How many callers a tally tells apart, and how many several tallies may tell apart together. */
export const MAX_COUNTED_CALLERS = 1000;
/** A longer list would hide the callers with the most tokens, who come first. */
const MAX_LISTED_CALLERS = 100;

/** Room for callers that several tallies share, so that many tallies need no more memory than a few. */
export interface CallerRoom {
  left: number;
}

/**
 * Counts tokens and the callers who hold them, in memory that does not grow with the tokens: it tells apart the first
 * 1,000 callers, fewer if `room` has run out, and counts every token.
 */
export class TokenTally {
  readonly #room: CallerRoom;
  readonly #callers = new Map<string, CallerCount>();
  #targeted = 0;
  #besides = 0;
  #latest = 0;
  #hasMoreCallers = false;

  constructor(room: CallerRoom = { left: MAX_COUNTED_CALLERS }) {
    this.#room = room;
  }

  /** Tokens of the target. */
  get targeted(): number {
    return this.#targeted;
  }

  /** Other tokens. */
  get besides(): number {
    return this.#besides;
  }

  /** True if there are callers whom the tally could not tell apart, so that the list of callers is incomplete. */
  get hasMoreCallers(): boolean {
    return this.#hasMoreCallers;
  }

  /** How many callers the tally tells apart. */
  get callerCount(): number {
    return this.#callers.size;
  }

  /** When the last of the tokens expires on its own; null if there are none. */
  get latestExpiry(): Date | null {
    return this.#targeted + this.#besides === 0 ? null : new Date(this.#latest);
  }

  add({ caller, expiresAt }: LiveToken, isTargeted: boolean): void {
    if (isTargeted) this.#targeted += 1;
    else this.#besides += 1;
    this.#latest = Math.max(this.#latest, expiresAt.getTime());
    const count = this.#countOf(caller);
    if (count === null) return;
    count.tokens += 1;
    count.latestExpiry = Math.max(count.latestExpiry, expiresAt.getTime());
  }

  /** Returns the callers, those with the most tokens first; at most 100. */
  callers(): AffectedCaller[] {
    return [...this.#callers.values()]
      .sort((one, other) => other.tokens - one.tokens || (one.subject < other.subject ? -1 : 1))
      .slice(0, MAX_LISTED_CALLERS)
      .map((count) => ({ ...count, latestExpiry: formatInstant(new Date(count.latestExpiry)) }));
  }

  #countOf({ issuer, subject, name }: LiveToken['caller']): CallerCount | null {
    const id = JSON.stringify([issuer, subject]);
    const known = this.#callers.get(id);
    if (known !== undefined) return known;
    if (this.#callers.size >= MAX_COUNTED_CALLERS || this.#room.left <= 0) {
      this.#hasMoreCallers = true;
      return null;
    }
    this.#room.left -= 1;
    const count = { issuer, subject, name, tokens: 0, latestExpiry: 0 };
    this.#callers.set(id, count);
    return count;
  }
}
