import { expect, test } from 'vitest';
import {
  clockText,
  durationSeconds,
  durationText,
  fullText,
  lengthText,
  nearText,
  roughText,
  shortText,
} from '../../../console/src/time/format.ts';

const now = new Date('2026-11-27T15:04:32Z');

test.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [2500, '41 min'],
  [3600, '1 h'],
  [5400, '1 h 30 min'],
  [187_200, '2 d 4 h'],
  [-5, '0 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(lengthText(seconds)).toBe(text);
});

test('a rough length has one unit', () => {
  expect([187_200, 5400, 30].map(roughText)).toEqual(['2 d', '1 h', '30 s']);
});

test.each([
  ['2026-11-27T15:46:00Z', 'in 41 min'],
  ['2026-11-27T15:04:20Z', '12 s ago'],
  ['2026-11-27T18:00:00Z', '18:00'],
  ['2026-12-08T04:30:00Z', '8 Dec, 04:30'],
  ['2027-01-02T00:00:00Z', '2 Jan 2027, 00:00'],
])('%s is %s', (at, text) => {
  expect(nearText(new Date(at), 'utc', now)).toBe(text);
});

test('a full time names its zone', () => {
  expect(fullText(now, 'utc')).toBe('27 Nov 2026, 15:04:32 UTC');
  expect(fullText(now, 'local')).toMatch(/ local time$/);
  expect(clockText(now, 'utc')).toBe('15:04');
  expect(shortText(now, 'utc', now)).toBe('15:04');
});

test.each([
  ['PT15M', 900, '15 min'],
  ['P1DT2H3M4S', 93_784, '1 d 2 h'],
  ['P30D', 2_592_000, '30 d'],
  ['P', null, 'P'],
  ['PT', null, 'PT'],
  ['soon', null, 'soon'],
])('the duration %s has %s seconds: %s', (text, seconds, words) => {
  expect(durationSeconds(text)).toBe(seconds);
  expect(durationText(text)).toBe(words);
});
