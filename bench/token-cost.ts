import { startAcknowledgingAzure } from './acknowledging-azure.ts';
import { sampleLoad, startMeasuredBroker, startSamples, tokenLoad } from './measured-apps.ts';
import { type Load, type MeasuredHost, sendAll } from './measured-host.ts';
import { type Spread, spread } from './rounds.ts';

const ROUNDS = 5;
const REQUESTS = 3000;
const WARM_UP = 9000;
export const AT_ONCE = 64;

/** What a whole request costs the process that answers it, in processor time, relative to other requests. */
export interface TokenCost {
  /** An audited token less a hello world, relative to the hello world. */
  readonly overHello: Spread;
  /** An unaudited, unauthenticated token by a cached delegation key, relative to an audited one. */
  readonly cachedSample: Spread;
  /** The same with a delegation key per call. */
  readonly keyPerCallSample: Spread;
  /** A token by the last of 1,000 grants, relative to one by the last of 10. */
  readonly grants: Spread;
  /** As `overHello`, `cachedSample` and `keyPerCallSample`, but of wall time, which other load on the machine disturbs more. */
  readonly wall: {
    readonly overHello: Spread;
    readonly cachedSample: Spread;
    readonly keyPerCallSample: Spread;
  };
  /** Requests to the audit table per token. */
  readonly writes: number;
}

/** Measures requests that arrive 64 at once at a Functions host, over a storage that only acknowledges. */
export async function measureTokenCost(): Promise<TokenCost> {
  const azure = await startAcknowledgingAzure();
  const hosts: MeasuredHost[] = [];
  try {
    const samples = await startSamples(azure);
    hosts.push(samples);
    const few = await startMeasuredBroker(azure, 10);
    hosts.push(few);
    const many = await startMeasuredBroker(azure, 1000);
    hosts.push(many);
    const measures = [
      measureOf(samples, sampleLoad(samples, 'hello', 200)),
      measureOf(samples, sampleLoad(samples, 'cachedKey', 201)),
      measureOf(samples, sampleLoad(samples, 'keyPerCall', 201)),
      measureOf(few, await tokenLoad(azure, few)),
      measureOf(many, await tokenLoad(azure, many)),
    ] as const;
    return await compare(measures, () => azure.writes());
  } finally {
    await Promise.all(hosts.map((host) => host.stop()));
    await azure.stop();
  }
}

/** What one request costs, in milliseconds. */
interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

/** Returns a function that sends requests and returns what one of them costs. */
function measureOf(host: MeasuredHost, load: Load): (requests: number) => Promise<Cost> {
  return async (requests) => {
    const start = performance.now();
    const before = await host.cpuMs();
    await sendAll(load, requests, AT_ONCE);
    const cpu = ((await host.cpuMs()) - before) / requests;
    return { cpu, wall: (performance.now() - start) / requests };
  };
}

type Measure = ReturnType<typeof measureOf>;

async function compare(
  measures: readonly [Measure, Measure, Measure, Measure, Measure],
  writesSoFar: () => number,
): Promise<TokenCost> {
  for (const measure of measures) await measure(WARM_UP);
  const [hello, cached, perCall, few, many] = measures;
  const rounds: { hello: Cost; cached: Cost; perCall: Cost; few: Cost; many: Cost }[] = [];
  const writesBefore = writesSoFar();
  for (let round = 0; round < ROUNDS; round += 1)
    rounds.push({
      hello: await hello(REQUESTS),
      cached: await cached(REQUESTS),
      perCall: await perCall(REQUESTS),
      few: await few(REQUESTS),
      many: await many(REQUESTS),
    });
  const comparedBy = (kind: keyof Cost) => ({
    overHello: spread(rounds.map((round) => (round.few[kind] - round.hello[kind]) / round.hello[kind])),
    cachedSample: spread(rounds.map((round) => round.cached[kind] / round.few[kind])),
    keyPerCallSample: spread(rounds.map((round) => round.perCall[kind] / round.few[kind])),
  });
  return {
    ...comparedBy('cpu'),
    wall: comparedBy('wall'),
    grants: spread(rounds.map((round) => round.many.cpu / round.few.cpu)),
    writes: (writesSoFar() - writesBefore) / (2 * ROUNDS * REQUESTS),
  };
}
