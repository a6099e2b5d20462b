import type { AuditRecord } from '../../shared/audit/audit-record.ts';
import { fingerprintOf, newRowKeys } from '../../shared/audit/row-keys.ts';

const EXPIRES_AT = new Date('2026-11-22T15:20:00Z');

/** The record of a usual token: a user delegation SAS for one blob, with the lengths of ids and names as Entra has them. */
export const typicalRecord: AuditRecord = {
  key: newRowKeys({
    shard: 3,
    expiresAt: EXPIRES_AT,
    fingerprint: fingerprintOf('signature'),
    suffix: 'aaaaaaaa',
  }),
  issuedAt: new Date('2026-11-22T15:05:00Z'),
  startsAt: null,
  expiresAt: EXPIRES_AT,
  kind: 'user-delegation',
  resource: {
    account: 'contosomedia',
    service: 'blob',
    container: 'uploads',
    blob: '0c0ffee0-0000-4000-9000-000000000001/2026/11/22/photo-000123.jpg',
  },
  permissions: 'cw',
  ip: '203.0.113.77',
  protocol: 'https',
  policy: null,
  agent: null,
  boundTo: null,
  grant: 'photo-upload',
  caller: {
    issuer: 'contoso-entra',
    subject: '0c0ffee0-0000-4000-9000-000000000001',
    name: 'someone@contoso.example',
    ip: '203.0.113.77',
  },
  signedWith: {
    delegationKey: {
      objectId: '0c0ffee0-0000-4000-9000-000000000002',
      startsAt: new Date('2026-11-22T12:00:00Z'),
      expiresAt: new Date('2026-11-23T12:00:00Z'),
    },
  },
  correlationId: '0c0ffee0-0000-8000-9000-000000000003',
  purpose: 'upload of a photo from the mobile app',
  requestId: '0c0ffee0-0000-4000-9000-000000000004',
};
