import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { StoredAuditRecord } from '../../../shared/audit/audit-record.ts';
import { auditRecordSchema, auditRecordView } from '../../../shared/audit/audit-view.ts';
import { tokenId } from '../../../shared/audit/row-keys.ts';
import { someRecord } from './records.ts';

const stored: StoredAuditRecord = { ...someRecord(), revokedAt: null, completion: null };
const before = new Date(stored.expiresAt.getTime() - 1000);

describe('the audit record of the API', () => {
  test('shows every member of a record under its documented name', () => {
    const { key, ...members } = someRecord();
    const view = auditRecordView(stored, before);
    expect(view).toEqual({
      ...members,
      id: tokenId(key),
      fingerprint: key.fingerprint,
      issuedAt: '2026-11-22T15:00:00Z',
      expiresAt: '2026-11-22T15:15:00Z',
      permissionNames: ['create', 'write'],
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

  test('a token is live until its expiry, then expired; a revoked token stays revoked', () => {
    const stateAt = (record: StoredAuditRecord, now: Date): string => auditRecordView(record, now).state;
    expect(stateAt(stored, before)).toBe('live');
    expect(stateAt(stored, stored.expiresAt)).toBe('expired');
    const revoked = { ...stored, revokedAt: before };
    expect(stateAt(revoked, before)).toBe('revoked');
    expect(stateAt(revoked, stored.expiresAt)).toBe('revoked');
  });

  test('has a schema that converts to JSON Schema', () => {
    expect(z.toJSONSchema(auditRecordSchema)).toMatchObject({ type: 'object' });
  });
});
