import { forEachConcurrently } from '../azure-calls/concurrency.ts';
import { pause, withTimeout } from '../azure-calls/timeout.ts';
import { describeTableFault, tableFaultOf } from '../tables/faults.ts';
import type { CommitRow, RowTransport } from '../tables/row-transport.ts';
import type { WaitingRow } from './waiting-row.ts';

type Reader<Row extends CommitRow> = Pick<RowTransport<Row>, 'requestIdOf'>;

/**
 * What reading a row back found:
 * - `ours`: the row that this request wrote.
 * - `other`: a row that another request wrote under the same keys.
 * - `absent`: no row.
 * - `unread`: nothing; the table did not answer before the deadline.
 */
type Finding = 'ours' | 'other' | 'absent' | 'unread';

/** A write that the client stopped waiting for may still take effect a little later. */
const MAX_PROBES = 3;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 800;
const READ_TIMEOUT_MS = 2000;
const READS_AT_ONCE = 10;

/**
 * Settles the rows of one transaction whose outcome is unknown. A transaction is written completely or not at all, so if
 * one row is absent, all are dropped. If that row exists, each of the others is still read before its token may leave.
 * Absent rows are never sent again: the first write may still take effect, and a row without a token is harmless.
 */
export async function settleUnknown<Row extends CommitRow>(
  rows: readonly WaitingRow<Row>[],
  reader: Reader<Row>,
): Promise<void> {
  if (await isWritten(rows, reader)) await settleEach(rows, reader, (row) => row.drop(unknownOutcome(row)));
  else for (const row of rows) row.drop(unknownOutcome(row));
}

/**
 * Settles the rows of a refused transaction that exist in the table, because an earlier try took effect after all.
 * @returns the other rows, which are certain not to be written.
 */
export async function settleExisting<Row extends CommitRow>(
  rows: readonly WaitingRow<Row>[],
  reader: Reader<Row>,
): Promise<WaitingRow<Row>[]> {
  const absent: WaitingRow<Row>[] = [];
  await settleEach(rows, reader, (row) => absent.push(row));
  return absent;
}

async function isWritten<Row extends CommitRow>(
  rows: readonly WaitingRow<Row>[],
  reader: Reader<Row>,
): Promise<boolean> {
  for (let probes = 0; probes < MAX_PROBES; probes += 1) {
    if (probes > 0) await pause(FIRST_PAUSE_MS * 2 ** probes);
    const probe = rows.find((row) => !row.isSettled);
    if (probe === undefined) return false;
    const finding = await readBack(probe, reader);
    if (finding === 'ours') return true;
    if (finding === 'other') return false;
  }
  return false;
}

async function settleEach<Row extends CommitRow>(
  rows: readonly WaitingRow<Row>[],
  reader: Reader<Row>,
  onAbsent: (row: WaitingRow<Row>) => void,
): Promise<void> {
  const open = rows.filter((row) => !row.isSettled);
  await forEachConcurrently(open, READS_AT_ONCE, async (row) => {
    const finding = await readBack(row, reader);
    if (finding === 'ours') row.confirm();
    else if (finding === 'absent') onAbsent(row);
    else row.drop(finding === 'other' ? 'another row has the same keys' : unknownOutcome(row));
  });
}

/** Reads a row back. Repeats a failed read until the row's deadline. */
async function readBack<Row extends CommitRow>(
  waiting: WaitingRow<Row>,
  reader: Reader<Row>,
): Promise<Finding> {
  for (let tries = 0; !waiting.isSettled; tries += 1) {
    if (tries > 0) await pause(Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS));
    try {
      const timeoutMs = Math.min(READ_TIMEOUT_MS, waiting.remaining());
      const requestId = await withTimeout(timeoutMs, (signal) => reader.requestIdOf(waiting.row, signal));
      if (requestId === null) return 'absent';
      return requestId === waiting.row.requestId ? 'ours' : 'other';
    } catch (error) {
      waiting.lastFault = `reading back failed: ${describeTableFault(error)}`;
      if (tableFaultOf(error) === 'unusable') return 'unread';
    }
  }
  return 'unread';
}

const unknownOutcome = (row: { readonly lastFault: string }): string => `outcome unknown: ${row.lastFault}`;
