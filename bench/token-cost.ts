import { startAcknowledgingAzure } from './acknowledging-azure.ts';
import { sampleLoad, startMeasuredBroker, startSamples, tokenLoad } from './measured-apps.ts';
import { type Load, type MeasuredHost, sendAll } from './measured-host.ts';
import { median } from './rounds.ts';

const ROUNDS = 5;
const REQUESTS = 1000;
const WARM_UP = 1500;
export const AT_ONCE = 64;

/** What a whole request costs the process that answers it, in processor time, relative to other requests. */
export interface TokenCost {
  /** An audited token less a hello world, relative to the hello world. */
  readonly overHello: number;
  /** An unaudited, unauthenticated token by a cached delegation key, relative to an audited one. */
  readonly cachedSample: number;
  /** The same with a delegation key per call. */
  readonly keyPerCallSample: number;
  /** A token by the last of 1,000 grants, relative to one by the last of 10. */
  readonly grants: number;
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

/** Returns a function that sends requests and returns the processor time of one, in milliseconds. */
function measureOf(host: MeasuredHost, load: Load): (requests: number) => Promise<number> {
  return async (requests) => {
    const before = await host.cpuMs();
    await sendAll(load, requests, AT_ONCE);
    return ((await host.cpuMs()) - before) / requests;
  };
}

type Measure = ReturnType<typeof measureOf>;

async function compare(
  measures: readonly [Measure, Measure, Measure, Measure, Measure],
  writesSoFar: () => number,
): Promise<TokenCost> {
  for (const measure of measures) await measure(WARM_UP);
  const rounds: Omit<TokenCost, 'writes'>[] = [];
  const writesBefore = writesSoFar();
  for (let round = 0; round < ROUNDS; round += 1) {
    const costs: number[] = [];
    for (const measure of measures) costs.push(await measure(REQUESTS));
    const [hello = NaN, cached = NaN, perCall = NaN, few = NaN, many = NaN] = costs;
    rounds.push({
      overHello: (few - hello) / hello,
      cachedSample: cached / few,
      keyPerCallSample: perCall / few,
      grants: many / few,
    });
  }
  const medianOf = (name: keyof Omit<TokenCost, 'writes'>) => median(rounds.map((round) => round[name]));
  return {
    overHello: medianOf('overHello'),
    cachedSample: medianOf('cachedSample'),
    keyPerCallSample: medianOf('keyPerCallSample'),
    grants: medianOf('grants'),
    writes: (writesSoFar() - writesBefore) / (2 * ROUNDS * REQUESTS),
  };
}
