import { describe, expect, it } from 'vitest';
import { completionRow } from '../../../shared/audit/add-on-rows.ts';
import { auditRow } from '../../../shared/audit/audit-row.ts';
import { countedDenialsRow, denialRow, eventRow } from '../../../shared/audit/write-event-rows.ts';
import { someRecord } from './records.ts';

const at = new Date('2026-11-22T12:00:00Z');
const origin = { instance: 'i', shard: 3, suffix: 'aaaaaaaa' };
const caller = (text: string) => ({ issuer: 'entra', subject: text, name: text, ip: null });
const key = someRecord().key;

/** Whatever reaches the log: rows must not depend on what was validated before. */
const ROWS: readonly (readonly [string, (text: string) => object, Record<string, number>])[] = [
  [
    'a denial',
    (text) =>
      denialRow(
        {
          at,
          caller: caller(text),
          requestId: 'r',
          code: 'forbidden',
          resource: text,
          permissions: text,
          kind: text,
          reason: text,
          purpose: text,
        },
        origin,
      ),
    {
      callerSubject: 256,
      callerName: 256,
      resource: 1100,
      permissions: 64,
      kind: 32,
      reason: 2048,
      purpose: 256,
    },
  ],
  [
    'a count of denials',
    (text) => countedDenialsRow({ at, caller: caller(text), count: 1 }, origin),
    { callerSubject: 256, callerName: 256 },
  ],
  [
    'an event',
    (text) => eventRow({ at, type: 'revocation', account: 'media', actor: text, detail: text }, origin),
    { actor: 600, detail: 8192 },
  ],
  [
    'a token',
    (text) => auditRow(someRecord({ caller: caller(text), purpose: text }), 'i'),
    { callerSubject: 256, callerName: 256, purpose: 256 },
  ],
  [
    'a completion',
    (text) => completionRow(key, { outcome: 'failed', at, detail: text }, 'r'),
    { detail: 1024 },
  ],
];

describe('the row of', () => {
  it.each(ROWS)('%s holds the length of every column', (_what, rowOf, lengths) => {
    const row = rowOf('x'.repeat(40_000)) as Record<string, unknown>;
    const long = Object.entries(row).filter(([, value]) => String(value).startsWith('xx'));
    expect(Object.fromEntries(long.map(([column, value]) => [column, String(value).length]))).toEqual(
      lengths,
    );
  });

  it.each(ROWS)('%s is cut without half a character', (_what, rowOf) => {
    for (const before of ['', '-'])
      for (const value of Object.values(rowOf(`${before}${'😀'.repeat(20_000)}`)))
        expect(String(value).isWellFormed()).toBe(true);
  });

  it('a token is not made if a column that must stay exact is too long, so no token leaves', () => {
    const blob = { account: 'media', service: 'blob', container: 'uploads' } as const;
    const record = someRecord({ resource: { ...blob, blob: 'x'.repeat(8192) } });
    expect(() => auditRow(record, 'i')).toThrow(expect.objectContaining({ code: 'internal' }) as Error);
  });
});
