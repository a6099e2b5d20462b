import type { RotationState } from '../api/replies.ts';

export interface Banner {
  readonly state: RotationState;
  readonly intent: 'error' | 'warning' | 'info';
  readonly title: string;
}

/** Returns a banner for each account that needs somebody: overdue ones first, then paused and failing, then observed. */
export function bannersOf(accounts: readonly RotationState[]): Banner[] {
  return accounts
    .flatMap((state) => {
      const banner = bannerOf(state);
      return banner === null ? [] : [{ ...banner, state }];
    })
    .sort((one, other) => one.rank - other.rank)
    .map(({ state, intent, title }) => ({ state, intent, title }));
}

function bannerOf({ account, overdue, phase, lastError }: RotationState) {
  if (overdue) return { rank: 0, intent: 'error', title: `${account} is overdue.` } as const;
  if (phase === 'paused') return { rank: 1, intent: 'warning', title: `${account} is paused.` } as const;
  if (lastError !== null) return { rank: 2, intent: 'warning', title: `${account} has an error.` } as const;
  if (phase === 'observed')
    return { rank: 3, intent: 'info', title: `${account} is only observed.` } as const;
  return null;
}
