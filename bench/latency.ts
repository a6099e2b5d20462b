import { Agent as PlainAgent } from 'node:http';
import { Agent, request as send } from 'node:https';
import { startAcknowledgingAzure } from './acknowledging-azure.ts';
import { sampleLoad, startMeasuredBroker, startSamples, tokenLoad } from './measured-apps.ts';
import { type Load, sendAll, sendOne } from './measured-host.ts';
import { median, type Spread, spread } from './rounds.ts';

const AWAY_MS = 25;
const ROUNDS = 7;
const REQUESTS = 12;
const WARM_UP = 9000;
const BATCH = 100;

export interface Latency {
  /** One token request at a time, relative to one write to the table, without a broker. */
  readonly lone: Spread;
  /** A hello world, which writes nothing, relative to the same: what the host takes by itself. */
  readonly hello: Spread;
  /** A batch of 100 tokens that expire in one hour, relative to a request for one. */
  readonly batch: Spread;
}

/** Measures requests that come one at a time, over a table that acknowledges a write after 25 ms. */
export async function measureLatency(): Promise<Latency> {
  const azure = await startAcknowledgingAzure(AWAY_MS);
  const broker = await startMeasuredBroker(azure, 10);
  const samples = await startSamples(azure);
  // Clients and the broker keep their connections, so each kind of request has one that is open.
  const agent = new Agent({ keepAlive: true, ca: azure.certificate.ca });
  const clients = new PlainAgent({ keepAlive: true });
  try {
    const single = await tokenLoad(azure, broker);
    const many = batchOf(single);
    const hello = sampleLoad(samples, 'hello', 200);
    await sendAll(single, WARM_UP, 64);
    await sendAll(hello, WARM_UP, 64);
    await sendAll(many, 10, 1);
    const write = () => writeRow(`${azure.storage}/state/BrokerAudit`, agent);
    await Promise.all([write(), ...[single, hello].map((load) => sendOne(load, clients))]);
    const rounds: { lone: number; hello: number; batch: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const times = {
        single: [] as number[],
        many: [] as number[],
        hello: [] as number[],
        write: [] as number[],
      };
      // One after the other, so that other load on the machine affects each kind alike.
      for (let request = 0; request < REQUESTS; request += 1) {
        times.write.push(await timeOf(write));
        times.single.push(await timeOf(() => sendOne(single, clients)));
        times.many.push(await timeOf(() => sendOne(many, clients)));
        times.hello.push(await timeOf(() => sendOne(hello, clients)));
      }
      const oneMs = median(times.single);
      const writeMs = median(times.write);
      rounds.push({
        lone: oneMs / writeMs,
        hello: median(times.hello) / writeMs,
        batch: median(times.many) / oneMs,
      });
    }
    const of = (name: 'lone' | 'hello' | 'batch') => spread(rounds.map((round) => round[name]));
    return { lone: of('lone'), hello: of('hello'), batch: of('batch') };
  } finally {
    agent.destroy();
    clients.destroy();
    await samples.stop();
    await broker.stop();
    await azure.stop();
  }
}

function batchOf({ url, headers, body }: Load): Load {
  const requests = Array.from({ length: BATCH }, () => JSON.parse(body) as unknown);
  return { url: `${url}/batch`, headers, body: JSON.stringify({ requests }), status: 200 };
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Sends as many bytes as a row has, over a kept connection. */
function writeRow(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = send(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (reply) => reply.resume().once('end', resolve),
    );
    call.once('error', reject);
    call.end(JSON.stringify({ PartitionKey: 'p', RowKey: 'r'.repeat(900) }));
  });
}
