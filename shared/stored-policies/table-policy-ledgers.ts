import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { describeTableFault, isRowAbsent, tableFaultOf } from '../tables/faults.ts';
import { columnOf, type ReadRow } from '../tables/columns.ts';
import { BrokerError } from '../broker-error.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { statusOf } from '../azure-calls/failure.ts';
import { EMPTY_LEDGER, type LedgerEntry, type PolicyLedger, type PolicyLedgers } from './policy-ledger.ts';
import { readTwice } from '../azure-calls/read-twice.ts';
import { scanRows } from '../tables/table-pages.ts';

export interface TablePolicyLedgersOptions {
  /** Of the state table, from `auditTableClient`: one that sends each request once. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

const PARTITION = 'policies';

const instant = z.iso.datetime({ precision: 3 });
const storedLease = z.strictObject({
  holder: z.string(),
  durationSeconds: z.number().positive(),
  blockedPolicies: z.array(z.string()),
});
/** Strict: a member that this version does not know would be lost at the next save. */
const storedLedger = z.strictObject({
  lease: storedLease.nullable(),
  managed: z.array(
    z.strictObject({ id: z.string(), grant: z.string(), permissions: z.string(), createdAt: instant }),
  ),
  changed: z.array(z.strictObject({ id: z.string(), at: instant })),
});

/** Ledgers in the state table: one row a container, queue, table or share, as JSON in one column. */
export class TablePolicyLedgers implements PolicyLedgers {
  readonly #options: TablePolicyLedgersOptions;

  constructor(options: TablePolicyLedgersOptions) {
    this.#options = options;
  }

  async load(key: string, deadline: Date): Promise<LedgerEntry> {
    try {
      const row = await readTwice(this.#left(deadline), (abortSignal) =>
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
    const managed = ledger.managed.length;
    const row = { partitionKey: PARTITION, rowKey: key, managed, ledger: JSON.stringify(ledger) };
    try {
      const saved = await withTimeout(this.#left(deadline), (abortSignal) =>
        etag === null
          ? client.createEntity(row, { abortSignal })
          : client.updateEntity(row, 'Replace', { etag, abortSignal }),
      );
      if (saved.etag === undefined) throw new Error('The reply has no ETag');
      return { ledger, etag: saved.etag };
    } catch (error) {
      if (etag === null ? tableFaultOf(error) === 'exists' : statusOf(error) === 412 || isRowAbsent(error))
        return null;
      throw failure(key, 'could not be saved', error);
    }
  }

  async withManaged(deadline: Date) {
    const table = { ...this.#options, unavailable: (reason: string) => failure('every place', reason) };
    const filter = `PartitionKey eq '${PARTITION}' and managed gt 0`;
    const { rows, complete, fault } = await scanRows(table, { filter }, deadline);
    if (!complete) throw failure('every place', fault ?? 'deadline passed');
    return rows.map((row) => ({ key: columnOf(row, 'rowKey'), managed: ledgerOf(row).managed }));
  }

  #left(deadline: Date): number {
    return Math.max(1, deadline.getTime() - this.#options.clock().getTime());
  }
}

/** To take one that cannot be read for an empty one would let two edit at once, and forget managed policies. */
function ledgerOf(row: ReadRow): PolicyLedger {
  const parsed = storedLedger.safeParse(jsonOf(row['ledger']));
  if (!parsed.success) throw failure(String(row['rowKey']), 'holds no ledger');
  const { lease, managed, changed } = parsed.data;
  return {
    lease,
    managed: managed.map((policy) => ({ ...policy, createdAt: new Date(policy.createdAt) })),
    changed: changed.map(({ id, at }) => ({ id, at: new Date(at) })),
  };
}

function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

function failure(key: string, what: string, error?: unknown): BrokerError {
  if (error instanceof BrokerError) return error;
  const fault = error === undefined ? '' : `: ${describeTableFault(error)}`;
  return new BrokerError('storage_unavailable', 'What the broker keeps of its policies cannot be had now.', {
    reason: `policy ledger of ${key} ${what}${fault}`,
    retryAfter: 1,
  });
}
