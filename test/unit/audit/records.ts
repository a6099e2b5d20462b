import fc from 'fast-check';
import type { AuditRecord, RowKeys } from '../../../shared/audit/audit-record.ts';
import { fingerprintOf, newRowKeys } from '../../../shared/audit/row-keys.ts';
import type { Resource } from '../../../shared/azure/resources.ts';
import { AGENT_KINDS } from '../../../shared/azure/sas-kinds.ts';
import { RESOURCE_TYPES, SERVICES } from '../../../shared/azure/services.ts';
import { hourOf } from '../../../shared/iso-time.ts';

/** Whole seconds from 2001 to 2098. */
const anyInstant: fc.Arbitrary<Date> = fc
  .integer({ min: 978_307_200, max: 4_070_908_800 })
  .map((seconds) => new Date(seconds * 1000));

export const anyShard = fc.nat(999);
export const anyHour = anyInstant.map(hourOf);

export const anyRowKeys: fc.Arbitrary<RowKeys> = fc.record({
  shard: anyShard,
  hour: anyHour,
  fingerprint: fc.stringMatching(/^[0-9a-f]{64}$/),
  suffix: fc.stringMatching(/^[a-z2-7]{8}$/),
});

/** Returns a record of one hour and shard. `sig` determines its fingerprint; `suffix` distinguishes equal tokens. */
export function someRecord(over: Partial<AuditRecord> & { sig?: string; suffix?: string } = {}): AuditRecord {
  const { sig = 'signature=', suffix = 'aaaaaaaa', ...members } = over;
  const expiresAt = members.expiresAt ?? new Date('2026-11-22T15:15:00Z');
  return {
    key: newRowKeys({ shard: 3, expiresAt, fingerprint: fingerprintOf(sig), suffix }),
    issuedAt: new Date('2026-11-22T15:00:00Z'),
    startsAt: null,
    expiresAt,
    kind: 'service',
    resource: { account: 'media', service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' },
    permissions: 'cw',
    ip: null,
    protocol: 'https',
    policy: null,
    agent: null,
    boundTo: null,
    grant: 'photo-upload',
    caller: { issuer: 'entra', subject: 'sub-1', name: null, ip: null },
    signedWith: { key: 'key1', secretVersion: 'v1', keyId: '0123456789abcdef' },
    correlationId: null,
    purpose: null,
    requestId: 'req-1',
    ...members,
  };
}

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

/** A record of any shape. */
export const anyRecord: fc.Arbitrary<AuditRecord> = fc
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
