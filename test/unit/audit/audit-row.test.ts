import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readStoredRecords } from '../../../shared/audit/add-on-rows.ts';
import type { AuditRecord } from '../../../shared/audit/audit-record.ts';
import { auditRecordOf, auditRow } from '../../../shared/audit/audit-row.ts';
import { newRowKeys } from '../../../shared/audit/row-keys.ts';
import { type Resource } from '../../../shared/azure/resources.ts';
import { AGENT_KINDS } from '../../../shared/azure/sas-kinds.ts';
import { RESOURCE_TYPES, SERVICES } from '../../../shared/azure/services.ts';
import { anyInstant, anyRowKeys, someRecord } from './records.ts';

const text = fc.string({ maxLength: 30, unit: 'grapheme' });
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value);
const name = fc.stringMatching(/^[a-z0-9-]{3,24}$/);
const segments = fc.array(fc.string({ minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 4 });

const path = segments.map((parts) => parts.map((part) => part.replaceAll('/', '-')).join('/'));
const moment = { snapshot: text, versionId: text };

/** A resource of any service, as validated requests name it. */
const anyResource: fc.Arbitrary<Resource> = fc.oneof(
  fc.record({ account: name, service: fc.constant('blob' as const), container: name }),
  fc.record(
    { account: name, service: fc.constant('blob' as const), container: name, blob: path, ...moment },
    { requiredKeys: ['account', 'service', 'container', 'blob'] },
  ),
  fc.record({ account: name, service: fc.constant('blob' as const), container: name, directory: path }),
  fc.record({ account: name, service: fc.constant('queue' as const), queue: name }),
  fc.record(
    {
      account: name,
      service: fc.constant('table' as const),
      table: name,
      partitionKeyStart: text,
      partitionKeyEnd: text,
      rowKeyStart: text,
      rowKeyEnd: text,
    },
    { requiredKeys: ['account', 'service', 'table'] },
  ),
  fc.record(
    { account: name, service: fc.constant('file' as const), share: name, file: path },
    { requiredKeys: ['account', 'service', 'share'] },
  ),
  fc.record({
    account: name,
    services: fc.subarray([...SERVICES], { minLength: 1 }),
    resourceTypes: fc.subarray([...RESOURCE_TYPES], { minLength: 1 }),
  }),
);

const anyRecord: fc.Arbitrary<AuditRecord> = fc
  .record({
    key: anyRowKeys,
    issuedAt: anyInstant,
    startsAt: maybe(anyInstant),
    expiresAt: anyInstant,
    kind: fc.constantFrom('user-delegation' as const, 'service' as const),
    resource: anyResource,
    permissions: text,
    ip: maybe(text),
    protocol: fc.constantFrom('https' as const, 'https,http' as const),
    policy: maybe(text),
    agent: maybe(fc.record({ kind: fc.constantFrom(...AGENT_KINDS), objectId: text })),
    boundTo: maybe(text),
    grant: text,
    caller: fc.record({ issuer: text, subject: text, name: maybe(text), ip: maybe(text) }),
    signedWith: fc.oneof(
      fc.record({
        key: maybe(fc.constantFrom('key1' as const, 'key2' as const)),
        secretVersion: text,
        keyId: maybe(text),
      }),
      fc.record({
        delegationKey: fc.record({ objectId: text, startsAt: anyInstant, expiresAt: anyInstant }),
      }),
    ),
    correlationId: maybe(fc.uuid()),
    purpose: maybe(text),
    requestId: text,
  })
  .map((record) => ({ ...record, key: newRowKeys({ ...record.key, expiresAt: record.expiresAt }) }));

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
