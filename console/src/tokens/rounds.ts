/** How many short pages are read on without asking. */
const MAX_PAGES = 5;

/**
 * True if the list reads on by itself: the pages of this round have fewer rows than one full page, and there is more.
 * @param counts the number of rows of each page since the person last asked for more.
 */
export function readsOn(counts: readonly number[], limit: number, nextCursor: string | null): boolean {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return nextCursor !== null && rows < limit && counts.length < MAX_PAGES;
}
