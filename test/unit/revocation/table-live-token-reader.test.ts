import type { TableClient } from '@azure/data-tables';
import { describe, expect, it } from 'vitest';
import { auditRow } from '../../../shared/audit/audit-row.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { LiveToken } from '../../../shared/revocation/live-token.ts';
import { tableLiveTokenReader } from '../../../shared/revocation/table-live-token-reader.ts';
import { someRecord } from '../audit/records.ts';
import { tableError } from '../tables/scripted-table.ts';
import { start } from './revocation-world.ts';

/** A table whose ranges of the known shards each have that many pages of one row. */
function tableOf(pagesPerShard: number, fault: Error | null = null) {
  const filters: string[] = [];
  let pages = 0;
  const listEntities = ({ queryOptions: { filter } }: { queryOptions: { filter: string } }) => ({
    byPage: async function* ({ continuationToken = '0' }: { continuationToken?: string }) {
      await Promise.resolve();
      if (fault !== null) throw fault;
      pages += 1;
      filters.push(filter);
      const page = Number(continuationToken) + 1;
      const hasRows = /^PartitionKey ge 't-[0-7]-/.test(filter);
      const next = hasRows && page < pagesPerShard ? String(page) : undefined;
      const record = someRecord({ sig: `${filter} ${page}`, signedWith: delegation });
      yield Object.assign(hasRows ? [auditRow(record, 'i')] : [], { continuationToken: next });
    },
  });
  const client = { listEntities } as unknown as TableClient;
  return { client, filters, pages: () => pages };
}

const delegation = { delegationKey: { objectId: 'oid', startsAt: start, expiresAt: start } };
const query = {
  account: null,
  expiresAfter: addSeconds(start, -30),
  issuedSince: null,
  deadline: new Date(Date.now() + 5000),
};

async function scan(client: TableClient, over: object = {}) {
  const tokens: LiveToken[] = [];
  const reader = tableLiveTokenReader({ client, clock: () => new Date() });
  const { scannedAll } = await reader.scan({ ...query, ...over }, (page) => tokens.push(...page));
  return { tokens, scannedAll };
}

describe('a scan of live tokens', () => {
  it('reads every shard, those that may come too, from the hour of the expiry on', async () => {
    const { client, filters } = tableOf(2);
    const { tokens, scannedAll } = await scan(client);
    expect([tokens.length, scannedAll]).toEqual([16, true]);
    expect(filters.filter((filter) => /t-[0-9]-2026112211'/.test(filter))).toHaveLength(18);
    expect(filters.filter((filter) => filter.includes("ge 't-10'"))).toHaveLength(1);
    expect(filters.every((filter) => filter.includes("expiresAt gt '2026-11-22T11:59:30Z'"))).toBe(true);
    expect(filters.join()).not.toContain('account eq');
    expect(tokens[0]).toMatchObject({
      account: 'media',
      grant: 'photo-upload',
      place: 'uploads',
      caller: { issuer: 'entra', subject: 'sub-1', name: null },
      signedWith: { delegationKeyStartsAt: start },
      delegator: 'oid',
    });
  });

  it('of one account reads no other', async () => {
    const { client, filters } = tableOf(1);
    await scan(client, { account: 'media', issuedSince: start });
    const rows =
      "account eq 'media' and expiresAt gt '2026-11-22T11:59:30Z' and issuedAt ge '2026-11-22T12:00:00Z'";
    expect(filters.every((filter) => filter.endsWith(` and ${rows}`))).toBe(true);
  });

  it('ends after exactly 60 pages, and says that there may be more', async () => {
    const table = tableOf(1000);
    const { tokens, scannedAll } = await scan(table.client);
    expect([table.pages(), tokens.length, scannedAll]).toEqual([60, 49, false]);
  });

  it('that could read nothing is an error', async () => {
    const { client } = tableOf(1, tableError(503, 'ServerBusy'));
    const deadline = new Date(Date.now() + 100);
    await expect(scan(client, { deadline })).rejects.toMatchObject({ code: 'audit_unavailable' });
  });
});
