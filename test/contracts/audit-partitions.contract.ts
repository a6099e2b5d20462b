import { beforeEach, describe, expect, test } from 'vitest';
import { type AuditPartitions, MAX_ROWS_AT_ONCE } from '../../shared/audit/audit-partitions.ts';

export interface OpenedPartitions {
  readonly partitions: AuditPartitions;
  readonly add: (partitionKey: string, rowKeys: readonly string[]) => Promise<void>;
}

const deadline = new Date('2099-01-01T00:00:00Z');
const HOUR = 't-3-2026112215';
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `row-${1000 + index}`);

export function auditPartitionsContract(name: string, open: () => Promise<OpenedPartitions>): void {
  describe(`audit partitions (${name})`, () => {
    let partitions: AuditPartitions;
    let add: OpenedPartitions['add'];
    const first = (after: string, before: string) => partitions.firstPartition({ after, before }, deadline);
    const rows = (partition = HOUR) => partitions.rowKeys(partition, deadline);

    beforeEach(async () => {
      ({ partitions, add } = await open());
    });

    test('the table tells the time in whole seconds', async () => {
      const time = await partitions.tableTime(deadline);
      expect(time.getTime() % 1000).toBe(0);
      expect(time.getUTCFullYear()).toBeGreaterThan(2000);
    });

    test('an empty table has no partition, and an absent partition no rows', async () => {
      expect(await first('t-', 't.')).toBeNull();
      expect(await rows()).toEqual([]);
    });

    test('the first partition of a range is between its ends, exclusive', async () => {
      for (const key of ['d-3-2026112215', HOUR, 't-3-2026112216', 't-12-2026112214', 't-4-2026112213'])
        await add(key, ['row']);
      expect(await first('t-', 't.')).toBe('t-12-2026112214');
      expect(await first('t-12.', 't.')).toBe(HOUR);
      expect(await first('t-3-', 't-3-2026112215')).toBeNull();
      expect(await first('t-3-', 't-3-2026112216')).toBe(HOUR);
      expect(await first(HOUR, 't-3.')).toBe('t-3-2026112216');
      expect(await first('t-3.', 't.')).toBe('t-4-2026112213');
      expect(await first('t-4.', 't.')).toBeNull();
      expect(await first('d-', 'd.')).toBe('d-3-2026112215');
    });

    test('deletes the rows that it is told to, and no others', async () => {
      const token = `${'a'.repeat(64)}-aaaaaaaa`;
      await add(HOUR, [token, `${token}~completed`, 'other']);
      await add('t-3-2026112216', [token]);
      expect(await rows()).toEqual([token, `${token}~completed`, 'other']);
      await partitions.deleteRows(HOUR, [token, `${token}~completed`], deadline);
      expect(await rows()).toEqual(['other']);
      await partitions.deleteRows(HOUR, ['other'], deadline);
      expect(await rows()).toEqual([]);
      expect(await first('t-3-', 't-3.')).toBe('t-3-2026112216');
      expect(await rows('t-3-2026112216')).toEqual([token]);
    });

    test('as many rows as a transaction may have are deleted at once', async () => {
      const keys = numbered(MAX_ROWS_AT_ONCE + 1);
      await add(HOUR, keys);
      await partitions.deleteRows(HOUR, keys.slice(0, MAX_ROWS_AT_ONCE), deadline);
      expect(await rows()).toEqual(keys.slice(MAX_ROWS_AT_ONCE));
    });

    test('rows that do not exist are no fault, and the others are deleted', async () => {
      await add(HOUR, ['a', 'b', 'c']);
      await partitions.deleteRows(HOUR, ['a', 'gone', 'c'], deadline);
      expect(await rows()).toEqual(['b']);
      await partitions.deleteRows(HOUR, ['a'], deadline);
      await partitions.deleteRows('t-3-2020010100', ['a', 'b'], deadline);
      expect(await rows()).toEqual(['b']);
    });
  });
}
