import type { TableClient } from '@azure/data-tables';
import { withTimeout } from '../azure-calls/timeout.ts';
import { BrokerError } from '../broker-error.ts';
import { columnOf, optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import { describeTableFault, isRowAbsent } from '../tables/faults.ts';
import { quote } from '../tables/odata.ts';
import { scanRows } from '../tables/table-pages.ts';
import { replaceRow } from '../tables/table-replace.ts';
import { type Death, type DeathProof, type Deaths, isSettled, type OrderedDeath } from './death.ts';
import { mergeProofs } from './merge-proofs.ts';
import { type DeathRow, deathText, parseDeath, parseProof } from './table-death-text.ts';

export interface TableDeathsOptions {
  /** A client of the state table, from `auditTableClient`, that sends each request once. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

/** Other instances may change a row between a read and a save, but losing again and again must end. */
const TRIES = 5;

/** Deaths in the state table: one partition per account, one row per death. */
export class TableDeaths implements Deaths {
  readonly #options: TableDeathsOptions;

  constructor(options: TableDeathsOptions) {
    this.#options = options;
  }

  async list(account: string, deadline: Date): Promise<readonly Death[]> {
    const table = { ...this.#options, unavailable: (reason: string) => unavailable(account, reason) };
    const filter = `PartitionKey eq ${quote(partitionOf(account))}`;
    const { rows, complete, fault } = await scanRows(table, { filter }, deadline);
    if (!complete) throw unavailable(account, fault ?? 'deadline passed');
    return rows
      .filter((row) => optionalColumnOf(row, 'withdrawn') === null)
      .map((row) => this.#read(account, row))
      .sort((one, other) => one.order.at.getTime() - other.order.at.getTime());
  }

  async order(death: OrderedDeath, deadline: Date): Promise<boolean> {
    let isOpen = true;
    await this.#change(death, deadline, (known) => {
      isOpen = known === null || !isSettled(known);
      if (known === null) return { death: { ...death, proof: null }, withdrawn: false };
      const isMoved =
        isOpen &&
        known.dead.what === 'delegation-keys' &&
        death.dead.what === 'delegation-keys' &&
        known.dead.before < death.dead.before;
      return isMoved ? { death: { ...known, dead: death.dead }, withdrawn: false } : null;
    });
    return isOpen;
  }

  setBack(
    death: Pick<Death, 'account' | 'id'>,
    { from, to }: { readonly from: Date; readonly to: Date },
    deadline: Date,
  ): Promise<void> {
    return this.#change(death, deadline, (known) => {
      if (known?.dead.what !== 'delegation-keys' || known.dead.before.getTime() !== from.getTime())
        return null;
      const dead = { ...known.dead, before: to, settled: true };
      return { death: { ...known, dead }, withdrawn: false };
    });
  }

  prove(death: Pick<Death, 'account' | 'id'>, proof: DeathProof, deadline: Date): Promise<void> {
    return this.#change(
      death,
      deadline,
      (known) => known && { death: { ...known, proof: mergeProofs(known.proof, proof) }, withdrawn: false },
    );
  }

  withdraw(death: Pick<Death, 'account' | 'id'>, deadline: Date): Promise<void> {
    return this.#change(death, deadline, (known) => known && { death: known, withdrawn: true });
  }

  /** Changes one row under its ETag; `decide` returns null to leave it as it is. */
  async #change(
    { account, id }: Pick<Death, 'account' | 'id'>,
    deadline: Date,
    decide: (known: Death | null) => DeathRow | null,
  ): Promise<void> {
    const { client, clock } = this.#options;
    const left = Math.max(1, deadline.getTime() - clock().getTime());
    const partitionKey = partitionOf(account);
    try {
      await withTimeout(left, async (abortSignal) => {
        for (let tries = 0; tries < TRIES; tries += 1) {
          const row = await find(client, partitionKey, id, abortSignal);
          const next = decide(row === null ? null : this.#read(account, row));
          if (next === null) return;
          const changed = { partitionKey, rowKey: id, ...deathText(next) };
          const etag = row === null ? null : row.etag;
          if ((await replaceRow(client, changed, etag, abortSignal)) !== null) return;
        }
        throw unavailable(account, `${id} is being changed by other instances`);
      });
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      throw unavailable(account, `${id} could not be recorded: ${describeTableFault(error)}`);
    }
  }

  /** A row that cannot be read must not count as absent: tokens would seem to be alive. */
  #read(account: string, row: ReadRow): Death {
    const id = columnOf(row, 'rowKey');
    const death = parseDeath(optionalColumnOf(row, 'death') ?? '');
    const proof = parseProof(optionalColumnOf(row, 'proof'));
    if (!death.ok || !proof.ok || death.value.account !== account || death.value.id !== id)
      throw unavailable(account, `${id} cannot be parsed`);
    return { ...death.value, proof: proof.value };
  }
}

const partitionOf = (account: string): string => `deaths-${account}`;

async function find(client: TableClient, partitionKey: string, rowKey: string, abortSignal: AbortSignal) {
  try {
    return await client.getEntity<ReadRow>(partitionKey, rowKey, { abortSignal });
  } catch (error) {
    if (isRowAbsent(error)) return null;
    throw error;
  }
}

function unavailable(account: string, reason: string): BrokerError {
  return new BrokerError('storage_unavailable', 'The record of what was revoked is currently unavailable.', {
    reason: `deaths of ${account}: ${reason}`,
    retryAfter: 1,
  });
}
