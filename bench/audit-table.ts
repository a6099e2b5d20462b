import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TableClient } from '@azure/data-tables';
import { plainTableClient } from './plain-client.ts';

/** An audit table that a process of its own serves. */
export interface AuditTable {
  readonly client: TableClient;
  /** How many requests the client has sent. */
  readonly requests: () => number;
  readonly stop: () => void;
}

/**
 * Starts a process that serves an audit table with so many live tokens and rows of history.
 * @param remembers true: the process works out each page once, so that it hardly uses the processor.
 */
export async function startAuditTable(
  liveRows: number,
  historyRows: number,
  remembers = false,
): Promise<AuditTable> {
  const program = join(import.meta.dirname, 'table-process.ts');
  const child = fork(program, [liveRows, historyRows, Number(remembers)].map(String), {
    execArgv: ['--import', 'tsx'],
  });
  const [url] = (await once(child, 'message')) as [string];
  const client = plainTableClient(url);
  let requests = 0;
  client.pipeline.addPolicy({
    name: 'count',
    sendRequest: (request, next) => {
      requests += 1;
      return next(request);
    },
  });
  return { client, requests: () => requests, stop: () => child.disconnect() };
}
