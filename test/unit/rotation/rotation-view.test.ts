import { describe, expect, it } from 'vitest';
import type { StorageAccount } from '../../../shared/config/broker-config.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { rotationState, rotationStateSchema } from '../../../shared/rotation/rotation-view.ts';
import type { RotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { formatInstant } from '../../../shared/iso-time.ts';
import { account } from '../../fakes/configuration.ts';
import { at, journalWith, NOW, SETTINGS, TIMES, waitsOf } from './machine-samples.ts';

const waits = waitsOf();
const closed = account({ allowSharedKeyAccess: false });
const UNCOUNTED = { liveTokens: null, deaths: null };
const text = (seconds: number) => formatInstant(at(seconds));

/** Returns the state of an account with the journal; null: the broker has not observed it. */
function stateOf(
  journal: Partial<RotationJournal> | null,
  { of = account(), by = waits }: { of?: StorageAccount; by?: RotationWaits | null } = {},
) {
  const state = rotationState(of, journal && journalWith(journal), by, UNCOUNTED, NOW);
  expect(rotationStateSchema.parse(state)).toEqual(state);
  return state;
}

describe('the state of a rotation', () => {
  it('shows what the journal says, and how many live tokens each key has', () => {
    const lastOutcome = { at: at(-60), what: 'rotated' };
    const journal = journalWith({ active: 'key2', lastOutcome });
    const shown = { liveTokens: { key1: 3, key2: 0 }, deaths: [] };
    expect(rotationState(account(), journal, waits, shown, NOW)).toEqual({
      account: 'media',
      phase: 'steady',
      activeKey: 'key2',
      keys: [
        { name: 'key1', createdAt: formatInstant(TIMES.key1), liveTokens: 3 },
        { name: 'key2', createdAt: formatInstant(TIMES.key2), liveTokens: 0 },
      ],
      nextDueAt: text(500_000),
      drainingUntil: null,
      overdue: false,
      lastOutcome: { at: text(-60), what: 'rotated' },
      lastError: null,
      ended: [],
    });
  });

  it.each([
    ['that the broker has not observed', waits],
    ['whose keys the broker does not manage', null],
  ])('knows nothing of an account %s', (_name, by) => {
    expect(stateOf(null, { by })).toEqual({
      account: 'media',
      phase: null,
      activeKey: null,
      keys: ['key1', 'key2'].map((name) => ({ name, createdAt: null, liveTokens: null })),
      nextDueAt: null,
      drainingUntil: null,
      overdue: false,
      lastOutcome: null,
      lastError: null,
      ended: null,
    });
  });

  it('of an account that is no longer rotated promises nothing, and keeps its last error', () => {
    const left = { phase: 'draining', demotedAt: at(-9_000_000), dueAt: at(-9_000_000) } as const;
    expect(stateOf(left).overdue).toBe(true);
    expect(stateOf({ ...left, lastError: 'no reply' }, { by: null })).toMatchObject({
      phase: 'draining',
      drainingUntil: null,
      overdue: false,
      lastError: 'no reply',
    });
  });

  it('of an account that does not accept its keys is suspended, whatever held it up before', () => {
    const stuck = { phase: 'draining', demotedAt: NOW, lastError: 'no reply' } as const;
    expect(stateOf(stuck, { of: closed })).toMatchObject({
      phase: 'draining',
      nextDueAt: null,
      drainingUntil: null,
      lastError: expect.stringContaining('rotation is suspended') as string,
    });
    // It was never rotated, so nothing is suspended.
    expect(stateOf(null, { of: closed, by: null }).lastError).toBeNull();
    expect(stateOf(stuck, { of: closed, by: null }).lastError).toBe('no reply');
  });
});

describe('the last error of a rotation', () => {
  it.each<[string, Partial<RotationJournal>, string | null]>([
    ['nothing, if nothing went wrong', {}, null],
    ['what holds the account up', { lastError: 'no reply' }, 'no reply'],
    ['why the last run failed', { lastFailure: 'vault is down' }, 'vault is down'],
    [
      'what holds the account up rather than why the last run failed',
      { lastError: 'no reply', lastFailure: 'vault is down' },
      'no reply',
    ],
    [
      'that the active key is not published',
      { unpublished: true, lastFailure: 'vault is down' },
      'the published secret does not hold the active key',
    ],
  ])('is %s', (_name, journal, error) => {
    expect(stateOf(journal).lastError).toBe(error);
  });
});

describe('the end of a drain', () => {
  const freezeEnd = waits.freeze;
  const overlapEnd = SETTINGS.overlap + SETTINGS.clockSkew;

  it.each(['draining', 'preparing', 'retiring'] as const)(
    'of a key that is demoted is shown while %s',
    (phase) => {
      expect(stateOf({ phase, demotedAt: NOW }).drainingUntil).toBe(text(overlapEnd));
      expect(stateOf({ phase, demotedAt: null }).drainingUntil).toBeNull();
    },
  );

  it.each(['observed', 'steady', 'settling', 'publishing', 'paused'] as const)(
    'is not shown while %s, when nothing waits for it',
    (phase) => {
      expect(stateOf({ phase, demotedAt: NOW }).drainingUntil).toBeNull();
    },
  );

  it.each<[string, number, Date | null, number]>([
    ['of the overlap, before the tokens were counted', SETTINGS.overlap, null, overlapEnd],
    ['of the freeze if that is longer', 0, null, freezeEnd],
    ['of the last token that was counted', SETTINGS.overlap, at(80_000), 80_000],
    ['of the overlap if every token expires earlier', SETTINGS.overlap, at(60), overlapEnd],
    ['of the freeze if every token expires earlier', 0, at(60), freezeEnd],
  ])('is that %s', (_name, overlap, drainUntil, seconds) => {
    const draining = { phase: 'draining', demotedAt: NOW, drainWaits: null, drainUntil } as const;
    expect(stateOf(draining, { by: waitsOf({ overlap }) }).drainingUntil).toBe(text(seconds));
  });

  it('counts with the longest waits since the demotion, not only with the present ones', () => {
    const drainWaits = { freeze: 90_000, overlap: 0 };
    const draining = { phase: 'draining', demotedAt: NOW, drainWaits } as const;
    expect(stateOf(draining).drainingUntil).toBe(text(90_000));
  });
});
