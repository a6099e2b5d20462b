import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readStoredRecords } from '../../../shared/audit/add-on-rows.ts';
import { auditRecordOf, auditRow } from '../../../shared/audit/audit-row.ts';
import { anyRecord, someRecord } from './records.ts';

describe('audit rows', () => {
  test('a record is read from its row unchanged', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(auditRecordOf(auditRow(record, 'i'))).toEqual(record);
      }),
    );
  });

  test('a row has a text column for each value, and no column for a null', () => {
    const row = auditRow(someRecord(), 'instance-1');
    expect(row).toEqual({
      partitionKey: 't-3-2026112215',
      rowKey: expect.stringMatching(/^[0-9a-f]{64}-aaaaaaaa$/) as string,
      issuedAt: '2026-11-22T15:00:00Z',
      expiresAt: '2026-11-22T15:15:00Z',
      kind: 'service',
      account: 'media',
      service: 'blob',
      resource: 'media/blob/uploads/inbox/1.jpg',
      permissions: 'cw',
      protocol: 'https',
      grant: 'photo-upload',
      callerIssuer: 'entra',
      callerSubject: 'sub-1',
      keyName: 'key1',
      secretVersion: 'v1',
      keyId: '0123456789abcdef',
      requestId: 'req-1',
      instance: 'instance-1',
    });
  });

  test("a caller's overlong name is cut, so the table does not refuse the row", () => {
    const caller = { issuer: 'entra', subject: 's', name: 'n'.repeat(100_000), ip: null };
    expect(auditRow(someRecord({ caller }), 'i')['callerName']).toHaveLength(256);
  });

  test.each(['issuedAt', 'expiresAt', 'kind', 'resource', 'permissions', 'secretVersion', 'requestId'])(
    'a row without %s is rejected as malformed',
    (column) => {
      const { [column]: _gone, ...row } = auditRow(someRecord(), 'i');
      expect(() => auditRecordOf(row)).toThrow(expect.objectContaining({ code: 'internal' }));
    },
  );

  test('an add-on row is joined to its own record only, and ignored if it has none', () => {
    const one = auditRow(someRecord(), 'i');
    const two = auditRow(someRecord({ suffix: 'bbbbbbbb' }), 'i');
    const at = '2026-11-22T15:05:00Z';
    const revoked = { partitionKey: two.partitionKey, rowKey: `${two.rowKey}~revoked`, at };
    const orphan = {
      partitionKey: 't-0-2026112215',
      rowKey: `${two.rowKey}~completed`,
      at,
      outcome: 'failed',
    };
    const unknown = { partitionKey: one.partitionKey, rowKey: `${one.rowKey}~blessed` };

    const records = readStoredRecords([revoked, orphan, unknown, two, one]);

    expect(records.map(({ key, revokedAt }) => [key.suffix, revokedAt?.toISOString() ?? null])).toEqual([
      ['bbbbbbbb', '2026-11-22T15:05:00.000Z'],
      ['aaaaaaaa', null],
    ]);
    expect(records.every(({ completion }) => completion === null)).toBe(true);
  });
});
