import { describe, expect, it } from 'vitest';
import { BrokerProblem, type IssuedToken } from '../../../../clients/js/index.ts';
import { retryAfter, retryDelay } from '../../../../clients/js/retry-delay.ts';
import { type Act, problem, settle, VirtualBroker } from './virtual-broker.ts';

const request = { url: 'https://media.example/uploads/1', permissions: 'c' };
const told = (token: Promise<IssuedToken>) =>
  token.then(
    ({ id }) => id,
    (error: unknown) => (error instanceof BrokerProblem ? error.code : error),
  );

describe('a call', () => {
  it.each<[string, Act]>([
    ['a reset', 'reset'],
    ['429', problem(429, 'rate_limited')],
    ['502', { status: 502, body: '<html>' }],
    ['503', problem(503, 'overloaded')],
    ['504', { status: 504 }],
    ['silence', 'silence'],
  ])('is tried again after %s, five times in all', async (_name, act) => {
    const broker = new VirtualBroker();
    const client = broker.client();
    broker.acts.push(act, act, act, act);
    const first = told(client.token(request));
    await broker.runtime.advance(60_000);
    expect([await first, broker.count()]).toEqual(['id-1', 5]);
    broker.acts.push(act, act, act, act, act);
    const second = told(client.token({ ...request, permissions: 'r' }));
    await broker.runtime.advance(60_000);
    expect(await second).toMatch(/^(?:no_reply|rate_limited|http_50[24]|overloaded)$/);
    expect(broker.count()).toBe(10);
  });

  it.each([400, 403, 404, 409, 413, 500])('is not tried again after %i', async (status) => {
    const broker = new VirtualBroker();
    broker.acts.push({ status, body: 'text' });
    expect([await told(broker.client().token(request)), broker.count()]).toEqual([`http_${status}`, 1]);
  });

  it('waits as long as Retry-After says, and gives up at once if that is longer than maxDelayMs', async () => {
    const broker = new VirtualBroker();
    const client = broker.client({ retry: { maxDelayMs: 7000 } });
    broker.acts.push(
      problem(503, 'overloaded', { 'retry-after': '7' }),
      problem(503, 'overloaded', { 'retry-after': '8' }),
    );
    const token = told(client.token(request));
    await broker.runtime.advance(7000);
    expect([await token, broker.count(), broker.runtime.slept]).toEqual(['overloaded', 2, [7000]]);
  });

  it('is tried as often as it should be', async () => {
    const broker = new VirtualBroker();
    broker.acts.push('reset');
    expect([await told(broker.client({ retry: { attempts: 1 } }).token(request)), broker.count()]).toEqual([
      'no_reply',
      1,
    ]);
  });

  it('asks for another bearer token once after a 401, without a wait and however few attempts there are', async () => {
    const broker = new VirtualBroker();
    const asked: boolean[] = [];
    const getBearer = ({ refused }: { refused: boolean }) => `bearer-${asked.push(refused)}`;
    const client = broker.client({ getBearer, retry: { attempts: 1 } });
    broker.acts.push(problem(401, 'unauthenticated'));
    expect(await told(client.token(request))).toBe('id-1');
    expect(broker.calls.map(({ bearer }) => bearer)).toEqual(['Bearer bearer-1', 'Bearer bearer-2']);
    broker.acts.push(problem(401, 'unauthenticated'), problem(401, 'unauthenticated'));
    expect(await told(client.token({ ...request, permissions: 'r' }))).toBe('unauthenticated');
    expect([asked, broker.runtime.slept]).toEqual([[false, true, false, true], []]);
  });

  it('throws what the source of bearer tokens throws', async () => {
    const broker = new VirtualBroker();
    const fault = new Error('signed out');
    const getBearer = () => Promise.reject(fault);
    expect(await told(broker.client({ getBearer }).token(request))).toBe(fault);
  });

  it('is not redirected, and accepts an endpoint with trailing slashes', async () => {
    const broker = new VirtualBroker();
    const client = broker.client({ endpoint: 'https://broker.example/api//' });
    broker.acts.push({ status: 307, headers: { location: 'https://elsewhere.example' } });
    expect(await told(client.token(request))).toBe('redirected');
    expect(await told(client.token(request))).toBe('id-1');
    expect(broker.calls.map(({ path, init }) => [path, init.redirect])).toEqual([
      ['/api/tokens', 'manual'],
      ['/api/tokens', 'manual'],
    ]);
  });

  it.each([
    ['<html>', 'unexpected_reply'],
    [{}, 'unexpected_reply'],
    [{ token: 'a', url: 'b' }, 'unexpected_reply'],
  ])('fails if the reply is %o', async (body, code) => {
    const broker = new VirtualBroker();
    broker.acts.push({ status: 201, body });
    expect(await told(broker.client().token(request))).toBe(code);
  });

  it('tells a problem with everything that helps', async () => {
    const broker = new VirtualBroker();
    const errors = [{ path: 'ttl', message: 'is too long' }, 'not a fault'];
    broker.acts.push({
      status: 400,
      body: { code: 'invalid_request', detail: 'No.', requestId: 'r-1', errors },
    });
    const client = broker.client();
    const members = {
      status: 400,
      code: 'invalid_request',
      detail: 'No.',
      requestId: 'r-1',
      errors: [errors[0]],
    };
    await expect(client.token(request)).rejects.toMatchObject({
      ...members,
      message: 'invalid_request: No. ttl: is too long',
    });
    broker.acts.push({ status: 500, headers: { 'x-request-id': 'r-2' }, body: 'null' });
    await expect(client.token(request)).rejects.toMatchObject({
      status: 500,
      code: 'http_500',
      requestId: 'r-2',
      errors: [],
    });
  });

  it('is aborted between two tries', async () => {
    const broker = new VirtualBroker();
    broker.acts.push('reset');
    const controller = new AbortController();
    const waiting = told(broker.client().token(request, { signal: controller.signal }));
    await settle();
    controller.abort(new Error('enough'));
    expect(await waiting).toEqual(new Error('enough'));
    await broker.runtime.advance(60_000);
    expect(broker.count()).toBe(1);
  });
});

