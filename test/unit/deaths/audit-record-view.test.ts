import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { StoredAuditRecord } from '../../../shared/audit/audit-record.ts';
import { auditRecordSchema, auditRecordView } from '../../../shared/deaths/audit-record-view.ts';
import { tokenId } from '../../../shared/audit/row-keys.ts';
import { someRecord } from '../audit/records.ts';

const stored: StoredAuditRecord = { ...someRecord(), completion: null };
const LIVE = { state: 'live', endedBy: null } as const;
const AUDITOR = { roles: new Set(['auditor'] as const) };
const before = new Date(stored.expiresAt.getTime() - 1000);

describe('the audit record of the API', () => {
  test('shows every member of a record under its documented name', () => {
    const { key, ...members } = someRecord();
    const view = auditRecordView(stored, LIVE, AUDITOR);
    expect(view).toEqual({
      ...members,
      id: tokenId(key),
      fingerprint: key.fingerprint,
      issuedAt: '2026-11-22T15:00:00Z',
      expiresAt: '2026-11-22T15:15:00Z',
      permissionNames: ['create', 'write'],
      state: 'live',
      endedBy: null,
      completion: null,
    });
    expect(auditRecordSchema.parse(view)).toEqual(view);
  });

  test('shows the delegation key and the completion with times to the second', () => {
    const at = new Date('2026-11-22T15:05:00.789Z');
    const delegationKey = { objectId: 'oid', startsAt: at, expiresAt: at };
    const completion = { outcome: 'failed', at, detail: 'quota' };
    const view = auditRecordView({ ...stored, signedWith: { delegationKey }, completion }, LIVE, AUDITOR);
    const text = '2026-11-22T15:05:00Z';
    expect(view.signedWith).toEqual({ delegationKey: { objectId: 'oid', startsAt: text, expiresAt: text } });
    expect(view.completion).toEqual({ outcome: 'failed', at: text, detail: 'quota' });
    expect(auditRecordSchema.parse(view)).toEqual(view);
  });

  test.each([
    ['an auditor', ['auditor'], 'local/otto'],
    ['an operator', ['operator'], 'local/otto'],
    ['the token’s caller', [], null],
  ] as const)('shows %s what ended the token, and who if they may know', (_, roles, by) => {
    const endedBy = { lever: 'regenerate-key' as const, at: before, by: 'local/otto' };
    const view = auditRecordView(stored, { state: 'unproved', endedBy }, { roles: new Set(roles) });
    expect(view).toMatchObject({
      state: 'unproved',
      endedBy: { lever: 'regenerate-key', at: '2026-11-22T15:14:59Z', by },
    });
    expect(auditRecordSchema.parse(view)).toEqual(view);
  });

  test('has a schema that converts to JSON Schema', () => {
    expect(z.toJSONSchema(auditRecordSchema)).toMatchObject({ type: 'object' });
  });
});
