/** Runs one purge, to its end or until it kills itself at a boundary, as `kill -9` would. */
import { purgeAudit, type PurgePorts } from '../../shared/audit/purge-audit.ts';
import { PURGE_TIMES, purgeOnStack, type PurgePlace } from './purge-on-stack.ts';

/** `before deletion 2`: before the second transaction is sent. There are two events, one before the deletions and one after. */
export type PurgeBoundary = `${'before' | 'after'} ${'deletion' | 'event'} ${number}`;
export interface PurgeChildOrder {
  readonly place: PurgePlace;
  readonly dieAt: PurgeBoundary | null;
}

const { place, dieAt } = JSON.parse(process.argv[2] ?? '') as PurgeChildOrder;
const ports = purgeOnStack(place);
const counts = { deletion: 0, event: 0 };

async function around<T>(what: 'deletion' | 'event', act: () => Promise<T>): Promise<T> {
  const number = (counts[what] += 1);
  passes(`before ${what} ${number}`);
  const result = await act();
  passes(`after ${what} ${number}`);
  return result;
}

function passes(boundary: PurgeBoundary): void {
  if (boundary === dieAt) process.kill(process.pid, 'SIGKILL');
}

const { partitions, events } = ports;
const watched: PurgePorts = {
  ...ports,
  partitions: {
    tableTime: (deadline) => partitions.tableTime(deadline),
    firstPartition: (range, deadline) => partitions.firstPartition(range, deadline),
    rowKeys: (key, deadline) => partitions.rowKeys(key, deadline),
    deleteRows: (key, rows, deadline) => around('deletion', () => partitions.deleteRows(key, rows, deadline)),
  },
  events: { appendEvent: (event, deadline) => around('event', () => events.appendEvent(event, deadline)) },
};

await purgeAudit(watched, PURGE_TIMES);
