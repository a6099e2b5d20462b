import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSection } from './page.ts';
import type { Report } from './report.ts';

/*
 * Writes what benchmarks found into docs/performance.md: npm run bench:page -- bench.json …
 * Each file has the line that a benchmark prints with `--json`. A section that is in no file stays as it is.
 */

const PAGE = join(import.meta.dirname, '../docs/performance.md');

let page = readFileSync(PAGE, 'utf8');
for (const file of process.argv.slice(2)) {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  for (const section of report.sections) page = withSection(page, report, section);
}
writeFileSync(PAGE, page);
