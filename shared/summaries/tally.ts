/** How many members one tally distinguishes, whatever the table holds. */
export const MAX_MEMBERS = 10_000;
/** A longer list would hide the members with the most, who come first. */
const MAX_LISTED = 20;

interface Entry<Member> {
  readonly member: Member;
  count: number;
}

/**
 * Counts per member, in memory that does not grow with what is counted: it distinguishes the first 10,000 members and
 * says whether there were more.
 */
export class Tally<Member> {
  readonly #entries = new Map<string, Entry<Member>>();
  readonly #limit: number;
  #hasMore = false;

  constructor(limit = MAX_MEMBERS) {
    this.#limit = limit;
  }

  /** True if there were members that it did not distinguish, so that the list of members may be wrong. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** How many members it distinguishes. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Counts for the member that `id` identifies.
   * @param make makes the member when it is counted for the first time.
   * @returns the member; null if there is no room for it, so that nothing was counted.
   */
  add(id: readonly string[], make: () => Member, count = 1): Member | null {
    const key = JSON.stringify(id);
    const entry = this.#entries.get(key) ?? this.#newEntry(key, make);
    if (entry === null) return null;
    entry.count += count;
    return entry.member;
  }

  /** Returns every member with its count. */
  members(): readonly Readonly<Entry<Member>>[] {
    return [...this.#entries.values()];
  }

  /** Returns the members with the most, at most 20. Members with equally many are in the order of their ids. */
  top(): readonly Readonly<Entry<Member>>[] {
    return [...this.#entries]
      .sort(([one, a], [other, b]) => b.count - a.count || (one < other ? -1 : 1))
      .slice(0, MAX_LISTED)
      .map(([, entry]) => entry);
  }

  #newEntry(key: string, make: () => Member): Entry<Member> | null {
    if (this.#entries.size >= this.#limit) {
      this.#hasMore = true;
      return null;
    }
    const entry = { member: make(), count: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}
