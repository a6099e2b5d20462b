import { expect } from 'vitest';
import type { ClientProcess, Outcome } from './client-process.ts';
import { type Act, problem, type ScriptedBroker } from './scripted-broker.ts';

/** A client under test, and the broker that it calls. */
export interface Stage {
  readonly broker: ScriptedBroker;
  /** Runs a command with the client. */
  readonly run: (name: string, members?: object) => Promise<Outcome>;
  /** Gets a token and returns its id, or the code of the problem. */
  readonly ask: (members?: object) => Promise<string>;
  /** Makes the client with other options: `maxKept`, `retry`, `timeoutMs`. */
  readonly renew: (options: object) => Promise<void>;
}

const request = { url: 'https://media.example/uploads/1', permissions: 'c' };
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Sets a client of a process on a stage. The waits between its tries are short. */
export async function setStage(
  process: ClientProcess,
  name: string,
  broker: ScriptedBroker,
  endpoint: string,
): Promise<Stage> {
  const run = (command: string, members: object = {}) =>
    process.run(command, { broker: name, request, ...members });
  const renew = async (options: object) => {
    const short = { endpoint, retry: { attempts: 5, maxDelayMs: 20 }, timeoutMs: 5000 };
    expect(await run('new', { options: { ...short, ...options } })).toEqual({ value: null });
  };
  await renew({});
  return { broker, run, renew, ask: async (members) => short(await run('token', members)) };
}

/** Returns a token's id, the code of a problem, or another error. */
function short(outcome: Outcome): string {
  if ('problem' in outcome) return String(outcome.problem['code']);
  return 'error' in outcome
    ? outcome.error
    : String((outcome.value as { id?: string } | null)?.id ?? outcome.value);
}

const completions = (broker: ScriptedBroker) =>
  broker.calls
    .filter(({ path }) => path.endsWith('/completion'))
    .map(({ path, body }) => [path.split('/')[3], body]);

const retried = (name: string, act: Act): [string, (stage: Stage) => Promise<void>] => [
  `tries again after ${name}, five times in all`,
  async ({ broker, ask }) => {
    broker.acts.push(act, act, act, act);
    expect([await ask(), broker.calls.length]).toEqual(['id-1', 5]);
    broker.acts.push(act, act, act, act, act);
    expect(await ask({ request: { ...request, permissions: 'r' } })).toMatch(
      /^(?:no_reply|rate_limited|http_502|overloaded)$/,
    );
    expect(broker.calls).toHaveLength(10);
  },
];

