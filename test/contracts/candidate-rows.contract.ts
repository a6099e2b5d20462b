import { describe, expect, test } from 'vitest';
import type { AuditLog, AuditRecord } from '../../shared/audit/audit-record.ts';
import type { CandidateQuery, CandidateRows } from '../../shared/audit/candidate-rows.ts';
import { newRowKeys, partitionKey, randomSuffix, rowKey } from '../../shared/audit/row-keys.ts';
import { someRecord } from '../unit/audit/records.ts';

export interface CandidateRowsUnderTest {
  readonly log: AuditLog;
  readonly candidates: CandidateRows;
}

const soon = (): Date => new Date(Date.now() + 10_000);
const EXPIRY = new Date('2026-11-29T10:32:20Z');
const HOUR = { from: '2026112910', to: '2026112910' };
const RESOURCE = "media/blob/uploads/o’clock '1'.jpg";

/** Returns a record with keys of its own. */
function recordAt(shard: number, number: number, over: Partial<AuditRecord> = {}): AuditRecord {
  const fingerprint = number.toString(16).padStart(64, '0');
  const expiresAt = over.expiresAt ?? EXPIRY;
  const suffix = randomSuffix(new Uint8Array([0, 0, 0, 0, number]));
  const blob = "o’clock '1'.jpg";
  return someRecord({
    resource: { account: 'media', service: 'blob', container: 'uploads', blob },
    expiresAt,
    ...over,
    key: newRowKeys({ shard, expiresAt, fingerprint, suffix }),
  });
}

/** Tests what every search for candidates must do. */
export function candidateRowsContract(name: string, open: () => Promise<CandidateRowsUnderTest>): void {
  const query = (over: Partial<CandidateQuery> = {}): CandidateQuery => ({
    hours: HOUR,
    shard: null,
    columns: { account: 'media', resource: RESOURCE, expiresAt: '2026-11-29T10:32:20Z' },
    fits: () => true,
    limit: 20,
    ...over,
  });

  describe(`${name} finds candidates`, () => {
    test('whose columns are exactly these, in every shard, also in those that may come', async () => {
      const { log, candidates } = await open();
      const fitting = [recordAt(0, 1), recordAt(7, 2), recordAt(12, 3)];
      const others = [
        recordAt(0, 4, { expiresAt: new Date('2026-11-29T10:32:21Z') }),
        recordAt(0, 5, { expiresAt: new Date('2026-11-30T10:32:20Z') }),
        recordAt(0, 6, { resource: { account: 'media', service: 'blob', container: 'uploads' } }),
      ];
      await Promise.all([...fitting, ...others].map((record) => log.append(record, soon())));
      const [first] = fitting;
      await log.appendCompletion(first!.key, { outcome: 'failed', at: EXPIRY, detail: null }, 'r', soon());

      const found = await candidates.find(query(), soon());
      expect(found.scannedAll).toBe(true);
      const keysOf = (records: readonly AuditRecord[]) =>
        records.map(({ key }) => `${partitionKey(key)} ${rowKey(key)}`).sort();
      expect(keysOf(found.records)).toEqual(keysOf(fitting));
      const everywhere = await candidates.find(query({ hours: null }), soon());
      expect(keysOf(everywhere.records)).toEqual(keysOf(fitting));
      const inShard = await candidates.find(query({ shard: 7 }), soon());
      expect(keysOf(inShard.records)).toEqual(keysOf(fitting.slice(1, 2)));
    });

    test('that also fit otherwise, at most so many, and says that there are more', async () => {
      const { log, candidates } = await open();
      const records = [1, 2, 3].map((number) =>
        recordAt(1, number, { permissions: number === 3 ? 'r' : 'w' }),
      );
      await Promise.all(records.map((record) => log.append(record, soon())));

      const fits = ({ permissions }: AuditRecord): boolean => permissions === 'w';
      const all = await candidates.find(query({ fits, limit: 2 }), soon());
      expect([all.records.length, all.scannedAll]).toEqual([2, true]);
      const some = await candidates.find(query({ fits, limit: 1 }), soon());
      expect([some.records.length, some.scannedAll]).toEqual([1, false]);
      const none = await candidates.find(query({ fits: () => false }), soon());
      expect(none).toEqual({ records: [], scannedAll: true });
    });
  });
}
