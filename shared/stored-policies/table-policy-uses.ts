import { liveRowFilters } from '../audit/live-rows.ts';
import { isTokenRow, tokenIdOfRow } from '../audit/row-keys.ts';
import { quote } from '../tables/odata.ts';
import type { TableClient } from '@azure/data-tables';
import { auditReadFailure } from '../audit/audit-unavailable.ts';
import { columnOf, type ReadRow } from '../tables/columns.ts';
import { MAX_USE_IDS, type PolicyUse, type PolicyUses } from './policy-uses.ts';
import type { PolicyPlace } from './stored-policy.ts';
import { scanRows } from '../tables/table-pages.ts';

export interface TablePolicyUsesOptions {
  /** Of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

const COLUMNS = ['partitionKey', 'rowKey', 'resource'];

/** Live tokens by policy, one range a shard. */
export class TablePolicyUses implements PolicyUses {
  readonly #options: TablePolicyUsesOptions;

  constructor(options: TablePolicyUsesOptions) {
    this.#options = options;
  }

  async of(place: PolicyPlace, id: string, since: Date, deadline: Date): Promise<PolicyUse> {
    const table = { ...this.#options, unavailable: auditReadFailure };
    const filters = liveRowFilters({
      account: place.account.name,
      expiresAfter: since,
      conditions: [`policyId eq ${quote(id)}`],
    });
    const scans = await Promise.all(
      filters.map((filter) => scanRows(table, { filter, columns: COLUMNS }, deadline)),
    );
    const cut = scans.find(({ complete }) => !complete);
    if (cut !== undefined) throw auditReadFailure(cut.fault ?? 'deadline passed');
    const rows = scans.flatMap(({ rows: found }) => found).filter((row) => isBelow(row, place));
    return { count: rows.length, ids: rows.slice(0, MAX_USE_IDS).map(tokenIdOfRow) };
  }
}

/** Policies of one name in two containers are two policies. */
function isBelow(row: ReadRow, { service, name }: PolicyPlace): boolean {
  const [, rowService, first = ''] = columnOf(row, 'resource').split('/');
  return isTokenRow(row) && rowService === service && first.toLowerCase() === name.toLowerCase();
}
