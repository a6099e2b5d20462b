import { parseArgs } from 'node:util';
import { SHARDS } from '../shared/audit/row-keys.ts';
import { drawFullestShard, type FullestShard } from './scale/fullest-shard.ts';
import { raiseLoad, type Step } from './scale/raise-load.ts';
import { DEFAULTS, type Scenario } from './scale/scenario.ts';

interface Part {
  readonly name: string;
  readonly steps: readonly Step[];
}

const HOURS_OF_A_DAY = Array.from({ length: 24 }, (_, hour) => hour * 3600 + 900);
const OVERLOAD_SECONDS = 12;

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(DEFAULTS.seed) },
    instances: { type: 'string', default: String(DEFAULTS.instances) },
    shards: { type: 'string', default: String(SHARDS) },
    rate: { type: 'string', default: String(DEFAULTS.rate) },
    seconds: { type: 'string', default: String(DEFAULTS.seconds) },
    'round-trip': { type: 'string', default: String(DEFAULTS.roundTripMs) },
  },
});
const base: Scenario = {
  ...DEFAULTS,
  seed: positive('seed'),
  instances: positive('instances'),
  shards: positive('shards'),
  rate: positive('rate'),
  seconds: positive('seconds'),
  roundTripMs: positive('round-trip'),
};
const { instances, shards, rate } = base;
const brief: Scenario = { ...base, seconds: Math.min(base.seconds, 6) };
const one: Scenario = { ...brief, instances: 1 };
const times = (...factors: number[]): number[] => factors.map((factor) => factor * rate);

const parts: Part[] = [];
/** Simulates one part and prints its lines as soon as they are known. */
async function simulatePart(name: string, scenario: Scenario, rates: readonly number[]): Promise<void> {
  const part: Part = { name, steps: await raiseLoad(scenario, rates) };
  parts.push(part);
  if (!options.json) printPart(part);
}

if (!options.json) printHead();
await simulatePart(`${instances} instances, ${shards} shards, one lifetime`, base, [rate]);
await simulatePart('more load', brief, times(1.2, 1.4, 1.6, 1.8, 2, 2.2));
await simulatePart('overload', { ...base, seconds: OVERLOAD_SECONDS }, times(2));
await simulatePart(`${shards * 4} shards`, { ...brief, shards: shards * 4 }, times(1.4, 1.8, 2, 2.2));
await simulatePart('lifetimes up to a day', { ...brief, lifetimesSeconds: HOURS_OF_A_DAY }, times(1.8, 2.2));
await simulatePart('one instance', one, [1000, 1500, 1900, 2200]);
await simulatePart('one instance, table 100 ms away', { ...one, roundTripMs: 100 }, [400, 600, 800, 1000]);

const fullest = [
  [10, shards],
  [40, shards],
  [100, shards],
  [1000, shards],
  [40, shards * 2],
  [100, shards * 2],
  [100, shards * 4],
].map(([count, among]) => {
  const maxOnShard = (base.limits.partitionPerSecond * count!) / rate;
  return drawFullestShard(count!, among!, maxOnShard, base.seed);
});

if (options.json) console.log(JSON.stringify({ scenario: base, parts, fullestShards: fullest }, null, 2));
else printFullest(fullest);

const steps = parts.flatMap((part) => part.steps);
if (steps.some(({ figures }) => figures.unaudited > 0 || figures.oversized > 0)) {
  console.error('A token left without a row, or a transaction exceeded a limit.');
  process.exitCode = 1;
}

/** Returns the number that an option gives. */
function positive(name: Exclude<keyof typeof options, 'json'>): number {
  const value = Number(options[name]);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new RangeError(`--${name} must be a number above 0`);
}

function printHead(): void {
  console.log(
    `Table storage with ${DEFAULTS.limits.partitionPerSecond} entities/s per partition and ${DEFAULTS.limits.accountPerSecond}/s per account.`,
  );
  console.log(`Round trips: median ${base.roundTripMs} ms. Seed ${base.seed}. Times are virtual.\n`);
  printLine('', [
    'tokens/s',
    'p50 ms',
    'p95',
    'p99',
    'writes/s',
    'rows each',
    'fullest/s',
    'busy',
    '503 %',
    'unaudited',
    'broken by',
  ]);
}

function printPart({ name, steps: all }: Part): void {
  for (const { rate: tokens, figures, brokenBy } of all)
    printLine(name, [
      format(tokens),
      format(figures.latencyMs.p50),
      format(figures.latencyMs.p95),
      format(figures.latencyMs.p99),
      format(figures.transactionsPerSecond),
      figures.entitiesPerTransaction.toFixed(1),
      format(figures.fullestPartitionPerSecond),
      format(figures.serverBusy.partition + figures.serverBusy.account),
      ((100 * (figures.requests - figures.issued)) / figures.requests).toFixed(2),
      format(figures.unaudited),
      brokenBy ?? '–',
    ]);
}

function printFullest(all: readonly FullestShard[]): void {
  console.log(
    '\nEach instance picks a shard at random. What the fullest shard then lets through, with one lifetime:\n',
  );
  printLine('', ['instances', 'tokens/s', '1 in 100', `< ${format(rate)}`]);
  for (const { instances: count, shards: among, p50, p99, overfull } of all)
    printLine(`${count} instances, ${among} shards`, [
      format(p50),
      perSecond(count, p50),
      perSecond(count, p99),
      `${(100 * overfull).toFixed(1)} %`,
    ]);
}

/** Formats how many tokens per second fill the partition of the fullest shard. */
function perSecond(count: number, onFullest: number): string {
  return format((DEFAULTS.limits.partitionPerSecond * count) / onFullest);
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function printLine(name: string, cells: readonly string[]): void {
  console.log(`${name.padEnd(40)}${cells.map((cell) => cell.padStart(11)).join('')}`);
}
