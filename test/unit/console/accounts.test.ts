import { describe, expect, it, test } from 'vitest';
import {
  activeAge,
  noteOf,
  phaseTone,
  pollEvery,
  waitText,
} from '../../../console/src/accounts/account-text.ts';
import type { DenialSummary, LiveSummary, RotationState } from '../../../console/src/api/replies.ts';
import { bannersOf } from '../../../console/src/overview/banners.ts';
import { tilesOf } from '../../../console/src/overview/tiles.ts';
import { readinessText } from '../../../console/src/shell/readiness-text.ts';

const now = new Date('2026-11-27T15:00:00Z');
const state = (parts: Partial<RotationState> = {}): RotationState => ({
  account: 'media',
  phase: 'steady',
  activeKey: 'key1',
  keys: [
    { name: 'key1', createdAt: '2026-11-08T15:00:00Z', liveTokens: null },
    { name: 'key2', createdAt: null, liveTokens: null },
  ],
  nextDueAt: '2026-12-08T15:00:00Z',
  drainingUntil: null,
  overdue: false,
  lastOutcome: null,
  lastError: null,
  ended: [],
  ...parts,
});

describe('the active key’s age', () => {
  test.each<[Partial<RotationState>, { text: string; part: number | null }]>([
    [{}, { text: 'key1 · 19 d of 30 d', part: 19 / 30 }],
    [{ nextDueAt: null }, { text: 'key1 · 19 d', part: null }],
    [{ activeKey: 'key2' }, { text: 'key2 · age unknown', part: null }],
    [{ activeKey: null }, { text: 'no active key', part: null }],
  ])('with %j is %j', (parts, age) => {
    expect(activeAge(state(parts), now)).toEqual(age);
  });
});

describe('an account', () => {
  it('has a note if somebody should know something', () => {
    expect(noteOf(state())).toBeNull();
    expect(noteOf(state({ phase: 'observed' }))).toBe('Not taken over: its keys are never regenerated.');
    expect(noteOf(state({ phase: 'observed', lastError: 'e' }))).toBe('e');
    expect(noteOf(state({ phase: null }))).toBe(waitText(null));
  });

  test.each<[RotationState['phase'], string]>([
    ['steady', 'success'],
    ['paused', 'warning'],
    ['observed', 'informative'],
    [null, 'informative'],
    ['draining', 'brand'],
  ])('in phase %s is %s', (phase, tone) => {
    expect(phaseTone(phase)).toBe(tone);
  });

  test.each<[RotationState['phase'], number | null, number]>([
    ['steady', null, 30_000],
    ['preparing', null, 5000],
    ['draining', null, 30_000],
    ['steady', 0, 2000],
    ['draining', 119_999, 2000],
    [null, null, 30_000],
  ])('in phase %s, after an act %s ms ago, is read each %i ms', (phase, ago, every) => {
    expect(pollEvery(phase, ago === null ? null : 1_000_000 - ago, 1_000_000)).toBe(every);
  });

  it('has a banner if somebody must act, the worst first', () => {
    const banners = bannersOf([
      state({ account: 'seen', phase: 'observed' }),
      state({ account: 'fine' }),
      state({ account: 'broken', lastError: 'e' }),
      state({ account: 'paused', phase: 'paused', lastError: 'e' }),
      state({ account: 'late', overdue: true }),
    ]);
    expect(banners.map(({ title, intent }) => `${intent}: ${title}`)).toEqual([
      'error: late is overdue.',
      'warning: paused is paused.',
      'warning: broken has an error.',
      'info: seen is only observed.',
    ]);
  });
});

describe('the tiles of the overview', () => {
  const counts = { userDelegation: 3, key1: 1, key2: 0, unnamed: 0 };
  const live = {
    total: 4,
    scannedAll: true,
    byHour: [{ hour: '2026-11-27T15:00:00Z', ...counts }],
    byAccount: [{ account: 'media', latestExpiry: null, ...counts }],
  } as unknown as LiveSummary;
  const denials = {
    total: 37,
    scannedAll: false,
    byCaller: [{ name: 'Sam', count: 31 }],
  } as unknown as DenialSummary;
  const lines = (isAuditor: boolean, summary: LiveSummary | undefined = live) =>
    tilesOf(summary, denials, [state({ overdue: true })], isAuditor).map(
      ({ value, text, sub }) => `${value} ${text} · ${sub}`,
    );

  it('count what is alive, refused and overdue', () => {
    expect(lines(true)).toEqual([
      '4 live tokens · 4 expire within this hour',
      '1 by account keys · 25%; the rest by delegation',
      '≥ 37 refusals today · 31 of Sam',
      '1 rotation overdue · of 1 account',
    ]);
  });

  it('leave refusals out for operators, who may not ask', () => {
    expect(lines(false).join()).not.toContain('refusal');
  });

  it('say nothing before it is known', () => {
    expect(tilesOf(undefined, undefined, undefined, true).map(({ value }) => value)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

test('readiness is told with the checks that fail, if the broker shows them', () => {
  expect(readinessText({ status: 'ready' })).toBe('The broker can issue every token.');
  expect(
    readinessText({
      status: 'degraded',
      checks: [
        { name: 'audit', status: 'ok', detail: null },
        { name: 'key of media', status: 'failing', detail: 'timeout' },
      ],
    }),
  ).toMatch(/late\. key of media: timeout$/);
});
