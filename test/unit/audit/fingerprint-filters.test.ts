import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprintFilters } from '../../../shared/audit/fingerprint-filters.ts';
import { partitionKey, rowKey, SHARDS } from '../../../shared/audit/row-keys.ts';
import { anyRowKeys, anyShard } from './records.ts';

/** Evaluates the part of OData that the filters use: comparisons of the two keys, joined by "and". */
function matches(filter: string, row: { PartitionKey: string; RowKey: string }): boolean {
  return filter.split(' and ').every((comparison) => {
    const [column, operator, value] = comparison.split(' ') as ['PartitionKey' | 'RowKey', string, string];
    const key = row[column];
    const bound = value.slice(1, -1);
    return { eq: key === bound, ge: key >= bound, le: key <= bound, lt: key < bound }[operator];
  });
}

const found = (filters: string[], partition: string, row: string): number =>
  filters.filter((filter) => matches(filter, { PartitionKey: partition, RowKey: row })).length;

describe('the filters for a fingerprint', () => {
  test('without hours, match each of its rows and add-on rows exactly once, and no other row', () => {
    fc.assert(
      fc.property(anyRowKeys, anyRowKeys, (key, other) => {
        const filters = fingerprintFilters(key.fingerprint, null);
        expect(found(filters, partitionKey(key), rowKey(key))).toBe(1);
        expect(found(filters, partitionKey(key), `${rowKey(key)}~revoked`)).toBe(1);
        expect(found(filters, partitionKey(key), rowKey(other))).toBe(
          key.fingerprint === other.fingerprint ? 1 : 0,
        );
        expect(found(filters, `d-${key.shard}-${key.hour}`, rowKey(key))).toBe(0);
      }),
    );
  });

  test.each(['2026112223', '2027112223'])('with hours to %s, match rows of any shard exactly once', (to) => {
    const filters = fingerprintFilters('f'.repeat(64), { from: '2026112222', to });
    fc.assert(
      fc.property(anyShard, (shard) => {
        const at = (hour: string): number =>
          found(filters, partitionKey({ shard, hour }), `${'f'.repeat(64)}-a`);
        expect([at('2026112222'), at('2026112223'), at(to)]).toEqual([1, 1, 1]);
        if (shard < SHARDS) expect([at('2026112221'), at('2027112300')]).toEqual([0, 0]);
      }),
    );
  });

  test('with few hours, seek each hour separately', () => {
    const seeks = fingerprintFilters('f', { from: '2026112223', to: '2026112301' }).filter((filter) =>
      filter.includes('PartitionKey eq'),
    );
    expect(seeks).toHaveLength(3 * SHARDS);
    expect(fingerprintFilters('f', { from: '2026112223', to: '2026112222' }).join()).not.toContain('eq');
  });

  test('reject an hour that the calendar does not have', () => {
    expect(() => fingerprintFilters('f', { from: '2026112224', to: '2026112301' })).toThrow(RangeError);
  });
});
