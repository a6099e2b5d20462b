import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { StoredAuditRecord } from '../../../shared/audit/audit-record.ts';
import { auditRecordSchema, auditRecordView } from '../../../shared/audit/audit-view.ts';
import { tokenId } from '../../../shared/audit/row-keys.ts';
import { someRecord } from './records.ts';

const stored: StoredAuditRecord = { ...someRecord(), revokedAt: null, completion: null };
const before = new Date(stored.expiresAt.getTime() - 1000);

describe('the audit record of the API', () => {
  test('shows a record as the contract names its members', () => {
    const view = auditRecordView(stored, before);
    expect(view).toEqual({
      id: tokenId(stored.key),
      fingerprint: stored.key.fingerprint,
      issuedAt: '2026-11-22T15:00:00Z',
      startsAt: null,
      expiresAt: '2026-11-22T15:15:00Z',
      kind: 'service',
      resource: { account: 'media', service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' },
      permissions: 'cw',
      permissionNames: ['create', 'write'],
      ip: null,
      protocol: 'https',
      policy: null,
      agent: null,
      boundTo: null,
      grant: 'photo-upload',
      caller: { issuer: 'entra', subject: 'sub-1', name: null, ip: null },
      signedWith: { key: 'key1', secretVersion: 'v1' },
      correlationId: null,
      purpose: null,
      requestId: 'req-1',
      state: 'live',
      completion: null,
    });
    expect(auditRecordSchema.parse(view)).toEqual(view);
  });

  test('shows the delegation key and the completion with times to the second', () => {
    const at = new Date('2026-11-22T15:05:00.789Z');
    const delegationKey = { objectId: 'oid', startsAt: at, expiresAt: at };
    const completion = { outcome: 'failed', at, detail: 'quota' };
    const view = auditRecordView({ ...stored, signedWith: { delegationKey }, completion }, before);
    const text = '2026-11-22T15:05:00Z';
    expect(view.signedWith).toEqual({ delegationKey: { objectId: 'oid', startsAt: text, expiresAt: text } });
    expect(view.completion).toEqual({ outcome: 'failed', at: text, detail: 'quota' });
    expect(auditRecordSchema.parse(view)).toEqual(view);
  });

  test('a token is live until its expiry, then expired; revoked is for good', () => {
    const stateAt = (record: StoredAuditRecord, now: Date): string => auditRecordView(record, now).state;
    expect(stateAt(stored, before)).toBe('live');
    expect(stateAt(stored, stored.expiresAt)).toBe('expired');
    const revoked = { ...stored, revokedAt: before };
    expect(stateAt(revoked, before)).toBe('revoked');
    expect(stateAt(revoked, stored.expiresAt)).toBe('revoked');
  });

  test('its schema becomes JSON Schema', () => {
    expect(z.toJSONSchema(auditRecordSchema)).toMatchObject({ type: 'object' });
  });
});
