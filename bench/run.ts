import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { describeMachine, figureLine, type Section } from './report.ts';
import { type BenchSection, SECTIONS } from './sections.ts';

/*
 * Prints ratios, never times: npm run bench -- [--only token,latency] [--json]
 * With --json, prints one line, which `npm run bench:page` writes into docs/performance.md.
 */

const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' } } });
const only = values.only?.split(',');
const unknown = only?.find((name) => SECTIONS.every((section) => section.name !== name));
if (unknown !== undefined)
  throw new Error(
    `${unknown} is not a section; expected one of ${SECTIONS.map(({ name }) => name).join(', ')}`,
  );

const print = (line: string): void => {
  if (values.json !== true) console.log(line);
};

async function runSection({ name, title, run }: BenchSection): Promise<Section> {
  print(`\n${title}`);
  const start = performance.now();
  const figures = await run();
  const seconds = Math.round((performance.now() - start) / 1000);
  for (const figure of figures) print(figureLine(figure));
  return { name, title, figures, seconds };
}

const machine = describeMachine(loadavg()[0] ?? NaN);
print(`Ratios on ${machine.processor}, ${machine.cores} cores, Node ${machine.node}.`);
const sections: Section[] = [];
for (const section of SECTIONS)
  if (only === undefined || only.includes(section.name)) sections.push(await runSection(section));
if (values.json === true) console.log(JSON.stringify({ machine, sections }));
