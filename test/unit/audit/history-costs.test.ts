import { beforeAll, describe, expect, it } from 'vitest';
import { auditRow } from '../../../shared/audit/audit-row.ts';
import { newRowKeys, fingerprintOf } from '../../../shared/audit/row-keys.ts';
import { tableAuditLog } from '../../../shared/audit/table-audit-log.ts';
import { tableCandidateRows } from '../../../shared/audit/table-candidate-rows.ts';
import { tableTokenPages } from '../../../shared/audit/table-token-pages.ts';
import { listTokens } from '../../../shared/deaths/list-tokens.ts';
import { readTokenQuery } from '../../../shared/deaths/token-query-parameters.ts';
import { addSeconds, formatInstant } from '../../../shared/iso-time.ts';
import { lookUpToken } from '../../../shared/issuing/look-up-token.ts';
import { parseLookup } from '../../../shared/issuing/lookup/parse-lookup.ts';
import type { RevocationTarget } from '../../../shared/revocation/revocation-target.ts';
import { tableLiveTokenReader } from '../../../shared/revocation/table-live-token-reader.ts';
import { auditHistory } from '../../fakes/audit-history.ts';
import { caller } from '../../fakes/configuration.ts';
import { countingTableClient, type TableReads } from '../../fakes/counting-table-client.ts';
import { MemoryDeaths } from '../../fakes/memory-deaths.ts';
import { SortedTable } from '../../fakes/sorted-table.ts';
import { lookupStage } from '../issuing/lookups.ts';
import { planWorld } from '../revocation/plan-world.ts';
import { start } from '../revocation/revocation-world.ts';
import { someRecord } from './records.ts';

const LIVE_ROWS = 300;
const signature = (index: number) => Buffer.alloc(32, index).toString('base64');
const tokenOf = (index: number, expiresAt: Date) =>
  `sv=2025-11-05&sr=b&sp=cw&se=${formatInstant(expiresAt)}&sig=${encodeURIComponent(signature(index))}`;
const expiryOf = (index: number) => addSeconds(start, 60 + (index % 24) * 3600);
const EXPIRED = addSeconds(start, -2 * 3600);

/** A table with live tokens, one that expired two hours ago, and a history of so many rows. */
function tableWith(historyRows: number): SortedTable {
  const table = new SortedTable(auditHistory(historyRows, addSeconds(start, -3600)));
  const add = (index: number, expiresAt: Date) => {
    const fingerprint = fingerprintOf(signature(index));
    const key = newRowKeys({ shard: index % 8, expiresAt, fingerprint, suffix: 'aaaaaaaa' });
    table.insert(auditRow(someRecord({ key, expiresAt, issuedAt: addSeconds(start, -60) }), 'i'));
  };
  for (let index = 0; index < LIVE_ROWS; index += 1) add(index, expiryOf(index));
  add(LIVE_ROWS, EXPIRED);
  return table;
}

/** Returns what each query reads of a table with so many rows of history. */
async function readsOf(historyRows: number): Promise<Record<string, TableReads>> {
  const { client, takeReads } = countingTableClient(tableWith(historyRows));
  const clock = () => start;
  const deadline = addSeconds(start, 10);
  const reads: Record<string, TableReads> = {};
  const measure = async (name: string, query: () => Promise<unknown>) => {
    await query();
    reads[name] = takeReads();
  };

  const { ports: memory } = lookupStage();
  const lists = {
    config: memory.config,
    deaths: new MemoryDeaths(),
    openPages: tableTokenPages({ client, clock }),
  };
  for (const order of ['asc', 'desc'])
    await measure(`state=live&order=${order}`, async () => {
      const query = readTokenQuery(new URLSearchParams({ state: 'live', order }), start);
      expect((await listTokens(lists, query, deadline)).tokens).toHaveLength(query.limit);
    });

  const audit = tableAuditLog({ client, instance: 'i', shard: 0, clock });
  const ports = { ...memory, audit, candidates: tableCandidateRows({ client, clock }), clock };
  const call = { caller: caller(), now: start, deadline, warn: () => undefined };
  const lookUp = async (token: string) => {
    const found = await lookUpToken(ports, parseLookup({ token }), call);
    expect(found).toMatchObject({ verdict: 'issued', records: [{}] });
  };
  await measure('lookup, live', () => lookUp(tokenOf(7, expiryOf(7))));
  await measure('lookup, expired', () => lookUp(tokenOf(LIVE_ROWS, EXPIRED)));

  const world = planWorld();
  const targets: Record<string, RevocationTarget> = {
    grant: { grant: 'photo-upload' },
    account: { account: 'media' },
  };
  for (const [name, target] of Object.entries(targets))
    await measure(`plan, ${name}`, async () => {
      const { tokens, scannedAll } = await world.plan(target, null, {
        liveTokens: tableLiveTokenReader({ client, clock }),
      });
      expect([tokens, scannedAll]).toEqual([LIVE_ROWS, true]);
    });
  return reads;
}

describe('with 20,000 rows of history', () => {
  let short: Record<string, TableReads>;
  let long: Record<string, TableReads>;
  beforeAll(async () => {
    short = await readsOf(1000);
    long = await readsOf(20_000);
  });

  it.each([
    'state=live&order=asc',
    'state=live&order=desc',
    'lookup, live',
    'lookup, expired',
    'plan, grant',
    'plan, account',
  ])('%s reads the ranges, pages and entities that it reads with 1,000', (name) => {
    const reads = long[name]!;
    expect(reads).toEqual(short[name]);
    expect(reads.entities).toBeGreaterThan(0);
    expect(reads.scanned).toBeLessThan(2 * LIVE_ROWS + 200);
    expect(reads.pages).toBeLessThanOrEqual(60);
  });

  it('a search without an hour reads the history, so the counts would show it', async () => {
    const { client, takeReads } = countingTableClient(tableWith(20_000));
    const audit = tableAuditLog({ client, instance: 'i', shard: 0, clock: () => start });
    await audit.findByFingerprint('ab'.repeat(32), null, addSeconds(start, 10));
    expect(takeReads().scanned).toBeGreaterThan(20_000);
  });
});