const ISSUING: readonly [string, (stage: Stage) => Promise<void>][] = [
  [
    'keeps a token, and shares a call among equal requests whatever the order of their members',
    async ({ broker, ask, run }) => {
      const same = { permissions: 'c', url: request.url };
      const all = await Promise.all([ask(), ask({ request: same }), ask()]);
      expect([...all, await ask(), short(await run('source'))]).toEqual(Array(5).fill('id-1'));
      expect(broker.calls).toMatchObject([
        { authorization: 'Bearer bearer-1', body: request, path: '/api/tokens' },
      ]);
      expect(await ask({ request: { ...request, permissions: 'r' } })).toBe('id-2');
    },
  ],
  [
    'serves the kept token past refreshAfter while it gets another one in the background',
    async ({ broker, ask }) => {
      broker.life.refreshIn = 0;
      expect(await ask()).toBe('id-1');
      broker.life.refreshIn = 80;
      expect(await ask()).toBe('id-1');
      await expect.poll(ask, { interval: 10 }).toBe('id-2');
      expect(broker.calls).toHaveLength(2);
    },
  ],
  [
    'serves the kept token while a refresh fails, which it does not try again at once',
    async ({ broker, ask, renew }) => {
      await renew({ retry: { attempts: 1, maxDelayMs: 20 } });
      broker.life.refreshIn = 0;
      await ask();
      broker.acts.push(problem(503, 'overloaded'));
      for (let asked = 0; asked < 5; asked += 1) {
        expect(await ask()).toBe('id-1');
        await sleep(20);
      }
      expect(broker.calls).toHaveLength(2);
    },
  ],
  [
    'waits for another token just before the kept one expires',
    async ({ broker, ask }) => {
      Object.assign(broker.life, { expiresIn: 1, refreshIn: 0 });
      expect([await ask(), await ask()]).toEqual(['id-1', 'id-2']);
    },
  ],
  [
    'asks once for 50 uses, whatever the clock of its machine shows',
    async ({ broker, run, ask }) => {
      for (const seconds of [3600, -3600, 0]) {
        await run('clock', { seconds });
        expect(await ask({ times: 50 })).toBe('id-1');
      }
      expect(broker.calls).toHaveLength(1);
    },
  ],
  [
    'forgets the token that was used least recently, past maxKept',
    async ({ ask, renew }) => {
      await renew({ maxKept: 2 });
      const of = (permissions: string) => ask({ request: { ...request, permissions } });
      const asked = [
        await of('r'),
        await of('w'),
        await of('r'),
        await of('d'),
        await of('r'),
        await of('w'),
      ];
      expect(asked).toEqual(['id-1', 'id-2', 'id-1', 'id-3', 'id-1', 'id-4']);
    },
  ],
  [
    'asks for 100 at a time, for none that it has, and returns problems in their places',
    async ({ broker, run, ask }) => {
      const requests = Array.from({ length: 102 }, (_, index) => ({
        ...request,
        url: `https://media.example/uploads/${index}`,
      }));
      await ask({ request: requests[0] });
      const denied = { status: 403, problem: { code: 'forbidden', detail: 'No.', requestId: 'r-1' } };
      const results = Array.from({ length: 100 }, (_, index) => ({
        status: 201,
        token: broker.token(index + 500),
      }));
      broker.acts.push({ status: 200, body: { results: [denied, ...results.slice(1)] } });
      const { value } = (await run('tokens', { requests: [...requests, requests[0]] })) as {
        value: Record<string, unknown>[];
      };
      expect(broker.of('/tokens/batch').map(({ body }) => (body['requests'] as unknown[]).length)).toEqual([
        100, 1,
      ]);
      expect(value).toHaveLength(103);
      expect(value[1]).toMatchObject({ status: 403, code: 'forbidden', requestId: 'r-1' });
      expect([0, 2, 100, 101, 102].map((index) => value[index]!['id'])).toEqual([
        'id-1',
        'id-501',
        'id-599',
        'id-2',
        'id-1',
      ]);
    },
  ],
  [
    'remembers a denial shortly, and no other failure',
    async ({ broker, ask }) => {
      broker.acts.push(problem(403, 'forbidden'), problem(400, 'invalid_request'));
      expect([await ask(), await ask(), broker.calls.length]).toEqual(['forbidden', 'forbidden', 1]);
      const other = { request: { ...request, permissions: 'r' } };
      expect([await ask(other), await ask(other)]).toEqual(['invalid_request', 'id-1']);
    },
  ],
];

