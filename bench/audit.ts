import { LIVE_ROWS, measureHistory } from './audit-history.ts';
import { startAuditTable } from './audit-table.ts';
import { measureIssuing } from './issuing-under-scans.ts';

const SHORT_ROWS = 10_000;
const LONG_ROWS = 1_000_000;
/** Live tokens that the eight scans read: five full pages per shard. */
const SCANNED_ROWS = 40_000;

const isJson = process.argv.includes('--json');
const printRow = (label: string, ...cells: readonly (string | number)[]): void => {
  if (!isJson) console.log(`${label.padEnd(56)}${cells.map((cell) => String(cell).padStart(10)).join('')}`);
};

const tables = await Promise.all([
  startAuditTable(LIVE_ROWS, SHORT_ROWS),
  startAuditTable(LIVE_ROWS, LONG_ROWS),
  startAuditTable(SCANNED_ROWS, SHORT_ROWS, true),
  startAuditTable(0, 0),
]);
try {
  const [short, long, scanned, written] = tables;
  printRow('1,000,000 rows of history / 10,000', 'time', 'requests');
  const history = await measureHistory(short, long);
  for (const { query, ratio, requests } of history) printRow(query, ratio.toFixed(2), requests.join(' / '));
  const issuing = await measureIssuing(scanned, written);
  printRow('\np50 of issuing while eight scans run / without', issuing.ratio.toFixed(2));
  printRow('scans that ended meanwhile', issuing.scans);
  const rows = { live: LIVE_ROWS, short: SHORT_ROWS, long: LONG_ROWS };
  if (isJson) console.log(JSON.stringify({ rows, history, issuing }));
} finally {
  for (const { stop } of tables) stop();
}
