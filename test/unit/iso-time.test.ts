import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationSeconds, formatInstant, parseInstant } from '../../shared/iso-time.ts';
import { anyTimeText } from './time-texts.ts';

describe('an instant', () => {
  it.each([
    ['2026-11-22T15:15:00Z', '2026-11-22T15:15:00Z'],
    ['2026-11-22T15:15Z', '2026-11-22T15:15:00Z'],
    ['2026-11-22T15:15:00.9Z', '2026-11-22T15:15:00Z'],
    ['2026-11-22T15:15:00.123456789Z', '2026-11-22T15:15:00Z'],
    [`2026-11-22T15:15:59.${'9'.repeat(60_000)}Z`, '2026-11-22T15:15:59Z'],
    ['2026-11-22T23:30:00-01:00', '2026-11-23T00:30:00Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'],
    ['1969-12-31T23:00:00-01:00', '1970-01-01T00:00:00Z'],
    ['9998-12-31T23:59:59.999999999Z', '9998-12-31T23:59:59Z'],
    ['9999-01-01T00:30:00+01:00', '9998-12-31T23:30:00Z'],
  ])('%.40s is read to the second', (text, instant) => {
    const read = parseInstant(text);
    expect(read && formatInstant(read)).toBe(instant);
  });

  it.each([
    '2026-02-31T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T12:00:00+01:00',
    '2026-13-01T00:00:00Z',
    '2026-11-00T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T15:60:00Z',
    '2026-11-22T15:15:60Z',
    '2026-11-22T15:15.5Z',
    '2026-11-22T15:15:00.Z',
    '2026-11-22T15:15:00+24:00',
    '2026-11-22T15:15:00',
    '2026-11-22 15:15:00Z',
    '0000-01-01T00:00:00+23:59',
    '0070-01-01T00:00:00Z',
    '1970-01-01T00:00:00+00:01',
    '9998-12-31T23:59:59-00:01',
    '9999-12-31T23:59:59Z',
    '+010000-01-01T00:00:00Z',
  ])('%s is refused', (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  it('is the day and time that the text says, in its offset', () => {
    fc.assert(
      fc.property(anyTimeText, (text) => {
        const read = parseInstant(text);
        if (read === null) return;
        const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)$/.exec(text) ?? [];
        const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
        const local = new Date(read.getTime() + offset * 60_000).toISOString();
        expect(local.slice(0, 16)).toBe(text.slice(0, 16));
        expect(formatInstant(read)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      }),
    );
  });
});

describe('a duration', () => {
  it.each<[string | number, number | null]>([
    ['PT15M', 900],
    [0, 0],
    ['P999999W', 604_799_395_200],
    [604_799_395_200, 604_799_395_200],
    [604_799_395_201, null],
    [Number.MAX_SAFE_INTEGER, null],
    [1e300, null],
    [1.5, null],
    [-1, null],
    ['P1M', null],
    ['P9999999W', null],
  ])('%j is %j seconds', (value, seconds) => {
    expect(durationSeconds(value)).toBe(seconds);
  });
});
