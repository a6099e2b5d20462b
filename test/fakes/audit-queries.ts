import type { TableClient } from '@azure/data-tables';
import { auditRow } from '../../shared/audit/audit-row.ts';
import { fingerprintOf, newRowKeys } from '../../shared/audit/row-keys.ts';
import { tableAuditLog } from '../../shared/audit/table-audit-log.ts';
import { tableCandidateRows } from '../../shared/audit/table-candidate-rows.ts';
import { tableTokenPages } from '../../shared/audit/table-token-pages.ts';
import { listTokens } from '../../shared/deaths/list-tokens.ts';
import { readTokenQuery } from '../../shared/deaths/token-query-parameters.ts';
import { addSeconds, formatInstant } from '../../shared/iso-time.ts';
import { lookUpToken } from '../../shared/issuing/look-up-token.ts';
import { parseLookup } from '../../shared/issuing/lookup/parse-lookup.ts';
import type { RevocationTarget } from '../../shared/revocation/revocation-target.ts';
import { tableLiveTokenReader } from '../../shared/revocation/table-live-token-reader.ts';
import { LiveTokenCounts } from '../../shared/summaries/live-token-counts.ts';
import { liveTokenSummary } from '../../shared/summaries/live-token-summary.ts';
import { PageTurns } from '../../shared/azure-calls/page-turns.ts';
import { someRecord } from '../unit/audit/records.ts';
import { lookupStage } from '../unit/issuing/lookups.ts';
import { planWorld } from '../unit/revocation/plan-world.ts';
import { start } from '../unit/revocation/revocation-world.ts';
import { auditHistory } from './audit-history.ts';
import { caller } from './configuration.ts';
import { MemoryDeaths } from './memory-deaths.ts';
import { SortedTable } from './sorted-table.ts';

const HOUR_SECONDS = 3600;
const EXPIRED_AT = addSeconds(start, -2 * HOUR_SECONDS);
const expiryOf = (index: number): Date => addSeconds(start, 60 + (index % 24) * HOUR_SECONDS);

/** Returns an audit table with so many live tokens, one that expired two hours ago, and at least so many rows of history. */
export function tableWithHistory(liveRows: number, historyRows: number): SortedTable {
  const table = new SortedTable(auditHistory(historyRows, addSeconds(start, -HOUR_SECONDS)));
  const add = (signature: string, shard: number, expiresAt: Date): void => {
    const fingerprint = fingerprintOf(signature);
    const key = newRowKeys({ shard, expiresAt, fingerprint, suffix: 'aaaaaaaa' });
    table.insert(auditRow(someRecord({ key, expiresAt, issuedAt: addSeconds(start, -60) }), 'i'));
  };
  for (let index = 0; index < liveRows; index += 1) add(signatureOf(index), index % 8, expiryOf(index));
  add(signatureOf('expired'), 0, EXPIRED_AT);
  return table;
}

/** Base64 of 32 bytes, as signatures are. */
function signatureOf(token: number | string): string {
  return Buffer.from(fingerprintOf(`token ${token}`), 'hex').toString('base64');
}

/**
 * Returns what auditors ask of the audit table, through the real use cases and adapters. Each returns how many tokens it
 * found.
 */
export function auditQueries(client: TableClient) {
  const clock = (): Date => start;
  const scans = { client, clock, turns: new PageTurns() };
  const deadline = addSeconds(start, 10);
  const { ports: memory } = lookupStage();
  const openPages = tableTokenPages(scans);
  const lists = { config: memory.config, deaths: new MemoryDeaths(), openPages };
  const audit = tableAuditLog({ ...scans, instance: 'i', shard: 0 });
  const lookups = { ...memory, audit, candidates: tableCandidateRows(scans), clock };
  const call = { caller: caller(), now: start, deadline, log: () => undefined };
  const world = planWorld();
  const lookUp = async (token: number | string, expiresAt: Date): Promise<number> => {
    const sig = encodeURIComponent(signatureOf(token));
    const text = `sv=2025-11-05&sr=b&sp=cw&se=${formatInstant(expiresAt)}&sig=${sig}`;
    return (await lookUpToken(lookups, parseLookup({ token: text }), call)).records.length;
  };
  return {
    list: async (order: 'asc' | 'desc') => {
      const query = readTokenQuery(new URLSearchParams({ state: 'live', order }), start);
      return (await listTokens(lists, query, deadline)).tokens.length;
    },
    lookUpLive: () => lookUp(7, expiryOf(7)),
    lookUpExpired: () => lookUp('expired', EXPIRED_AT),
    /** Searches every hour. */
    lookUpFingerprint: async (fingerprint: string) =>
      (await audit.findByFingerprint(fingerprint, null, deadline)).records.length,
    /** The live summary. */
    summarize: async () => {
      const rotation = { ...world.ports.rotation, clock };
      const counts = new LiveTokenCounts({
        ...world.ports,
        rotation,
        liveTokens: tableLiveTokenReader(scans),
      });
      const count = await counts.count({ now: start, deadline, by: 'local/auditor' });
      return liveTokenSummary(count, { account: null, hours: 24 }).total;
    },
    plan: async (target: RevocationTarget) => {
      const liveTokens = tableLiveTokenReader(scans);
      return (await world.plan(target, null, { liveTokens })).tokens;
    },
  };
}
