import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../local/ports.ts';
import { startStack } from '../local/stack.ts';
import { measureAuditWrites } from './audit-writes.ts';
import { measureBodies } from './bodies.ts';
import { measureAuthorize, measureTokenRecall } from './decisions.ts';
import { measurePlan } from './plans.ts';
import { measureSigning } from './signing.ts';
import { AT_ONCE, measureTokenCost } from './token-cost.ts';
import { measureTokenMemory } from './token-memory.ts';

const formatFigure = (value: number): string =>
  value.toLocaleString('en', { maximumSignificantDigits: value < 100 ? 2 : 4 }).padStart(8);
const printRow = (label: string, ...values: number[]): void =>
  console.log(`${label.padEnd(54)}${values.map(formatFigure).join('')}`);

console.log(
  'Ratios of times, each the median of several rounds. Below 1, the first is faster than the second.\n',
);
for (const { token, overHmac, overSdk } of await measureSigning()) {
  printRow(`sign a token (${token}) / one HMAC`, overHmac);
  if (overSdk !== null) printRow(`sign a token (${token}) / the SDK's call`, overSdk);
}
printRow('recall a bearer token / verify it', await measureTokenRecall());
printRow('authorize among 1,000 grants / among 10', await measureAuthorize());
printRow('memory after 1,000,000 tokens / after 10,000', await measureTokenMemory());
printRow('memory of a plan after 1,000,000 rows / after 10,000', measurePlan());

const cost = await measureTokenCost();
console.log(`\nprocessor time of a request, ${AT_ONCE} at once, over a table that only acknowledges`);
printRow('(audited token - hello world) / hello world', cost.overHello);
printRow('token by a cached key, unaudited / audited token', cost.cachedSample);
printRow('token with a key per call, unaudited / audited token', cost.keyPerCallSample);
printRow('audited token among 1,000 grants / among 10', cost.grants);
printRow('round trips to the audit table per token', cost.writes);

console.log(`\n${'the worst body / a good one of the same size, by route'.padEnd(58)}KiB    time   reply`);
for (const { route, size, timeRatio, replyRatio, slowest } of await measureBodies())
  console.log(
    `${route.padEnd(16)}${slowest.slice(0, 40).padEnd(38)}${[size / 1024, timeRatio, replyRatio].map(formatFigure).join('')}`,
  );

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const stack = await startStack({ folder, ports: freePorts, samples: false, inMemory: true });
try {
  const writes = await measureAuditWrites(stack);
  console.log();
  printRow('audit rows appended at once', ...writes.map(({ appends }) => appends));
  printRow('rows per write, with group commit', ...writes.map(({ rowsPerWrite }) => rowsPerWrite));
  printRow('time, group commit / one row per write', ...writes.map(({ ratio }) => ratio));
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}
