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
    if (last === undefined || last.state !== band.state || last.to !== band.from) return [...joined, band];
    return [...joined.slice(0, -1), { ...last, to: band.to }];
  }, []);
}

/** Returns instants at midnight UTC to label, at most `most`, evenly apart. */
export function dayTicks(from: number, to: number, most: number): number[] {
  const day = 86_400_000;
  const step = Math.max(1, Math.ceil((to - from) / day / most)) * day;
  const first = Math.ceil(from / day) * day;
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  return Array.from({ length: count }, (_, index) => first + index * step);
}
