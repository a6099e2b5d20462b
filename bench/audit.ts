import { loadavg } from 'node:os';
import { type HistoryCost, LIVE_ROWS, measureHistory } from './audit-history.ts';
import { startAuditTable } from './audit-table.ts';
import { type IssuingUnderScans, measureIssuing } from './issuing-under-scans.ts';
import { describeMachine, type Report } from './report.ts';

const SHORT_ROWS = 10_000;
const LONG_ROWS = 1_000_000;
/** Live tokens that the eight scans read: five full pages per shard. */
const SCANNED_ROWS = 40_000;

const isJson = process.argv.includes('--json');
const printRow = (label: string, ...cells: readonly (string | number)[]): void => {
  if (!isJson) console.log(`${label.padEnd(56)}${cells.map((cell) => String(cell).padStart(10)).join('')}`);
};

const machine = describeMachine(loadavg()[0] ?? NaN);
const start = performance.now();

/** Returns the report that `npm run bench:page` writes into docs/performance.md. */
function reportOf(history: readonly HistoryCost[], { ratio, scans }: IssuingUnderScans): Report {
  const figures = [
    ...history.map(({ query, ratio: value, requests }) => ({
      what: `${query}: ${LONG_ROWS.toLocaleString('en')} rows of history ÷ ${SHORT_ROWS.toLocaleString('en')} (${requests.join(' and ')} requests)`,
      value,
      goal: ['at most', 1.2] as const,
    })),
    { what: `p50 of issuing while eight scans run (${scans} ended) ÷ without`, value: ratio },
  ];
  const seconds = Math.round((performance.now() - start) / 1000);
  const title = 'Queries of the audit table';
  return { machine, sections: [{ name: 'audit', title, figures, seconds }] };
}

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
  if (isJson) console.log(JSON.stringify(reportOf(history, issuing)));
} finally {
  for (const { stop } of tables) stop();
}
