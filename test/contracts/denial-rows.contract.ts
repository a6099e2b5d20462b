import { describe, expect, test } from 'vitest';
import type { DenialRecord } from '../../shared/audit/audit-record.ts';
import type { CountedDenials } from '../../shared/audit/denial-counts.ts';
import type { DenialRows, RecordedDenials } from '../../shared/audit/denial-rows.ts';
import { addSeconds } from '../../shared/iso-time.ts';

export interface DenialRowsUnderTest {
  readonly rows: DenialRows;
  readonly append: (denial: DenialRecord, shard: number) => Promise<void>;
  readonly count: (denials: CountedDenials, shard: number) => Promise<void>;
}

const noon = new Date('2026-11-22T12:00:00Z');
const ann = { issuer: 'local', subject: "o'neil", name: 'Ann', ip: '203.0.113.7' };
const bob = { issuer: 'local', subject: 'bob', name: null, ip: null };
const denial = (caller: DenialRecord['caller'], at: Date, reason = 'no grant'): DenialRecord => ({
  at,
  caller,
  requestId: 'r',
  code: 'forbidden',
  resource: null,
  permissions: null,
  kind: null,
  reason,
  purpose: null,
});

/** Tests what every reader of denials must do. */
export function denialRowsContract(name: string, open: () => Promise<DenialRowsUnderTest>): void {
  describe(`${name} reads denials`, () => {
    test('of a range of time, in every shard, also in those that may come, with counts of further ones', async () => {
      const { rows, append, count } = await open();
      const since = addSeconds(noon, -7200);
      await append(denial(ann, since, 'first'), 0);
      await append(denial(ann, addSeconds(noon, -1), 'last'), 12);
      await append(denial(bob, addSeconds(noon, -1800)), 8);
      await count({ at: addSeconds(noon, -60), caller: bob, count: 41 }, 7);
      await append(denial(ann, addSeconds(since, -1), 'too early'), 0);
      await append(denial(ann, noon, 'too late'), 0);

      const found: RecordedDenials[] = [];
      const deadline = new Date(Date.now() + 10_000);
      const { scannedAll } = await rows.scan({ since, until: noon }, deadline, (page) => found.push(...page));
      expect(scannedAll).toBe(true);
      const named = { issuer: 'local', subject: "o'neil", name: 'Ann' };
      const nameless = { issuer: 'local', subject: 'bob', name: null };
      expect(found.sort((one, other) => one.at.getTime() - other.at.getTime())).toEqual([
        { at: since, caller: named, count: 1, reason: 'first' },
        { at: addSeconds(noon, -1800), caller: nameless, count: 1, reason: 'no grant' },
        { at: addSeconds(noon, -60), caller: nameless, count: 41, reason: null },
        { at: addSeconds(noon, -1), caller: named, count: 1, reason: 'last' },
      ]);
    });

    test('of an empty range', async () => {
      const { rows } = await open();
      const found: RecordedDenials[] = [];
      const range = { since: noon, until: addSeconds(noon, 1) };
      const deadline = new Date(Date.now() + 10_000);
      const end = await rows.scan(range, deadline, (page) => found.push(...page));
      expect([found, end.scannedAll]).toEqual([[], true]);
    });
  });
}
