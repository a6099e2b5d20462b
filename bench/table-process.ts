import { tableWithHistory } from '../test/fakes/audit-queries.ts';
import { startTableServer } from './table-server.ts';

/** A process that serves an audit table. Its arguments are the numbers of live tokens and of rows of history. */
const [liveRows = 0, historyRows = 0] = process.argv.slice(2).map(Number);
const server = await startTableServer(tableWithHistory(liveRows, historyRows));
process.send?.(server.url);
process.on('disconnect', () => void server.stop());