const CALLING: readonly [string, (stage: Stage) => Promise<void>][] = [
  retried('a connection reset', 'reset'),
  retried('a reply that is cut off', 'cut'),
  retried('429', problem(429, 'rate_limited', { 'retry-after': '0' })),
  retried('502', { status: 502, body: '<html>' }),
  retried('503', problem(503, 'overloaded', { 'retry-after': '0' })),
  [
    'tries again after 504, and after a try that takes too long',
    async ({ broker, ask, renew }) => {
      await renew({ timeoutMs: 1000 });
      broker.acts.push({ status: 504 }, 'late');
      expect([await ask(), broker.calls.length]).toEqual(['id-1', 3]);
    },
  ],
  [
    'waits as long as Retry-After says, and gives up at once if that is too long',
    async ({ broker, ask, renew }) => {
      await renew({ retry: { attempts: 5, maxDelayMs: 1500 } });
      broker.acts.push(
        problem(503, 'overloaded', { 'retry-after': '1' }),
        problem(503, 'overloaded', { 'retry-after': '2' }),
      );
      expect([await ask(), broker.calls.length]).toEqual(['overloaded', 2]);
      // A timer may fire a few milliseconds early.
      expect(broker.calls[1]!.at - broker.calls[0]!.at).toBeGreaterThan(990);
    },
  ],
  [
    'counts a date in Retry-After from the date of the reply',
    async ({ broker, ask, run, renew }) => {
      await renew({ retry: { attempts: 2, maxDelayMs: 1500 } });
      await run('clock', { seconds: 0 });
      const date = 'Wed, 01 Jan 2020 00:00:00 GMT';
      broker.acts.push(
        problem(503, 'overloaded', { date, 'retry-after': date }),
        problem(503, 'overloaded', { date, 'retry-after': 'Wed, 01 Jan 2020 00:00:05 GMT' }),
      );
      expect(await ask()).toBe('overloaded');
      expect(broker.calls).toHaveLength(2);
    },
  ],
  [
    'counts the first try among the attempts',
    async ({ broker, ask, renew }) => {
      await renew({ retry: { attempts: 1, maxDelayMs: 20 } });
      broker.acts.push('reset');
      expect([await ask(), broker.calls.length]).toEqual(['no_reply', 1]);
    },
  ],
  [
    'asks for another bearer token once after a 401',
    async ({ broker, run, ask }) => {
      broker.acts.push(problem(401, 'unauthenticated'));
      expect(await ask()).toBe('id-1');
      broker.acts.push(problem(401, 'unauthenticated'), problem(401, 'unauthenticated'));
      expect(await ask({ request: { ...request, permissions: 'r' } })).toBe('unauthenticated');
      expect(await run('bearers')).toEqual({ value: [false, true, false, true] });
      expect(broker.calls.map(({ authorization }) => authorization)).toEqual(
        [1, 2, 3, 4].map((n) => `Bearer bearer-${n}`),
      );
    },
  ],
  [
    'follows no redirect',
    async ({ broker, ask }) => {
      for (const status of [301, 302, 303, 307, 308]) {
        broker.acts.push({ status, headers: { location: '/elsewhere' } });
        expect(await ask()).toBe('redirected');
      }
      expect(broker.calls.map(({ path }) => path)).toEqual(Array(5).fill('/api/tokens'));
    },
  ],
  [
    'tells a problem with everything that helps, and a reply that is not the broker’s',
    async ({ broker, run }) => {
      broker.acts.push(
        problem(400, 'invalid_request'),
        { status: 500, body: '<html>' },
        { status: 200, body: '<html>' },
      );
      const errors = [{ path: 'ttl', message: 'is too long' }];
      const members = {
        status: 400,
        code: 'invalid_request',
        detail: 'Not now.',
        requestId: 'request-1',
        errors,
      };
      expect(await run('token')).toEqual({ problem: members });
      expect(await run('token')).toMatchObject({
        problem: { status: 500, code: 'http_500', requestId: null, errors: [] },
      });
      expect(await run('token')).toMatchObject({ problem: { code: 'unexpected_reply' } });
    },
  ],
  [
    'calls the routes of explain and complete',
    async ({ broker, run }) => {
      expect(await run('explain')).toEqual({ value: { path: '/api/tokens/explain' } });
      await run('complete', { token: 'id-7', completion: { outcome: 'failed', detail: 'disk full' } });
      await run('complete', { token: 'id-8', completion: { outcome: 'succeeded' } });
      expect(completions(broker)).toEqual([
        ['id-7', { outcome: 'failed', detail: 'disk full' }],
        ['id-8', { outcome: 'succeeded' }],
      ]);
    },
  ],
  [
    'accepts an endpoint with a trailing slash',
    async ({ broker, ask, renew }) => {
      const endpoint = `http://${broker.host}/api/`;
      await renew({ endpoint });
      expect([await ask(), broker.calls[0]!.path]).toEqual(['id-1', '/api/tokens']);
    },
  ],
  [
    'refuses calls once it is closed',
    async ({ broker, ask, run }) => {
      await run('close');
      expect([await ask(), broker.calls.length]).toEqual(['closed', 0]);
    },
  ],
  [
    'shows no token and no bearer token when printed',
    async ({ ask, run }) => {
      await ask();
      const { value } = (await run('inspect')) as { value: string };
      expect(value).not.toMatch(/signature-|bearer-/);
    },
  ],
];

