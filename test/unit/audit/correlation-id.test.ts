import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { correlationId, parseCorrelationId } from '../../../shared/audit/correlation-id.ts';
import { anyHour, anyShard } from './records.ts';

const nineBytes = fc.uint8Array({ minLength: 9, maxLength: 9 });

describe('correlation ids', () => {
  test('are UUIDs of version 8 that show their hour and shard', () => {
    const uuid = correlationId({ shard: 7, hour: '2026112215', random: new Uint8Array(9).fill(255) });
    expect(uuid).toBe('20261122-15ff-8007-bfff-ffffffffffff');
  });

  test('can be parsed back to the shard and hour', () => {
    fc.assert(
      fc.property(anyShard, anyHour, nineBytes, (shard, hour, random) => {
        const uuid = correlationId({ shard, hour, random });
        expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(parseCorrelationId(uuid)).toEqual({ shard, hour });
        expect(parseCorrelationId(uuid.toUpperCase())).toEqual({ shard, hour });
      }),
    );
  });

  test('keep every random bit except those of version and variant', () => {
    const ids = [0, 0x3f].map((variant) =>
      correlationId({ shard: 0, hour: '2026112215', random: new Uint8Array(9).fill(0).fill(variant, 1, 2) }),
    );
    expect(ids).toEqual(['20261122-1500-8000-8000-000000000000', '20261122-1500-8000-bf00-000000000000']);
  });

  test.each([
    'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    '20261122-2500-8000-8000-000000000000',
    '20261132-1500-8000-8000-000000000000',
    '20261122-1500-8000-c000-000000000000',
    '20261122-1500-800a-8000-000000000000',
    '20261122-1500-4000-8000-000000000000',
    '20261122-1500-8000-8000-000000000000 ',
    '',
  ])('%j is not parsed as one', (text) => {
    expect(parseCorrelationId(text)).toBeNull();
  });

  test('reject parts that are out of range', () => {
    const random = new Uint8Array(9);
    expect(() => correlationId({ shard: 1000, hour: '2026112215', random })).toThrow(RangeError);
    expect(() => correlationId({ shard: 0, hour: '2026112225', random })).toThrow(RangeError);
    expect(() => correlationId({ shard: 0, hour: '2026112215', random: new Uint8Array(8) })).toThrow(
      RangeError,
    );
  });
});
