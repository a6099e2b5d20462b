import { type Send, sender } from './body-broker.ts';
import { hostileBatches, hostileBodies, type NamedBody, placesOf, TOKEN_PLACES } from './body-gallery.ts';
import { measureCpuMs, measureRatio, repeat } from './rounds.ts';

const KIB = 1024;
const SINGLE_SIZES = [KIB, 16 * KIB, 64 * KIB];
const BATCH_SIZES = [64 * KIB, 256 * KIB, 1024 * KIB];
/** Every body is tried this often; the slowest are then measured in rounds. */
const TRIALS = 2;
const SLOWEST = 2;
const ROUNDS = 5;
const REPEATS = 5;
const REQUEST =
  '{"permissions":"cw","resource":{"service":"blob","container":"uploads","blob":"inbox/1.jpg"}}';

interface BodyRoute {
  readonly name: string;
  readonly sizes: readonly number[];
  /** A body that the route accepts. White space makes it as long as the hostile ones. */
  readonly good: string;
  readonly hostile: readonly NamedBody[];
}

const single = (name: string, good: string, hostile: readonly NamedBody[]): BodyRoute => {
  return { name, sizes: SINGLE_SIZES, good, hostile };
};

const BODY_ROUTES: readonly BodyRoute[] = [
  single('issueToken', REQUEST, hostileBodies(TOKEN_PLACES)),
  single('explainToken', REQUEST, hostileBodies(TOKEN_PLACES)),
  {
    name: 'issueBatch',
    sizes: BATCH_SIZES,
    good: `{"requests":[${Array(100).fill(REQUEST).join()}]}`,
    hostile: hostileBatches(),
  },
  single('completeToken', '{"outcome":"succeeded"}', hostileBodies(placesOf(['outcome', 'detail']))),
  single(
    'lookUpToken',
    `{"fingerprint":"${'0'.repeat(64)}"}`,
    hostileBodies(placesOf(['token', 'url', 'fingerprint', 'around'])),
  ),
  single('startRotation', '{"reason":"test"}', hostileBodies(placesOf(['reason', 'takeOver']))),
  single(
    'putPolicy',
    '{"permissions":"r","startsAt":"2026-11-22T15:00:00Z","expiresAt":"2026-11-22T16:00:00Z"}',
    hostileBodies(placesOf(['permissions', 'startsAt', 'expiresAt'])),
  ),
  single(
    'revoke',
    '{"target":{"account":"media"}}',
    hostileBodies([...placesOf(['reason', 'lever', 'planHash']), ['{"target":{"account":"', '"}}']]),
  ),
];

export interface BodyCost {
  readonly route: string;
  /** In bytes. */
  readonly size: number;
  /** The processor time of the slowest hostile body, relative to a good one of the same size. */
  readonly timeRatio: number;
  readonly slowest: string;
  /** The length of the longest reply, relative to the reply to the good body. */
  readonly replyRatio: number;
}

/** Measures the worst of many hostile bodies for each route and size, relative to a good body of that size. */
export async function measureBodies(): Promise<BodyCost[]> {
  const costs: BodyCost[] = [];
  for (const route of BODY_ROUTES) {
    const send = sender(route.name);
    for (const size of route.sizes) costs.push(await measureSize(send, route, size));
  }
  return costs;
}

interface Trial {
  readonly name: string;
  readonly body: string;
  readonly ms: number;
  readonly replyBytes: number;
}

async function measureSize(send: Send, { name, good, hostile }: BodyRoute, size: number): Promise<BodyCost> {
  const goodBody = good.padEnd(size);
  const goodReply = await send(goodBody);
  const trials: Trial[] = [];
  for (const one of hostile) trials.push(await tryBody(send, one.name, one.body(size)));
  const longestReply = Math.max(...trials.map(({ replyBytes }) => replyBytes));
  const slowest = trials.sort((left, right) => right.ms - left.ms).slice(0, SLOWEST);
  let worst = { timeRatio: 0, slowest: '' };
  for (const { name: body, body: text } of slowest) {
    const sendHostile = repeat(REPEATS, () => send(text));
    const sendGood = repeat(REPEATS, () => send(goodBody));
    const timeRatio = await measureRatio(ROUNDS, sendHostile, sendGood, () => undefined, measureCpuMs);
    if (timeRatio > worst.timeRatio) worst = { timeRatio, slowest: body };
  }
  return { route: name, size, ...worst, replyRatio: longestReply / goodReply };
}

async function tryBody(send: Send, name: string, body: string): Promise<Trial> {
  let replyBytes = 0;
  let ms = Infinity;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const lasted = await measureCpuMs(async () => {
      replyBytes = await send(body);
    });
    ms = Math.min(ms, lasted);
  }
  return { name, body, ms, replyBytes };
}
