import { forEachConcurrently } from '../azure-calls/concurrency.ts';
import { describeTableFault, tableFaultOf } from '../tables/faults.ts';
import { pause, withTimeout } from '../azure-calls/timeout.ts';
import type { CommitRow, RowTransport } from '../tables/row-transport.ts';
import type { WaitingRow } from './waiting-row.ts';

type Reader<Row extends CommitRow> = Pick<RowTransport<Row>, 'requestIdOf'>;

/** ours: written by this very request; other: another's row stands there; unread: no answer before the deadline. */
type Sight = 'ours' | 'other' | 'absent' | 'unread';

/** A write that the client gave up on may land a little later. */
const LOOKS = 3;
const LOOK_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 800;
const READ_LIMIT_MS = 2000;
const READS_AT_ONCE = 10;

/**
 * Settles the rows of one transaction whose outcome is unknown. It landed whole or not at all, so where one row is
 * absent all are dropped; where it is there, each of the others is still read before its token may leave. Absent rows
 * are never sent again: the first write may land yet, and a row without a token is harmless.
 */
export async function settleUnknown<Row extends CommitRow>(
  rows: readonly WaitingRow<Row>[],
  reader: Reader<Row>,
): Promise<void> {
  if (await hasLanded(rows, reader)) await settleEach(rows, reader, (row) => row.dropped(lost(row)));
  else for (const row of rows) row.dropped(lost(row));
}

/**
 * Settles those rows of a refused transaction that stood in the table before (an earlier try landed after all), and
 * returns the others: they are known not to be written.
 */
export async function settleExisting<Row extends CommitRow>(
  rows: readonly WaitingRow<Row>[],
  reader: Reader<Row>,
): Promise<WaitingRow<Row>[]> {
  const absent: WaitingRow<Row>[] = [];
  await settleEach(rows, reader, (row) => absent.push(row));
  return absent;
}

async function hasLanded<Row extends CommitRow>(
  rows: readonly WaitingRow<Row>[],
  reader: Reader<Row>,
): Promise<boolean> {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    if (looks > 0) await pause(LOOK_PAUSE_MS * 2 ** looks);
    const probe = rows.find((row) => !row.settled);
    if (probe === undefined) return false;
    const sight = await look(probe, reader);
    if (sight === 'ours') return true;
    if (sight === 'other') return false;
  }
  return false;
}

async function settleEach<Row extends CommitRow>(
  rows: readonly WaitingRow<Row>[],
  reader: Reader<Row>,
  onAbsent: (row: WaitingRow<Row>) => void,
): Promise<void> {
  const open = rows.filter((row) => !row.settled);
  await forEachConcurrently(open, READS_AT_ONCE, async (row) => {
    const sight = await look(row, reader);
    if (sight === 'ours') row.written();
    else if (sight === 'absent') onAbsent(row);
    else row.dropped(sight === 'other' ? 'another row has its keys' : lost(row));
  });
}

/** Reads again after a failed read for as long as the row can wait. */
async function look<Row extends CommitRow>(waiting: WaitingRow<Row>, reader: Reader<Row>): Promise<Sight> {
  for (let tries = 0; !waiting.settled; tries += 1) {
    if (tries > 0) await pause(Math.min(LOOK_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS));
    try {
      const limit = Math.min(READ_LIMIT_MS, waiting.remaining());
      const requestId = await withTimeout(limit, (signal) => reader.requestIdOf(waiting.row, signal));
      if (requestId === null) return 'absent';
      return requestId === waiting.row.requestId ? 'ours' : 'other';
    } catch (error) {
      waiting.lastFault = `read back: ${describeTableFault(error)}`;
      if (tableFaultOf(error) === 'unusable') return 'unread';
    }
  }
  return 'unread';
}

const lost = (row: { readonly lastFault: string }): string => `outcome unknown: ${row.lastFault}`;
