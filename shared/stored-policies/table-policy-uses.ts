import type { TableClient } from '@azure/data-tables';
import { tableNotRead } from '../audit/audit-unavailable.ts';
import { columnOf, type ReadRow } from '../audit/table-row.ts';
import { scanRows } from '../audit/table-rows.ts';
import { formatInstant } from '../iso-time.ts';
import { liveRanges } from '../rotation/table-live-tokens.ts';
import { MAX_USE_IDS, type PolicyUse, type PolicyUses } from './policy-uses.ts';
import type { PolicyPlace } from './stored-policy.ts';

export interface TablePolicyUsesOptions {
  /** Of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly now: () => Date;
}

const COLUMNS = ['partitionKey', 'rowKey', 'resource'];

/** Live tokens by policy, one range a shard. */
export class TablePolicyUses implements PolicyUses {
  readonly #options: TablePolicyUsesOptions;

  constructor(options: TablePolicyUsesOptions) {
    this.#options = options;
  }

  async of(place: PolicyPlace, id: string, since: Date, deadline: Date): Promise<PolicyUse> {
    const { client, now: clock } = this.#options;
    const rule = `account eq ${quoted(place.account.name)} and policyId eq ${quoted(id)} and expiresAt gt ${quoted(formatInstant(since))}`;
    const scans = await Promise.all(
      liveRanges(since).map((range) => scanRows(client, `${range} and ${rule}`, deadline, clock, COLUMNS)),
    );
    const cut = scans.find(({ complete }) => !complete);
    if (cut !== undefined) throw tableNotRead(cut.fault ?? 'deadline passed');
    const rows = scans.flatMap(({ rows: found }) => found).filter((row) => isBelow(row, place));
    return { count: rows.length, ids: rows.slice(0, MAX_USE_IDS).map(idOf) };
  }
}

/** Policies of one name in two containers are two policies. */
function isBelow(row: ReadRow, { service, name }: PolicyPlace): boolean {
  const [, rowService, first = ''] = columnOf(row, 'resource').split('/');
  return (
    !columnOf(row, 'rowKey').includes('~') &&
    rowService === service &&
    first.toLowerCase() === name.toLowerCase()
  );
}

function idOf(row: ReadRow): string {
  return `${columnOf(row, 'partitionKey').replace(/^t-/, '')}-${columnOf(row, 'rowKey')}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
