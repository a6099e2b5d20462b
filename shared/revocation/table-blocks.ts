import type { TableClient } from '@azure/data-tables';
import * as z from 'zod/mini';
import { statusOf } from '../azure-calls/failure.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { BrokerError } from '../broker-error.ts';
import { parseJson } from '../input/json-text.ts';
import { columnOf, optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import { describeTableFault, isRowAbsent } from '../tables/faults.ts';
import { scanRows } from '../tables/table-pages.ts';
import { replaceRow } from '../tables/table-replace.ts';
import type { Block, Blocks } from './block.ts';

export interface TableBlocksOptions {
  /** A client of the state table, from `auditTableClient`, that sends each request once. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

const PARTITION = 'blocks';
/** Other instances may change a row between a read and a save, but losing again and again must end. */
const TRIES = 5;

const instant = z.iso.datetime({ precision: 3 });
const storedBlock = z.object({
  id: z.string(),
  issuer: z.string(),
  subject: z.string(),
  reason: z.string(),
  at: instant,
  by: z.string(),
  until: z.nullable(instant),
});

/**
 * Blocks in the state table: one partition, and one row per caller with the block as JSON. Every change is made under the
 * row's ETag, so a request that lands late cannot undo a newer change.
 */
export class TableBlocks implements Blocks {
  readonly #options: TableBlocksOptions;

  constructor(options: TableBlocksOptions) {
    this.#options = options;
  }

  async list(deadline: Date): Promise<readonly Block[]> {
    const table = { ...this.#options, unavailable };
    const { rows, complete, fault } = await scanRows(
      table,
      { filter: `PartitionKey eq '${PARTITION}'` },
      deadline,
    );
    if (!complete) throw unavailable(fault ?? 'deadline passed');
    return rows.map(blockIn);
  }

  put(block: Block, deadline: Date): Promise<void> {
    return this.#call(block.id, deadline, async (abortSignal) => {
      const { client } = this.#options;
      const row = { partitionKey: PARTITION, rowKey: block.id, block: blockText(block) };
      for (let tries = 0; tries < TRIES; tries += 1) {
        const known = await this.#find(block.id, abortSignal);
        if ((await replaceRow(client, row, known?.etag ?? null, abortSignal)) !== null) return;
      }
      throw unavailable(`${block.id} is being changed by other instances`);
    });
  }

  remove(block: Block, deadline: Date): Promise<boolean> {
    return this.#call(block.id, deadline, async (abortSignal) => {
      const known = await this.#find(block.id, abortSignal);
      if (known === null || blockText(blockIn(known)) !== blockText(block)) return false;
      try {
        await this.#options.client.deleteEntity(PARTITION, block.id, { etag: known.etag, abortSignal });
        return true;
      } catch (error) {
        if (statusOf(error) === 412 || isRowAbsent(error)) return false;
        throw error;
      }
    });
  }

  async #find(id: string, abortSignal: AbortSignal) {
    try {
      return await this.#options.client.getEntity<ReadRow>(PARTITION, id, { abortSignal });
    } catch (error) {
      if (isRowAbsent(error)) return null;
      throw error;
    }
  }

  async #call<Value>(
    id: string,
    deadline: Date,
    work: (abortSignal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const left = Math.max(1, deadline.getTime() - this.#options.clock().getTime());
    try {
      return await withTimeout(left, work);
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      throw unavailable(`${id} could not be changed: ${describeTableFault(error)}`);
    }
  }
}

/** Returns what a row holds of a block. Equal blocks have equal texts. */
function blockText({ id, issuer, subject, reason, at, by, until }: Block): string {
  return JSON.stringify({ id, issuer, subject, reason, at, by, until });
}

/** Returns a row's block. A row that cannot be read must not count as absent: its caller would get tokens. */
function blockIn(row: ReadRow): Block {
  const id = columnOf(row, 'rowKey');
  const parsed = storedBlock.safeParse(parseJson(optionalColumnOf(row, 'block') ?? ''));
  if (!parsed.success || parsed.data.id !== id) throw unavailable(`${id} cannot be parsed`);
  const { issuer, subject, reason, at, by, until } = parsed.data;
  return {
    id,
    issuer,
    subject,
    reason,
    at: new Date(at),
    by,
    until: until === null ? null : new Date(until),
  };
}

function unavailable(reason: string): BrokerError {
  return new BrokerError('storage_unavailable', 'The record of blocked callers is currently unavailable.', {
    reason: `blocks: ${reason}`,
    retryAfter: 1,
  });
}
