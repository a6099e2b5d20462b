import { describe, expect, test } from 'vitest';
import { completionRow } from '../../shared/audit/add-on-rows.ts';
import { auditRow } from '../../shared/audit/audit-row.ts';
import { type TokenFilters, tokenConditions } from '../../shared/audit/token-filters.ts';
import type { TokenPages } from '../../shared/audit/token-pages.ts';
import { readTokenQuery } from '../../shared/deaths/token-query-parameters.ts';
import { columnOf } from '../../shared/tables/columns.ts';
import type { TableRow } from '../../shared/tables/columns.ts';
import { someRecord } from '../unit/audit/records.ts';

export interface TokenPagesUnderTest {
  add(rows: readonly TableRow[]): Promise<void>;
  /** Opens the rows that match, for a new call. `conditions` and `matches` say the same. */
  open(conditions: readonly string[], matches: (row: TableRow) => boolean): TokenPages;
}

const now = new Date('2026-11-22T12:00:00Z');
const at = new Date('2026-11-22T15:00:00Z');
const ann = { issuer: 'entra', subject: "ann o'neil/ü", name: null, ip: null };
const blob = { account: 'media', service: 'blob', container: 'photos' } as const;
const delegationKey = { objectId: 'o', startsAt: at, expiresAt: at };
const records = [
  someRecord({ sig: 'container', resource: blob, caller: ann }),
  someRecord({ sig: 'blob', resource: { ...blob, blob: 'a.jpg' }, policy: 'readers' }),
  someRecord({ sig: 'neighbour', resource: { ...blob, container: 'photos2' }, grant: 'other' }),
  someRecord({ sig: 'queue', resource: { account: 'media', service: 'queue', queue: 'photos' } }),
  someRecord({ sig: 'archive', resource: { ...blob, account: 'archive' } }),
  someRecord({ sig: 'key2', signedWith: { key: 'key2', secretVersion: 'v', keyId: 'f'.repeat(16) } }),
  someRecord({ sig: 'delegated', kind: 'user-delegation', signedWith: { delegationKey } }),
  someRecord({ sig: 'early', issuedAt: new Date('2026-11-22T14:59:59Z') }),
];
const rows = records.map((record) => auditRow(record, 'i'));
const [first] = records;
const completed = completionRow(first!.key, { outcome: 'failed', at, detail: null }, 'r');
const HOUR = { from: 't-3-2026112215', before: 't-3-2026112216' };

/** What each condition means for a row. */
function matches(filters: TokenFilters): (row: TableRow) => boolean {
  const { container, caller, issuedAfter, issuedBefore } = filters;
  const place = `${filters.account}/${filters.service}/${container}`;
  return (row) => {
    const path = String(row['resource']);
    const text = (value: Date | null) => value?.toISOString().replace('.000', '');
    return (
      (['account', 'service', 'kind', 'grant', 'keyId'] as const).every(
        (name) => filters[name] === null || row[name] === filters[name],
      ) &&
      (filters.key === null || row['keyName'] === filters.key) &&
      (filters.policy === null || row['policyId'] === filters.policy) &&
      (container === null || path === place || path.startsWith(`${place}/`)) &&
      (caller === null ||
        (row['callerIssuer'] === caller.issuer && row['callerSubject'] === caller.subject)) &&
      (issuedAfter === null || row['issuedAt']! >= text(issuedAfter)!) &&
      (issuedBefore === null || row['issuedAt']! < text(issuedBefore)!)
    );
  };
}

/** The suite that every `TokenPages` passes. */
export function tokenPagesContract(name: string, open: () => Promise<TokenPagesUnderTest>): void {
  describe(`token pages: ${name}`, () => {
    const keyOf = (row: Readonly<Record<string, unknown>>) => columnOf(row, 'rowKey');

    test('has the rows that match each filter, and every add-on row', async () => {
      const table = await open();
      await table.add([...rows, completed]);
      const media = 'account=media&service=blob';
      const counts: [string, number][] = [
        ['', 8],
        ['account=media', 7],
        [media, 6],
        [`${media}&container=photos`, 2],
        [`caller=${encodeURIComponent(`entra/${ann.subject}`)}`, 1],
        ['kind=user-delegation', 1],
        ['grant=other', 1],
        ['key=key1', 6],
        [`keyId=${'F'.repeat(16)}`, 1],
        ['policy=readers', 1],
        ['issuedAfter=2026-11-22T15:00:00Z', 7],
        ['issuedBefore=2026-11-22T15:00:00Z', 1],
        ['account=nosuch', 0],
      ];
      for (const [query, count] of counts) {
        const { filters } = readTokenQuery(new URLSearchParams(query), now);
        const wanted = rows.filter(matches(filters));
        expect(wanted, query).toHaveLength(count);
        const pages = table.open(tokenConditions(filters), matches(filters));
        const page = await pages.read({ range: HOUR, from: '', top: 1000, keysOnly: false });
        expect(page?.rest, query).toBeNull();
        expect(page?.rows.map(keyOf), query).toEqual([...wanted, completed].map(keyOf).sort());
      }
    });

    test('has a part of the rows, in order, page by page', async () => {
      const table = await open();
      await table.add(rows);
      const sorted = rows.map(keyOf).sort();
      const pages = table.open([], () => true);
      const found: string[] = [];
      const range = { partition: 't-3-2026112215', rowsFrom: `${sorted[1]}~~` };
      for (let from: string | null = ''; from !== null;) {
        const page: Awaited<ReturnType<TokenPages['read']>> = await pages.read({
          range,
          from,
          top: 2,
          keysOnly: false,
        });
        expect(page!.rows.length).toBeLessThanOrEqual(2);
        found.push(...page!.rows.map(keyOf));
        from = page!.rest;
      }
      expect(found).toEqual(sorted.slice(2));
      expect(pages.spent()).toBeGreaterThan(0);
    });

    test('has the keys of any row, whatever the conditions', async () => {
      const table = await open();
      await table.add(rows);
      const pages = table.open(["account eq 'nosuch'"], () => false);
      const [row] = (await pages.read({ range: HOUR, from: '', top: 1, keysOnly: true }))!.rows;
      expect(row).toMatchObject({ partitionKey: 't-3-2026112215', rowKey: rows.map(keyOf).sort()[0] });
      const none = await pages.read({
        range: { from: 't-8', before: 't-:' },
        from: '',
        top: 1,
        keysOnly: true,
      });
      expect(none).toEqual({ rows: [], rest: null });
    });

    test('ends after 60 pages', async () => {
      const table = await open();
      const pages = table.open([], () => true);
      const read = () => pages.read({ range: HOUR, from: '', top: 1, keysOnly: true });
      for (let count = 0; count < 60; count += 1) expect(await read()).not.toBeNull();
      expect(pages.spent()).toBeGreaterThanOrEqual(1);
      expect(await read()).toBeNull();
    });
  });
}
