import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import type { StorageAccount } from '../../../shared/config/broker-config.ts';
import { SECRET_RULE } from '../../../shared/input/secret-text-rule.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { completeToken, parseCompletion } from '../../../shared/issuing/complete-token.ts';
import { caller } from '../../fakes/configuration.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { MemoryDeaths } from '../../fakes/memory-deaths.ts';
import { someRecord } from '../audit/records.ts';

const now = new Date('2026-11-22T12:00:00Z');

async function setUp() {
  const audit = memoryAuditLog();
  const deaths = new MemoryDeaths();
  const config = { accounts: new Map<string, StorageAccount>() };
  const owner = caller();
  const { issuer, subject, name, ip } = owner;
  const record = someRecord({ sig: 'one', caller: { issuer, subject, name, ip } });
  await audit.append(record, addSeconds(now, 5));
  const call = { now, deadline: addSeconds(now, 5), requestId: 'request-2' };
  const report = (
    outcome: 'succeeded' | 'failed' | 'abandoned',
    by = owner,
    key: typeof record.key | null = record.key,
  ) => completeToken({ audit, deaths, config }, by, key, { outcome }, call);
  return { audit, deaths, owner, record, report };
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof BrokerError ? error.code : String(error)),
  );

describe('a completion', () => {
  it('is reported once and never changes', async () => {
    const { audit, report } = await setUp();
    const done = await report('abandoned');
    const completion = { outcome: 'abandoned', at: now, detail: null };
    expect(done).toMatchObject({ record: { completion }, state: { state: 'live', endedBy: null } });
    expect(await codeOf(report('succeeded'))).toBe('conflict');
    expect(audit.records()[0]?.completion).toEqual(completion);
  });

  it('is a conflict if another report wrote it first', async () => {
    const { report } = await setUp();
    const codes = await Promise.all([codeOf(report('succeeded')), codeOf(report('failed'))]);
    expect(codes.sort()).toEqual(['conflict', 'none']);
  });

  it('is for the token’s caller only: anyone else gets not found, whatever their role', async () => {
    const { audit, owner, report } = await setUp();
    const others = [
      { ...owner, subject: 'another' },
      { ...owner, issuer: 'another' },
      { ...owner, subject: 'another', roles: new Set(['auditor', 'operator'] as const) },
    ];
    for (const other of others) expect(await codeOf(report('failed', other))).toBe('not_found');
    expect(await codeOf(report('failed', owner, null))).toBe('not_found');
    expect(audit.records()[0]?.completion).toBeNull();
  });

  it('that could not be written can be reported again', async () => {
    const { audit, report } = await setUp();
    const append = audit.appendCompletion.bind(audit);
    audit.appendCompletion = () => {
      audit.appendCompletion = append;
      return Promise.reject(new BrokerError('audit_unavailable', 'Told to fail.'));
    };
    expect(await codeOf(report('failed'))).toBe('audit_unavailable');
    expect(await codeOf(report('failed'))).toBe('none');
  });

  it('is not recorded if the token’s state cannot be told, so that it can be reported again', async () => {
    const { audit, deaths, report } = await setUp();
    deaths.failing = new BrokerError('storage_unavailable', 'Told to fail.');
    expect(await codeOf(report('failed'))).toBe('storage_unavailable');
    expect(audit.records()[0]?.completion).toBeNull();
    deaths.failing = null;
    expect(await codeOf(report('failed'))).toBe('none');
  });

  it.each<[unknown, string, string]>([
    [null, '', 'must be a JSON object'],
    [{}, 'outcome', 'is required'],
    [{ outcome: 'fine' }, 'outcome', 'must be one of succeeded, failed, abandoned'],
    [{ outcome: 'Succeeded' }, 'outcome', 'must be one of succeeded, failed, abandoned'],
    [{ outcome: 'failed', detail: 7 }, 'detail', 'must be a string'],
    [{ outcome: 'failed', detail: 'x'.repeat(1025) }, 'detail', 'must be at most 1,024 characters'],
    [{ outcome: 'failed', detail: 'a\nb' }, 'detail', 'must be well-formed text without control characters'],
    [
      { outcome: 'failed', detail: 'a\ud800b' },
      'detail',
      'must be well-formed text without control characters',
    ],
    [
      { outcome: 'failed', detail: `GET https://h/c/b?sv=1&sig=${'a'.repeat(43)}= failed` },
      'detail',
      SECRET_RULE,
    ],
    [{ outcome: 'failed', at: 'now' }, 'at', 'is not a known member; expected one of outcome, detail'],
  ])('of %j is refused', (body, path, message) => {
    expect(() => parseCompletion(body)).toThrow(
      expect.objectContaining({ code: 'invalid_request', errors: [{ path, message }] }) as Error,
    );
  });

  it('may have a detail of 1,024 characters, or none', () => {
    const longest = { outcome: 'failed', detail: 'ü'.repeat(1024) };
    expect(parseCompletion(longest)).toEqual(longest);
    expect(parseCompletion({ outcome: 'succeeded' })).toEqual({ outcome: 'succeeded' });
  });
});
