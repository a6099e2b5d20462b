import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { BlockBlobClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { BrokerClient, BrokerError } from '../../docs/clients/broker-client.ts';
import { sampleCallers } from '../../local/sample-callers.ts';
import { bearerToken, setKey } from '../stack-client.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  publishKey,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

/** A step for a client. Both clients perform the same steps, so they cannot diverge. */
type Step =
  | { ask: object[] }
  | { use: object; times?: number; method?: string; body?: string; as?: 'returned' | 'raised' }
  | { call: string }
  | { inspect: true };
type Outcome = Record<string, unknown> | string;
type Run = (broker: string, bearer: string, steps: Step[]) => Promise<Outcome[][]>;

const runTypeScript: Run = async (broker, bearer, steps) => {
  const client = new BrokerClient(broker, () => Promise.resolve(bearer));
  const outcomes: Outcome[][] = [];
  for (const step of steps) {
    if ('ask' in step)
      outcomes.push(
        await Promise.all(
          step.ask.map((body) =>
            client.token(body as Record<string, unknown>).then(({ url }) => ({ url }), told),
          ),
        ),
      );
    else if ('use' in step)
      outcomes.push(await Promise.all(Array.from({ length: step.times ?? 1 }, () => use(client, step))));
    else if ('call' in step) {
      await fetch(step.call, { method: 'POST' });
      outcomes.push([]);
    } else outcomes.push([inspect(client, { depth: 9, showHidden: true })]);
  }
  return outcomes;
};

function use(client: BrokerClient, step: Extract<Step, { use: object }>): Promise<Outcome> {
  const { method = 'GET', body = null, as } = step;
  const headers: Record<string, string> = method === 'PUT' ? { 'x-ms-blob-type': 'BlockBlob' } : {};
  const send = async (url: string) => {
    const reply = await fetch(url, { method, headers, body });
    if (as !== 'raised' || reply.ok) return reply;
    throw Object.assign(new Error(await reply.text()), { statusCode: reply.status });
  };
  return client
    .withToken(step.use as Record<string, unknown>, send)
    .then(async (reply) => ({ status: reply.status, body: reply.ok ? await reply.text() : '' }))
    .catch(told);
}

function told(error: unknown): Outcome {
  if (!(error instanceof BrokerError)) return { status: (error as { statusCode: number }).statusCode };
  const { status, code, detail, errors, requestId, message } = error;
  return { status, code, detail, errors, requestId, message };
}

/** Runs the Python client. Its standard error must stay empty, because a client prints nothing. */
const runPython: Run = (broker, bearer, steps) =>
  new Promise((resolve, reject) => {
    const python = process.env['PYTHON'] ?? '/usr/bin/python3';
    const env = { SSL_CERT_FILE: inject('stack').caFile, NO_PROXY: '*' };
    const child = execFile(
      python,
      ['-I', '-B', join(import.meta.dirname, 'client_python.py')],
      { env },
      (error, output, complaints) => {
        if (error || complaints !== '') reject(new Error(`${python}: ${error?.message ?? ''} ${complaints}`));
        else resolve(JSON.parse(output) as Outcome[][]);
      },
    );
    child.stdin?.end(JSON.stringify({ broker, bearer, steps }));
  });

const clients: [string, Run][] = [
  ['the TypeScript client', runTypeScript],
  ['the Python client', runPython],
];

interface Reply {
  status: number;
  headers?: Record<string, string | number>;
  body?: unknown;
}

/** Starts a broker and a storage that return the replies that a test queues; by default a token, and 200. */
function scripted() {
  const replies: Reply[] = [];
  const uses: Reply[] = [];
  const calls: { at: number; authorization: string | undefined; body: unknown }[] = [];
  const used: string[] = [];
  const state = { life: 3_600_000, hook: async (): Promise<void> => undefined };
  let origin = '';
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const send = ({ status, headers = {}, body = {} }: Reply) =>
      response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
    const sent = await text(request);
    if (request.url === '/hook') {
      await state.hook();
      send({ status: 200 });
    } else if (request.url === '/api/tokens') {
      calls.push({ at: Date.now(), authorization: request.headers.authorization, body: JSON.parse(sent) });
      const refreshAfter = new Date(Date.now() + state.life).toISOString().replace(/\.\d+/, '');
      const url = `${origin}/blob?sig=${calls.length}`;
      await new Promise((resolve) => setTimeout(resolve, 30));
      send(replies.shift() ?? { status: 201, body: { url, refreshAfter } });
    } else {
      used.push(String(request.url));
      send(uses.shift() ?? { status: 200, body: 'content' });
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  const start = async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return origin;
  };
  return { replies, uses, calls, used, state, start, stop: () => server.close() };
}

const wrongSignature: Reply = {
  status: 403,
  headers: { 'x-ms-error-code': 'AuthenticationFailed' },
  body: '<Error><Code>AuthenticationFailed</Code><Message>Signature did not match.</Message></Error>',
};
const busy = (retryAfter?: string): Reply => ({
  status: 503,
  headers: {
    'content-type': 'application/problem+json',
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  },
  body: { code: 'audit_unavailable', detail: 'Not now.', requestId: 'request-1' },
});
const request = { resource: { container: 'uploads', blob: '1' }, permissions: 'c' };

describe.each(clients)('%s', (_name, run) => {
  let server: ReturnType<typeof scripted>;
  let origin: string;
  const take = (...steps: Step[]) => run(`${origin}/api`, 'bearer-1', steps);

  beforeEach(async () => {
    server = scripted();
    origin = await server.start();
  });
  afterEach(() => server.stop());

  it('sends one request for equal simultaneous requests, whatever the order of their members, and caches the reply', async () => {
    const same = { permissions: 'c', resource: { blob: '1', container: 'uploads' } };
    const outcomes = await take({ ask: [request, same, request] }, { ask: [same] }, { use: request });
    expect(outcomes.slice(0, 2).flat()).toEqual(Array(4).fill({ url: `${origin}/blob?sig=1` }));
    expect(outcomes[2]).toEqual([{ status: 200, body: 'content' }]);
    expect(server.calls).toMatchObject([{ authorization: 'Bearer bearer-1', body: request }]);
  });

  it('sends a request for each of two different requests', async () => {
    const other = { ...request, permissions: 'r' };
    const [both] = await take({ ask: [request, other] });
    expect(new Set(both!.map((outcome) => (outcome as { url: string }).url)).size).toBe(2);
  });

  it('requests a new token after refreshAfter', async () => {
    server.state.life = 0;
    await take({ ask: [request] }, { ask: [request] });
    expect(server.calls).toHaveLength(2);
  });

  it.each(['1', 'a date', undefined])('retries after a 429 and a 503, Retry-After: %s', async (given) => {
    const wait = given === 'a date' ? new Date(Date.now() + 2000).toUTCString() : given;
    server.replies.push({ ...busy('0'), status: 429 }, busy(wait));
    const [[outcome]] = (await take({ ask: [request] })) as [[Outcome]];
    expect(outcome).toEqual({ url: `${origin}/blob?sig=3` });
    const [, second, third] = server.calls.map(({ at }) => at);
    // Without the header the second wait is 2 seconds; jitter only adds to it.
    const notBefore = given === 'a date' ? Date.parse(wait!) : second! + (given === '1' ? 1000 : 2000);
    // A timer may fire a few milliseconds early.
    expect(third!).toBeGreaterThanOrEqual(notBefore - 5);
  });

  it('fails with the broker’s problem after four tries, and does not cache the failure', async () => {
    server.replies.push(busy('0'), busy('0'), busy('0'), busy('0'));
    const [failed, then] = await take({ ask: [request, request] }, { ask: [request] });
    const fault = { status: 503, code: 'audit_unavailable', detail: 'Not now.', errors: [] };
    const told = { ...fault, requestId: 'request-1', message: 'audit_unavailable: Not now.' };
    expect(failed).toEqual([told, told]);
    expect(then).toEqual([{ url: `${origin}/blob?sig=5` }]);
  });

  it('does not wait for more than a minute or retry what cannot succeed', async () => {
    const refused = {
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: { code: 'invalid_request', errors: [{ path: 'ttl', message: 'too long' }], requestId: 'r' },
    };
    server.replies.push(busy('61'), refused, { status: 502, body: '<html>bad gateway</html>' });
    const outcomes = await take({ ask: [request] }, { ask: [request] }, { ask: [request] });
    expect(outcomes.flat()).toMatchObject([
      { code: 'audit_unavailable' },
      { code: 'invalid_request', errors: [{ path: 'ttl', message: 'too long' }], requestId: 'r' },
      { status: 502, code: 'http_502', errors: [], requestId: null },
    ]);
    expect(server.calls).toHaveLength(3);
  });

  it.each(['returned', 'raised'] as const)('retries once with a new token after a %s 403', async (as) => {
    server.uses.push(wrongSignature);
    const [healed] = await take({ use: request, as });
    expect(healed).toEqual([{ status: 200, body: 'content' }]);
    server.uses.push(wrongSignature, wrongSignature, wrongSignature);
    const [still] = await take({ use: { ...request, permissions: 'r' }, as });
    expect(still).toMatchObject([{ status: 403 }]);
    expect(server.used).toEqual(['/blob?sig=1', '/blob?sig=2', '/blob?sig=3', '/blob?sig=4']);
  });

  it('retries with a new token after a 403 that has its code only in a header, as a reply to HEAD does', async () => {
    server.uses.push(wrongSignature);
    expect(await take({ use: request, method: 'HEAD' })).toEqual([[{ status: 200, body: '' }]]);
    expect(server.used).toEqual(['/blob?sig=1', '/blob?sig=2']);
  });

  it.each(['returned', 'raised'] as const)(
    'does not retry after a %s 403 for a missing permission',
    async (as) => {
      const body =
        '<Error><Code>AuthorizationPermissionMismatch</Code><Message>Not authorized.</Message></Error>';
      server.uses.push({ status: 403, body });
      expect(await take({ use: request, as })).toMatchObject([[{ status: 403 }]]);
      expect(server.calls).toHaveLength(1);
    },
  );

  it('replaces a token once, however many simultaneous uses fail', async () => {
    server.uses.push(...Array<Reply>(5).fill(wrongSignature));
    const [outcomes] = await take({ use: request, times: 5 });
    expect(outcomes).toEqual(Array(5).fill({ status: 200, body: 'content' }));
    expect(server.calls).toHaveLength(2);
  });

  it('does not show its tokens when printed, and does not send the bearer token to a redirect', async () => {
    const [, [printed]] = (await take({ ask: [request] }, { inspect: true })) as [Outcome[], [string]];
    expect(printed).not.toMatch(/sig=|bearer-1/);
    server.replies.push({ status: 302, headers: { location: `${origin}/elsewhere` } });
    await take({ ask: [request] }).catch(() => undefined);
    expect(server.used).toEqual([]);
  });
});

it('does not cache a refusal, even for a request sent immediately after it', async () => {
  const server = scripted();
  const client = new BrokerClient(`${await server.start()}/api`, () => Promise.resolve('bearer-1'));
  server.replies.push({ status: 403, body: { code: 'forbidden' } });
  const first = client.token(request);
  const again = first.catch(() => client.token(request));
  expect(await again).toMatchObject({ url: expect.stringMatching('sig=2') as string });
  server.stop();
});

describe('with the broker', () => {
  let accounts: Accounts;
  let broker: TestBroker;
  let bearer: string;
  const folder = sampleCallers['uploader']!.oid;
  const blob = (name: string) => encodeURI(`${accounts.media.blob}/uploads/${folder}/${name}`);

  beforeAll(async () => {
    accounts = await newAccounts();
    await accounts.container('uploads');
    const grant = {
      id: 'own-folder',
      callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
      resources: [`${accounts.media.name}/blob/uploads/\${claims.oid}/**`],
      permissions: 'rcw',
      kinds: ['user-delegation', 'service'],
    };
    const rotation = { every: 'P30D', keyCache: 'PT1S', keyStaleMax: 'PT1S' };
    broker = await startBroker(accounts, configuration(accounts, [grant], rotation));
    bearer = await bearerToken('uploader');
  });
  afterAll(() => broker.stop());

  describe.each(clients)('%s', (name, run) => {
    it('uploads, cannot overwrite, and downloads', async () => {
      const url = blob(`${name}/1.txt`);
      const create = { use: { url, permissions: 'c' }, method: 'PUT' };
      const outcomes = await run(broker.url, bearer, [
        { ...create, body: 'first' },
        { ...create, body: 'second' },
        { use: { url, permissions: 'r' } },
        { ask: [{ url, permissions: 'd' }] },
      ]);
      expect(outcomes.flat()).toMatchObject([
        { status: 201 },
        { status: 403 },
        { status: 200, body: 'first' },
        { status: 403, code: 'forbidden', requestId: expect.any(String) as string },
      ]);
    });

    it('continues after the key of a cached token was regenerated', async () => {
      const server = scripted();
      const origin = await server.start();
      server.state.hook = regenerateKey;
      const url = blob(`${name}/2.txt`);
      const read = { url, permissions: 'r', kind: 'service' };
      const outcomes = await run(broker.url, bearer, [
        { use: { url, permissions: 'c' }, method: 'PUT', body: 'content' },
        { use: read },
        { call: `${origin}/hook` },
        { use: read, as: 'raised' },
      ]);
      server.stop();
      expect(outcomes[3]).toEqual([{ status: 200, body: 'content' }]);
    });
  });

  it('provides a URL for the Azure SDK, whose error identifies a revoked signature', async () => {
    const client = new BrokerClient(broker.url, () => Promise.resolve(bearer));
    const create = { url: blob('sdk.txt'), permissions: 'c' };
    await client.withToken(create, (url) => new BlockBlobClient(url).upload('from the SDK', 12));
    const read = { ...create, permissions: 'r', kind: 'service' };
    const download = () =>
      client.withToken(read, async (url) => {
        const { readableStreamBody } = await new BlockBlobClient(url).download();
        return text(readableStreamBody!);
      });
    expect(await download()).toBe('from the SDK');
    await regenerateKey();
    expect(await download()).toBe('from the SDK');
  });

  /** Regenerates a key manually, despite live tokens. Resolves once the broker signs with the new key. */
  async function regenerateKey(): Promise<void> {
    const account = await setKey(accounts.media.name, 'key1');
    await publishKey(account, 'key1');
    const probe = { url: blob('absent'), permissions: 'r', kind: 'service' };
    const status = async () => {
      const { body } = await call(broker, { bearer }, 'POST', '/tokens', probe);
      return (await fetch(String(body['url']))).status;
    };
    await expect.poll(status, { timeout: 10_000, interval: 200 }).toBe(404);
  }
});
