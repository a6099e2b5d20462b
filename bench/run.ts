import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../local/ports.ts';
import { startStack } from '../local/stack.ts';
import { auditWrites } from './audit-writes.ts';
import { authorizing, recalling } from './deciding.ts';
import { signing } from './signing.ts';

const figure = (value: number): string =>
  value.toLocaleString('en', { maximumSignificantDigits: value < 100 ? 2 : 4 }).padStart(8);
const say = (what: string, ...values: number[]): void =>
  console.log(`${what.padEnd(54)}${values.map(figure).join('')}`);

console.log(
  'Ratios of times, each the median of several rounds; below 1 is faster than what it is compared with.\n',
);
for (const { what, time } of await signing()) say(`sign a token (${what}) / one HMAC`, time);
say('recall a bearer token / verify it', await recalling());
say('authorize among 1,000 grants / among 10', await authorizing());

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const stack = await startStack({ folder, ports: freePorts, samples: false, inMemory: true });
try {
  const writes = await auditWrites(stack);
  console.log();
  say('audit rows appended at once', ...writes.map(({ appends }) => appends));
  say('rows a write, by group commit', ...writes.map(({ rowsPerWrite }) => rowsPerWrite));
  say('time, group commit / one row a write', ...writes.map(({ time }) => time));
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}
