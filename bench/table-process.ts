import { tableWithHistory } from '../test/fakes/audit-queries.ts';
import { startTableServer } from './table-server.ts';

/** A process that serves an audit table. Its arguments: how many live tokens, how many rows of history, and 1 if it remembers pages. */
const [liveRows = 0, historyRows = 0, remembers = 0] = process.argv.slice(2).map(Number);
const server = await startTableServer(tableWithHistory(liveRows, historyRows), remembers === 1);
process.send?.(server.url);
process.on('disconnect', () => void server.stop());
