import type { TableClient } from '@azure/data-tables';
import { auditReadFailure } from '../audit/audit-unavailable.ts';
import { liveRowFilters } from '../audit/live-rows.ts';
import { isTokenRow, tokenIdOfRow } from '../audit/row-keys.ts';
import { columnOf, type ReadRow } from '../tables/columns.ts';
import { quote } from '../tables/odata.ts';
import { scanRows } from '../tables/table-pages.ts';
import { MAX_USE_IDS, type PolicyUse, type PolicyUses } from './policy-uses.ts';
import type { PolicyPlace } from './stored-policy.ts';

export interface TablePolicyUsesOptions {
  /** The audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

const COLUMNS = ['partitionKey', 'rowKey', 'resource'];

/** Finds the tokens based on a policy in the audit table, with one range scan per shard. */
export class TablePolicyUses implements PolicyUses {
  readonly #options: TablePolicyUsesOptions;

  constructor(options: TablePolicyUsesOptions) {
    this.#options = options;
  }

  async find(place: PolicyPlace, id: string, since: Date, deadline: Date): Promise<PolicyUse> {
    const table = { ...this.#options, unavailable: auditReadFailure };
    const filters = liveRowFilters({
      account: place.account.name,
      expiresAfter: since,
      conditions: [`policyId eq ${quote(id)}`],
    });
    const scans = await Promise.all(
      filters.map((filter) => scanRows(table, { filter, columns: COLUMNS }, deadline)),
    );
    const incomplete = scans.find(({ complete }) => !complete);
    if (incomplete !== undefined) throw auditReadFailure(incomplete.fault ?? 'deadline passed');
    const rows = scans.flatMap(({ rows: found }) => found).filter((row) => isTokenFor(row, place));
    return { count: rows.length, ids: rows.slice(0, MAX_USE_IDS).map(tokenIdOfRow) };
  }
}

/** Returns true for a token of this place: another container may have a policy with the same id. */
function isTokenFor(row: ReadRow, { service, name }: PolicyPlace): boolean {
  const [, rowService, first = ''] = columnOf(row, 'resource').split('/');
  return isTokenRow(row) && rowService === service && first.toLowerCase() === name.toLowerCase();
}
