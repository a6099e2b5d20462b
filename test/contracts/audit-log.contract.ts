import { describe, expect, test } from 'vitest';
import type { AuditLog, AuditRecord, DenialRecord } from '../../shared/audit/audit-record.ts';
import { fingerprintOf, partitionKey, rowKey } from '../../shared/audit/row-keys.ts';
import { someRecord } from '../unit/audit/records.ts';

export interface AuditLogUnderTest {
  readonly log: AuditLog;
  /** Adds a row that the log itself does not write. */
  readonly addRow: (row: { partitionKey: string; rowKey: string } & Record<string, string>) => Promise<void>;
}

const soon = (): Date => new Date(Date.now() + 10_000);
let sigs = 0;
/** Returns a record with a new fingerprint. */
const newRecord = (over: Partial<AuditRecord> = {}): AuditRecord =>
  someRecord({ sig: `contract-${(sigs += 1)}`, ...over });

const denial: DenialRecord = {
  at: new Date('2026-11-22T15:00:00Z'),
  caller: { issuer: 'entra', subject: 'sub-1', name: 'Ann', ip: '203.0.113.7' },
  requestId: 'req-9',
  code: 'forbidden',
  resource: 'media/blob/secret',
  permissions: 'r',
  kind: null,
  reason: 'no grant',
  purpose: null,
};

/** Tests what every audit log must do. */
export function auditLogContract(name: string, open: () => Promise<AuditLogUnderTest>): void {
  describe(`${name} is an audit log`, () => {
    test('an appended record is found by its keys, unchanged', async () => {
      const { log } = await open();
      const plain = newRecord();
      const full = newRecord({
        startsAt: new Date('2026-11-22T14:59:00Z'),
        kind: 'user-delegation',
        resource: {
          account: 'media',
          service: 'blob',
          container: 'c',
          blob: "ü/ '%41",
          snapshot: '2026-01-01',
        },
        ip: '203.0.113.7-203.0.113.9',
        protocol: 'https,http',
        policy: 'p1',
        caller: { issuer: 'entra', subject: 'sub/1', name: 'Ann Ü', ip: '203.0.113.7' },
        signedWith: {
          delegationKey: {
            objectId: 'oid-1',
            startsAt: new Date('2026-11-22T14:00:00Z'),
            expiresAt: new Date('2026-11-23T14:00:00Z'),
          },
        },
        correlationId: '20261122-1500-8003-8000-000000000000',
        purpose: '',
      });

      await Promise.all([log.append(plain, soon()), log.append(full, soon())]);

      const later = { completion: null };
      expect(await log.find(plain.key, soon())).toEqual({ ...plain, ...later });
      expect(await log.find(full.key, soon())).toEqual({ ...full, ...later });
    });

    test('similar keys find nothing', async () => {
      const { log } = await open();
      const record = newRecord();
      await log.append(record, soon());

      const near = [
        { ...record.key, suffix: 'aaaaaaab' },
        { ...record.key, shard: 4 },
        { ...record.key, hour: '2026112216' },
        { ...record.key, fingerprint: fingerprintOf('other') },
      ];
      expect(await Promise.all(near.map((key) => log.find(key, soon())))).toEqual([null, null, null, null]);
    });

    test('a fingerprint finds all its records, oldest first, in every shard and hour', async () => {
      const { log } = await open();
      const first = newRecord({ issuedAt: new Date('2026-11-22T15:00:00Z') });
      const later = (seconds: number, key: Partial<AuditRecord['key']>): AuditRecord => ({
        ...first,
        key: { ...first.key, ...key },
        issuedAt: new Date(first.issuedAt.getTime() + seconds * 1000),
      });
      const records = [
        later(3, { shard: 12, suffix: 'cccccccc' }),
        later(2, { shard: 0, hour: '2026112300', suffix: 'bbbbbbbb' }),
        later(1, { suffix: 'zzzzzzzz' }),
        first,
        later(4, { shard: 8, hour: '2019010100' }),
      ];
      await Promise.all([...records, newRecord()].map((record) => log.append(record, soon())));

      const everywhere = await log.findByFingerprint(first.key.fingerprint, null, soon());
      const bounded = { from: '2026112215', to: '2026112215' };
      const within = await log.findByFingerprint(first.key.fingerprint, bounded, soon());

      const seconds = (found: typeof everywhere): number[] =>
        found.records.map(({ issuedAt }) => (issuedAt.getTime() - first.issuedAt.getTime()) / 1000);
      expect(everywhere.scannedAll).toBe(true);
      expect(seconds(everywhere)).toEqual([0, 1, 2, 3, 4]);
      expect(within.scannedAll).toBe(true);
      expect(seconds(within)).toEqual([0, 1, 3]);
    });

    test('a fingerprint that was never issued finds nothing', async () => {
      const { log } = await open();
      const hours = { from: '2026110100', to: '2026113023' };
      expect(await log.findByFingerprint(fingerprintOf('never'), null, soon())).toEqual({
        records: [],
        scannedAll: true,
      });
      expect((await log.findByFingerprint(fingerprintOf('never'), hours, soon())).records).toEqual([]);
    });

    test('a completion is read from its add-on row, and other add-on rows are ignored', async () => {
      const { log, addRow } = await open();
      const record = newRecord();
      await log.append(record, soon());
      const beside = { partitionKey: partitionKey(record.key), requestId: 'req-2' };
      const at = '2026-11-22T15:05:00Z';
      await addRow({ ...beside, rowKey: `${rowKey(record.key)}~blessed`, at });
      await addRow({ ...beside, rowKey: `${rowKey(record.key)}~completed`, at, outcome: 'failed' });

      const expected = {
        ...record,
        completion: { outcome: 'failed', at: new Date(at), detail: null },
      };
      expect(await log.find(record.key, soon())).toEqual(expected);
      const { records } = await log.findByFingerprint(record.key.fingerprint, null, soon());
      expect(records).toEqual([expected]);
    });

    test('denials and events are accepted', async () => {
      const { log } = await open();
      await log.appendDenial(denial, soon());
      await log.appendDenial({ ...denial, resource: null, permissions: null }, soon());
      const event = { at: new Date(), type: 'configuration', account: null, actor: 'start', detail: 'hash' };
      await log.appendEvent(event, soon());
    });
  });
}