describe('explain and complete', () => {
  it('call their routes, with what they were given', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    await client.explain(request);
    await client.complete('a/b', { outcome: 'failed', detail: 'disk full' });
    expect(broker.calls.map(({ path, body }) => [path, body])).toEqual([
      ['/api/tokens/explain', request],
      ['/api/tokens/a%2Fb/completion', { outcome: 'failed', detail: 'disk full' }],
    ]);
  });
});

describe('tokens', () => {
  const requests = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...request,
      url: `https://media.example/uploads/${index}`,
    }));

  it('asks for 100 at a time, for equal requests once, and for none that it has', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    const [kept] = requests(1);
    await client.token(kept!);
    const all = await client.tokens([...requests(250), ...requests(3)]);
    const sizes = broker.calls.slice(1).map(({ body }) => (body['requests'] as unknown[]).length);
    expect(sizes).toEqual([100, 100, 49]);
    const ids = all.map((one) => (one instanceof BrokerProblem ? one.code : one.id));
    expect(ids).toEqual([
      ...Array.from({ length: 250 }, (_, index) => `id-${index + 1}`),
      'id-1',
      'id-2',
      'id-3',
    ]);
    await client.tokens(requests(250));
    expect(broker.calls).toHaveLength(4);
  });

  it('returns problems in their places: of single requests, and of a call that failed', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    const denial = { status: 403, problem: { code: 'forbidden', requestId: 'r-1' } };
    broker.acts.push({ status: 200, body: { results: [{ status: 201, token: broker.token(9) }, denial] } });
    const [issued, denied] = await client.tokens(requests(2));
    expect(issued).toMatchObject({ id: 'id-9' });
    expect(denied).toMatchObject({ status: 403, code: 'forbidden', requestId: 'r-1' });
    expect(denied).toBeInstanceOf(BrokerProblem);
    broker.acts.push(problem(500, 'internal'));
    expect(await client.tokens(requests(3))).toMatchObject([
      { id: 'id-9' },
      { code: 'forbidden' },
      { code: 'internal' },
    ]);
    broker.acts.push({ status: 200, body: { results: [] } });
    expect(await client.tokens([{ ...request, permissions: 'd' }])).toMatchObject([
      { code: 'unexpected_reply' },
    ]);
  });

  it('refreshes together in the background what is past refreshAfter', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    await client.tokens(requests(3));
    await broker.runtime.advance(80_000);
    const [first] = await client.tokens(requests(3));
    expect(first).toMatchObject({ id: 'id-1' });
    await settle();
    expect(await client.tokens(requests(3))).toMatchObject([{ id: 'id-4' }, { id: 'id-5' }, { id: 'id-6' }]);
    expect(broker.count('/api/tokens/batch')).toBe(2);
  });

  it('shares its calls, and ends one only if nobody else waits for it', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    const controller = new AbortController();
    const [one, other] = requests(2);
    const all = client.tokens([one!, other!], { signal: controller.signal });
    const single = client.token(one!);
    controller.abort();
    await expect(all).rejects.toMatchObject({ name: 'AbortError' });
    expect(await single).toMatchObject({ id: 'id-1' });
    expect(broker.calls).toHaveLength(1);
  });
});

describe('the wait before the next try', () => {
  const retry = { attempts: 5, maxDelayMs: 20_000 };

  it.each([
    [1, null, 0, 250],
    [1, null, 0.999, 500],
    [3, null, 0, 1000],
    [9, null, 0.999, 20_000],
    [1, 5000, 0, 5000],
    [1, 5000, 0.999, 7500],
    [1, 0, 0.999, 50],
    [1, 20_000, 0.999, 20_000],
    [1, 20_001, 0, null],
  ])('after try %i with Retry-After %s and chance %d is %s ms', (tried, after, chance, expected) => {
    const delay = retryDelay(tried, after, retry, chance);
    expect(delay === null ? null : Math.round(delay / 50) * 50).toBe(expected);
  });

  it.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': 'Wed, 01 Jan 2020 00:00:09 GMT', date: 'Wed, 01 Jan 2020 00:00:00 GMT' }, 9000],
    [{ 'retry-after': 'Wed, 01 Jan 2020 00:00:00 GMT', date: 'Wed, 01 Jan 2020 00:00:09 GMT' }, 0],
    [{ 'retry-after': 'Wed, 01 Jan 2020 00:00:09 GMT' }, null],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ])('that %o asks for is %s ms', (headers, expected) => {
    expect(retryAfter(new Headers(headers))).toBe(expected);
  });
});
