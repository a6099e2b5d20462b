import type { LiveSummary } from '../api/replies.ts';

export type Series = 'userDelegation' | 'key1' | 'key2' | 'unnamed';
type Counts = Readonly<Record<Series, number>>;

export interface Bar {
  /** `15:00`, or `later`. */
  readonly label: string;
  /** The start of the hour in ISO 8601; null for the bar of all later hours. */
  readonly hour: string | null;
  readonly counts: Counts;
  readonly total: number;
}

export const totalOf = ({ userDelegation, key1, key2, unnamed }: Counts): number =>
  userDelegation + key1 + key2 + unnamed;

/** Returns a bar for each of the first `hours` hours, and one for all later ones if there are any. */
export function barsOf(
  { byHour, later }: Pick<LiveSummary, 'byHour' | 'later'>,
  hours: number,
  labelOf: (hour: string) => string,
): Bar[] {
  const bars = byHour.slice(0, hours).map((counts) => ({
    label: labelOf(counts.hour),
    hour: counts.hour,
    counts,
    total: totalOf(counts),
  }));
  const rest = [...byHour.slice(hours), later].reduce<Counts>(addCounts, {
    userDelegation: 0,
    key1: 0,
    key2: 0,
    unnamed: 0,
  });
  const total = totalOf(rest);
  return total === 0 ? bars : [...bars, { label: 'later', hour: null, counts: rest, total }];
}

function addCounts(sum: Counts, counts: Counts): Counts {
  return {
    userDelegation: sum.userDelegation + counts.userDelegation,
    key1: sum.key1 + counts.key1,
    key2: sum.key2 + counts.key2,
    unnamed: sum.unnamed + counts.unnamed,
  };
}

/** What a screen reader says instead of the bars. */
export function sentenceOf(bars: readonly Bar[], scannedAll = true): string {
  const most = bars.reduce<Bar | null>(
    (top, bar) => (top === null || bar.total > top.total ? bar : top),
    null,
  );
  if (most === null || most.total === 0)
    return scannedAll ? 'No live token expires in these hours.' : 'No live token was counted so far.';
  const total = bars.reduce((sum, bar) => sum + bar.total, 0);
  return `Stacked bars: ${scannedAll ? '' : 'at least '}${total} live tokens by the hour they expire. The most, ${most.total}, ${most.hour === null ? 'expire later' : `expire in the hour from ${most.label}`}. The Table button has every number.`;
}
