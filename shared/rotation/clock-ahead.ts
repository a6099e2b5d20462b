/** A `Date` header has whole seconds, and clocks that agree still differ by milliseconds. */
const RESOLUTION_MS = 1000;

/**
 * Returns by how many seconds this clock is ahead of a service's at least; negative if it is behind, 0 if the reply shows
 * no difference. The service wrote the date at some time between the request and the reply.
 * @param date the reply's `Date` header.
 * @param sentAt when the request was sent, by this clock.
 * @param receivedAt when the reply was received, by this clock.
 * @returns null if the header is not a date.
 */
export function clockAhead(date: string, sentAt: Date, receivedAt: Date): number | null {
  const theirs = Date.parse(date);
  if (Number.isNaN(theirs)) return null;
  const ahead = sentAt.getTime() - theirs - RESOLUTION_MS;
  const behind = theirs - receivedAt.getTime() - RESOLUTION_MS;
  return (Math.max(ahead, 0) - Math.max(behind, 0)) / 1000;
}
