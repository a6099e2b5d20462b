import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { TokenTally } from '../../../shared/revocation/token-tally.ts';
import { liveToken, start } from './revocation-world.ts';

const by = (subject: string, seconds = 3600, issuer = 'local') =>
  liveToken({ caller: { issuer, subject, name: null }, expiresAt: addSeconds(start, seconds) });

describe('a tally', () => {
  it('without tokens has no latest expiry', () => {
    expect(new TokenTally().latestExpiry).toBeNull();
  });

  it('counts tokens of the target and others, and the latest expiry of both', () => {
    const tally = new TokenTally();
    tally.add(by('ann', 600), true);
    expect(tally).toMatchObject({ targeted: 1, besides: 0, latestExpiry: addSeconds(start, 600) });
    tally.add(by('bob', 900), false);
    expect(tally).toMatchObject({ targeted: 1, besides: 1, latestExpiry: addSeconds(start, 900) });
    tally.add(by('bob', 300), false);
    expect(tally).toMatchObject({ targeted: 1, besides: 2, latestExpiry: addSeconds(start, 900) });
  });

  it('lists callers by tokens, then by subject, each with the latest expiry', () => {
    const tally = new TokenTally();
    for (const token of [
      by('dan'),
      by('cat'),
      by('bob', 900),
      by('bob', 600),
      ...[60, 60].map((seconds) => by('cat', seconds, 'other')),
    ])
      tally.add(token, true);
    expect(tally.callers().map(({ issuer, subject, tokens }) => [issuer, subject, tokens])).toEqual([
      ['local', 'bob', 2],
      ['other', 'cat', 2],
      ['local', 'cat', 1],
      ['local', 'dan', 1],
    ]);
    expect(tally.callers()[0]?.latestExpiry).toBe('2026-11-22T12:15:00Z');
  });

  it('shares its room for callers with other tallies, and counts the tokens of all', () => {
    const room = { left: 3 };
    const [one, other] = [new TokenTally(room), new TokenTally(room)];
    for (const subject of ['ann', 'bob', 'ann']) one.add(by(subject), true);
    for (const subject of ['ann', 'bob', 'ann']) other.add(by(subject), true);
    expect([one.callerCount, one.targeted, one.hasMoreCallers]).toEqual([2, 3, false]);
    expect([other.callerCount, other.targeted, other.hasMoreCallers]).toEqual([1, 3, true]);
    expect(other.callers()).toMatchObject([{ subject: 'ann', tokens: 2 }]);
  });
});
