import type { DenialSummary, LiveSummary, RotationState } from '../api/replies.ts';
import { totalOf } from '../plots/live-bars.ts';
import { placeHref } from '../route/places.ts';

export interface Tile {
  readonly href: string;
  /** Null while it is not known. */
  readonly value: string | null;
  readonly text: string;
  readonly sub: string | null;
  readonly bad: boolean;
}

/** Returns the figures at the top of the overview. Refusals are for auditors only. */
export function tilesOf(
  live: LiveSummary | undefined,
  denials: DenialSummary | undefined,
  accounts: readonly RotationState[] | undefined,
  isAuditor: boolean,
): Tile[] {
  return [liveTile(live), keyTile(live), ...(isAuditor ? [denialTile(denials)] : []), overdueTile(accounts)];
}

const text = (count: number, scannedAll: boolean) => `${scannedAll ? '' : '≥ '}${count.toLocaleString('en')}`;
const plural = (count: number, one: string, many: string) => (count === 1 ? one : many);

function liveTile(live: LiveSummary | undefined): Tile {
  const soon = live?.byHour[0] === undefined ? null : totalOf(live.byHour[0]);
  return {
    href: placeHref('tokens', { state: 'live' }),
    value: live === undefined ? null : text(live.total, live.scannedAll),
    text: plural(live?.total ?? 0, 'live token', 'live tokens'),
    sub:
      soon === null
        ? null
        : `${soon.toLocaleString('en')} ${plural(soon, 'expires', 'expire')} within this hour`,
    bad: false,
  };
}

function keyTile(live: LiveSummary | undefined): Tile {
  const byKeys =
    live?.byAccount.reduce((sum, { key1, key2, unnamed }) => sum + key1 + key2 + unnamed, 0) ?? 0;
  const share = live === undefined || live.total === 0 ? 0 : Math.round((byKeys / live.total) * 100);
  return {
    href: placeHref('tokens', { state: 'live', kind: 'service' }),
    value: live === undefined ? null : text(byKeys, live.scannedAll),
    text: 'by account keys',
    sub:
      live === undefined
        ? null
        : byKeys === 0
          ? 'all by user delegation'
          : `${share}%; the rest by delegation`,
    bad: false,
  };
}

function denialTile(denials: DenialSummary | undefined): Tile {
  const most = denials?.byCaller[0];
  return {
    href: placeHref('activity', { type: 'denial' }),
    value: denials === undefined ? null : text(denials.total, denials.scannedAll),
    text: plural(denials?.total ?? 0, 'refusal today', 'refusals today'),
    sub:
      most === undefined
        ? 'nobody was refused'
        : `${most.count.toLocaleString('en')} of ${most.name ?? most.subject}`,
    bad: false,
  };
}

function overdueTile(accounts: readonly RotationState[] | undefined): Tile {
  const overdue = accounts?.filter((state) => state.overdue).length ?? 0;
  return {
    href: placeHref('accounts'),
    value: accounts === undefined ? null : String(overdue),
    text: plural(overdue, 'rotation overdue', 'rotations overdue'),
    sub:
      accounts === undefined
        ? null
        : `of ${accounts.length} ${plural(accounts.length, 'account', 'accounts')}`,
    bad: overdue > 0,
  };
}
