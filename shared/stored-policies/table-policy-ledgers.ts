import type { TableClient } from '@azure/data-tables';
import * as z from 'zod/mini';
import { readTwice } from '../azure-calls/read-twice.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { BrokerError } from '../broker-error.ts';
import { parseJson } from '../input/json-text.ts';
import { columnOf, optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import { describeTableFault, isRowAbsent } from '../tables/faults.ts';
import { scanRows } from '../tables/table-pages.ts';
import { replaceRow } from '../tables/table-replace.ts';
import { EMPTY_LEDGER, type LedgerEntry, type PolicyLedger, type PolicyLedgers } from './policy-ledger.ts';

export interface TablePolicyLedgersOptions {
  /** The state table, from `auditTableClient`, which sends each request once. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

const PARTITION = 'policies';

const instant = z.iso.datetime({ precision: 3 });
/** Strict, because the next save would lose a member that this version does not know. */
const storedLedger = z.strictObject({
  lease: z.nullable(
    z.strictObject({
      holder: z.string(),
      durationSeconds: z.number().check(z.positive()),
      blockedPolicies: z.array(z.string()),
    }),
  ),
  managed: z.array(
    z.strictObject({ id: z.string(), grant: z.string(), permissions: z.string(), createdAt: instant }),
  ),
  changed: z.array(z.strictObject({ id: z.string(), at: instant })),
});

/** Ledgers in the state table: one row per container, queue, table or share, as JSON in one column. */
export class TablePolicyLedgers implements PolicyLedgers {
  readonly #options: TablePolicyLedgersOptions;

  constructor(options: TablePolicyLedgersOptions) {
    this.#options = options;
  }

  async load(key: string, deadline: Date): Promise<LedgerEntry> {
    try {
      const row = await readTwice(this.#timeoutMs(deadline), (abortSignal) =>
        this.#options.client.getEntity<ReadRow>(PARTITION, key, { abortSignal }),
      );
      return { ledger: ledgerOf(row), etag: row.etag };
    } catch (error) {
      if (isRowAbsent(error)) return { ledger: EMPTY_LEDGER, etag: null };
      throw failure(key, 'could not be read', error);
    }
  }

  async save(
    key: string,
    ledger: PolicyLedger,
    etag: string | null,
    deadline: Date,
  ): Promise<LedgerEntry | null> {
    const { client } = this.#options;
    const row = {
      partitionKey: PARTITION,
      rowKey: key,
      managed: ledger.managed.length,
      ledger: JSON.stringify(ledger),
    };
    try {
      const saved = await withTimeout(this.#timeoutMs(deadline), (signal) =>
        replaceRow(client, row, etag, signal),
      );
      return saved === null ? null : { ledger, etag: saved };
    } catch (error) {
      throw failure(key, 'could not be saved', error);
    }
  }

  async withManaged(deadline: Date) {
    const table = { ...this.#options, unavailable: (reason: string) => unavailable('every place', reason) };
    const filter = `PartitionKey eq '${PARTITION}' and managed gt 0`;
    const { rows, complete, fault } = await scanRows(table, { filter }, deadline);
    if (!complete) throw unavailable('every place', fault ?? 'deadline passed');
    return rows.map((row) => ({ key: columnOf(row, 'rowKey'), managed: ledgerOf(row).managed }));
  }

  #timeoutMs(deadline: Date): number {
    return Math.max(1, deadline.getTime() - this.#options.clock().getTime());
  }
}

/**
 * Reads a row's ledger. A ledger that cannot be read must not count as empty: two hosts could then change policies at
 * once, and managed policies would be forgotten.
 */
function ledgerOf(row: ReadRow): PolicyLedger {
  const parsed = storedLedger.safeParse(parseJson(optionalColumnOf(row, 'ledger') ?? ''));
  if (!parsed.success) throw unavailable(String(row['rowKey']), 'cannot be parsed');
  const { lease, managed, changed } = parsed.data;
  return {
    lease,
    managed: managed.map((policy) => ({ ...policy, createdAt: new Date(policy.createdAt) })),
    changed: changed.map(({ id, at }) => ({ id, at: new Date(at) })),
  };
}

function failure(key: string, what: string, error: unknown): BrokerError {
  if (error instanceof BrokerError) return error;
  return unavailable(key, `${what}: ${describeTableFault(error)}`);
}

function unavailable(key: string, what: string): BrokerError {
  const detail = "The broker's records of stored access policies are currently unavailable.";
  return new BrokerError('storage_unavailable', detail, {
    reason: `policy ledger of ${key} ${what}`,
    retryAfter: 1,
  });
}
