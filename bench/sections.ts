import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../local/ports.ts';
import { startStack } from '../local/stack.ts';
import { measureAuditWrites } from './audit-writes.ts';
import { measureBodies } from './bodies.ts';
import { measureAuthorize, measureTokenRecall } from './decisions.ts';
import { measureLatency } from './latency.ts';
import { measureOverload } from './overload.ts';
import { measurePlan } from './plans.ts';
import type { Figure, Goal } from './report.ts';
import { measureSigning } from './signing.ts';
import { AT_ONCE, measureTokenCost } from './token-cost.ts';
import { measureTokenMemory } from './token-memory.ts';

/** A part of the benchmark that runs on its own. */
export interface BenchSection {
  readonly name: string;
  readonly title: string;
  readonly run: () => Promise<Figure[]>;
}

const figure = (what: string, value: number, goal?: Goal): Figure =>
  goal === undefined ? { what, value } : { what, value, goal };

/** Every section, in the order of the page. */
export const SECTIONS: readonly BenchSection[] = [
  {
    name: 'token',
    title: `A whole request, ${AT_ONCE} at once, over a storage that only acknowledges`,
    run: tokenFigures,
  },
  { name: 'latency', title: 'Latency, over a table 25 ms away', run: latencyFigures },
  { name: 'overload', title: 'Overload', run: overloadFigures },
  { name: 'signing', title: 'Signing, with verification, URL and fingerprint', run: signingFigures },
  { name: 'decisions', title: 'Decisions', run: decisionFigures },
  { name: 'memory', title: 'Memory', run: memoryFigures },
  { name: 'writes', title: 'Audit rows appended at once, one partition of the emulator', run: writeFigures },
  {
    name: 'bodies',
    title: 'The worst body that a route can be sent, and a good one of its size',
    run: bodyFigures,
  },
];

async function tokenFigures(): Promise<Figure[]> {
  const cost = await measureTokenCost();
  return [
    {
      what: 'processor time: (audited token − hello world) ÷ hello world',
      ...cost.overHello,
      goal: ['at most', 1.5],
    },
    {
      what: 'processor time: unaudited, unauthenticated token by a cached key ÷ audited token',
      ...cost.cachedSample,
      goal: ['at least', 0.6],
    },
    {
      what: 'processor time: the same with a key per call ÷ audited token',
      ...cost.keyPerCallSample,
      goal: ['at least', 10],
    },
    {
      what: 'processor time: audited token among 1,000 grants ÷ among 10',
      ...cost.grants,
      goal: ['at most', 1.1],
    },
    { what: 'wall time: (audited token − hello world) ÷ hello world', ...cost.wall.overHello },
    { what: 'wall time: token by a cached key ÷ audited token', ...cost.wall.cachedSample },
    { what: 'wall time: token with a key per call ÷ audited token', ...cost.wall.keyPerCallSample },
    { what: 'round trips to the audit table per token', value: cost.writes, goal: ['at most', 0.03] },
  ];
}

async function latencyFigures(): Promise<Figure[]> {
  const { lone, hello, batch } = await measureLatency();
  return [
    { what: 'a lone audited request ÷ one table round trip', ...lone, goal: ['at most', 1.1] },
    { what: 'a hello world, which writes nothing ÷ one table round trip', ...hello },
    { what: 'a batch of 100 ÷ a single request', ...batch, goal: ['at most', 2] },
  ];
}

async function overloadFigures(): Promise<Figure[]> {
  const { worst, refused, refusedAtHalf } = await measureOverload();
  return [
    {
      what: 'p99 of accepted requests at twice the saturating load ÷ (allowed wait + 3 × p99 at half of it)',
      value: worst,
      goal: ['at most', 1],
    },
    figure('share of requests refused at twice the load', refused),
    figure('share refused at half of the load', refusedAtHalf, ['at most', 0]),
  ];
}

async function signingFigures(): Promise<Figure[]> {
  const costs = await measureSigning();
  return costs.flatMap(({ token, overHmac, overSdk }) => [
    figure(`${token} ÷ one HMAC-SHA256 of a string of the same length`, overHmac),
    ...(overSdk === null ? [] : [figure(`${token} ÷ the SDK's call`, overSdk, ['at most', 1.3])]),
  ]);
}

async function decisionFigures(): Promise<Figure[]> {
  return [
    figure('authorize among 1,000 grants ÷ among 10', await measureAuthorize(), ['at most', 1.2]),
    figure('look up a cached bearer token ÷ verify it (RS256)', await measureTokenRecall()),
  ];
}

async function memoryFigures(): Promise<Figure[]> {
  return [
    figure('after 1,000,000 tokens ÷ after 10,000', await measureTokenMemory(), ['at most', 1.1]),
    figure('of a plan after 1,000,000 rows ÷ after 10,000', measurePlan()),
  ];
}

async function writeFigures(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const stack = await startStack({ folder, ports: freePorts, samples: false, inMemory: true });
  try {
    const writes = await measureAuditWrites(stack);
    return writes.flatMap(({ appends, rowsPerWrite, ratio }) => [
      figure(`${appends} at once: rows per write`, rowsPerWrite),
      figure(`${appends} at once: time with group commit ÷ one row per write over 64 connections`, ratio),
    ]);
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Only the worst size of each route: the page has a line per route. */
async function bodyFigures(): Promise<Figure[]> {
  const costs = await measureBodies();
  return [...new Set(costs.map(({ route }) => route))].flatMap((route) => {
    const own = costs.filter((cost) => cost.route === route);
    return [
      figure(`${route}: processor time`, Math.max(...own.map(({ timeRatio }) => timeRatio))),
      figure(`${route}: length of the reply`, Math.max(...own.map(({ replyRatio }) => replyRatio))),
    ];
  });
}
