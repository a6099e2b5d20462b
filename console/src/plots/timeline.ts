import type { RotationHistory } from '../api/replies.ts';

export type BandState = 'active' | 'draining' | 'standby' | 'unknown';

/** A stretch of time in which a key was in one state. Instants in milliseconds since the epoch. */
export interface Band {
  readonly state: BandState;
  readonly from: number;
  readonly to: number;
}

export interface Lane {
  readonly key: 'key1' | 'key2';
  readonly bands: readonly Band[];
}

/** Returns the states of both keys, oldest first. @param end where the present phase is drawn to. */
export function lanesOf(segments: RotationHistory['segments'], end: number): Lane[] {
  return (['key1', 'key2'] as const).map((key) => {
    const bands = segments.map(({ phase, from, to, activeKey }) => ({
      state: stateOf(key, phase, activeKey),
      from: Date.parse(from),
      to: to === null ? end : Date.parse(to),
    }));
    return { key, bands: joinBands(bands) };
  });
}

function stateOf(key: Lane['key'], phase: string, activeKey: Lane['key'] | null): BandState {
  if (activeKey === null) return 'unknown';
  if (activeKey === key) return 'active';
  return phase === 'draining' || phase === 'retiring' ? 'draining' : 'standby';
}

/** Joins neighbours of the same state. */
function joinBands(bands: readonly Band[]): Band[] {
  return bands.reduce<Band[]>((joined, band) => {
    const last = joined.at(-1);
    if (last?.state !== band.state || last.to !== band.from) return [...joined, band];
    return [...joined.slice(0, -1), { ...last, to: band.to }];
  }, []);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY];

/** Returns round instants (UTC) to label, at most `most`, evenly apart. `days`: each is a midnight. */
export function timeTicks(from: number, to: number, most: number): { at: number[]; days: boolean } {
  const rough = (to - from) / most;
  const step = STEPS.find((size) => size >= rough) ?? Math.ceil(rough / DAY) * DAY;
  const first = Math.ceil(from / step) * step;
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  return { at: Array.from({ length: count }, (_, index) => first + index * step), days: step >= DAY };
}

/** Returns where the plot begins: at `since`, or a little before the first thing that is known. */
export function startOf({ since, segments, marks }: RotationHistory, end: number): number {
  const known = [...segments.map(({ from }) => from), ...marks.map(({ at }) => at)].map((at) =>
    Date.parse(at),
  );
  const first = Math.min(...known);
  return Math.max(Date.parse(since), first - (end - first) * 0.05 - 1000);
}
