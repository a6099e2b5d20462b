import fc from 'fast-check';
import type { AuditRecord, RowKeys } from '../../../shared/audit/audit-record.ts';
import { fingerprintOf, newRowKeys } from '../../../shared/audit/row-keys.ts';
import { hourOf } from '../../../shared/iso-time.ts';

/** Whole seconds from 2001 to 2098. */
export const anyInstant: fc.Arbitrary<Date> = fc
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