const REFUSED: readonly [string, (stage: Stage) => Promise<void>][] = [
  [
    'replaces a refused token once, however many report it, and never returns it again',
    async ({ broker, run }) => {
      const { value: refused } = (await run('source')) as { value: object };
      const all = await Promise.all([1, 2, 3].map(() => run('source', { refused })));
      expect([...all, await run('source'), await run('source', { refused })].map(short)).toEqual(
        Array(5).fill('id-2'),
      );
      expect(broker.calls).toHaveLength(2);
    },
  ],
  [
    'asks once more if the broker repeats a refused token',
    async ({ broker, run }) => {
      const { value: refused } = (await run('source')) as { value: object };
      const repeated = { status: 201, body: refused };
      broker.acts.push(repeated);
      expect(short(await run('source', { refused }))).toBe('id-2');
      expect(broker.calls).toHaveLength(3);
    },
  ],
  [
    'fails if the broker repeats a refused token twice',
    async ({ broker, run }) => {
      const { value: refused } = (await run('source')) as { value: object };
      const repeated = { status: 201, body: refused };
      broker.acts.push(repeated, repeated);
      expect(short(await run('source', { refused }))).toBe('repeated_token');
      expect([short(await run('source')), broker.calls.length]).toEqual(['id-2', 4]);
    },
  ],
  [
    'uses another token once after a refused signature, and completes the one used last',
    async ({ broker, run }) => {
      expect(await run('with', { uses: ['refused', 'done'] })).toEqual({ value: 'id-2' });
      expect(completions(broker)).toEqual([['id-2', { outcome: 'succeeded' }]]);
    },
  ],
  [
    'throws a second refusal, and anything else at once, and completes the token as failed',
    async ({ broker, run }) => {
      expect(await run('with', { uses: ['refused', 'refused', 'done'] })).toMatchObject({
        error: expect.stringContaining('AuthenticationFailed') as string,
      });
      expect(await run('with', { uses: ['fault', 'done'] })).toMatchObject({
        error: expect.stringContaining('disk full') as string,
      });
      expect(completions(broker)).toEqual([
        ['id-2', { outcome: 'failed' }],
        ['id-2', { outcome: 'failed' }],
      ]);
    },
  ],
  [
    'ignores a completion that fails, and makes one try of it',
    async ({ broker, run, ask }) => {
      await ask();
      broker.acts.push(problem(503, 'overloaded'));
      expect(await run('with', { uses: ['done'] })).toEqual({ value: 'id-1' });
      expect(completions(broker)).toHaveLength(1);
    },
  ],
];

/** What every client does, whatever its language. */
export const BEHAVIOURS = [...ISSUING, ...CALLING, ...REFUSED];

/** What a client does whose caller can stop waiting. */
export const ABORTS: readonly [string, (stage: Stage) => Promise<void>][] = [
  [
    'ends the wait of the caller that aborts, and of no other',
    async ({ broker, ask }) => {
      broker.acts.push('late');
      const [aborted, other] = [ask({ abortAfterMs: 100 }), ask()];
      expect(await aborted).toMatch(/TimeoutError|Cancelled/);
      broker.stop();
      expect(await other).toBe('no_reply');
    },
  ],
  [
    'starts a new call after all that waited have aborted',
    async ({ broker, ask }) => {
      broker.acts.push('late');
      expect(await ask({ abortAfterMs: 100 })).toMatch(/TimeoutError|Cancelled/);
      expect([await ask(), broker.calls.length]).toEqual(['id-1', 2]);
    },
  ],
];
