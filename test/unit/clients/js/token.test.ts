import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { BrokerProblem, IssuedToken } from '../../../../clients/js/index.ts';
import { problem, settle, VirtualBroker } from './virtual-broker.ts';

const request = { url: 'https://media.example/uploads/1', permissions: 'c' };
const idOf = ({ id }: IssuedToken) => id;

describe('a kept token', () => {
  it('answers equal requests, whatever the order of their members and at the same time', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    const same = { permissions: 'c', ttl: undefined, url: request.url };
    const tokens = await Promise.all([
      client.token(request),
      client.token(same),
      client.source(request).get(),
    ]);
    expect([...tokens, await client.token(same)].map(idOf)).toEqual(Array(4).fill('id-1'));
    expect(broker.calls).toMatchObject([{ bearer: 'Bearer bearer-1', body: request }]);
    expect(idOf(await client.token({ ...request, permissions: 'r' }))).toBe('id-2');
  });

  it('is served past refreshAfter while another one is asked for in the background', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    await client.token(request);
    await broker.runtime.advance(79_999);
    expect([idOf(await client.token(request)), broker.count()]).toEqual(['id-1', 1]);
    await broker.runtime.advance(1);
    const twice = await Promise.all([client.token(request), client.token(request)]);
    expect(twice.map(idOf)).toEqual(['id-1', 'id-1']);
    await broker.runtime.advance(0);
    expect([idOf(await client.token(request)), broker.count()]).toEqual(['id-2', 2]);
  });

  it.each([
    [2, 800],
    [10, 8_000],
    [100, 94_000],
    [900, 894_000],
  ])('of %i s is not served from %i ms on, which is just before it expires', async (life, endsAt) => {
    const broker = new VirtualBroker();
    broker.life = life;
    const client = broker.client();
    await client.token(request);
    broker.acts.push('silence');
    await broker.runtime.advance(endsAt - 1);
    expect(idOf(await client.token(request))).toBe('id-1');
    await broker.runtime.advance(1);
    const next = client.token(request).then(idOf);
    await broker.runtime.advance(20_000);
    expect(await next).toBe('id-2');
  });

  it('of a lifetime that is too short to keep is returned to those who waited for it', async () => {
    const broker = new VirtualBroker();
    broker.life = 1;
    const client = broker.client();
    expect([idOf(await client.token(request)), idOf(await client.token(request))]).toEqual(['id-1', 'id-2']);
  });

  it('outlives a broker that is down past refreshAfter, which is asked every 3 seconds', async () => {
    const broker = new VirtualBroker();
    const client = broker.client({ retry: { attempts: 1 } });
    await client.token(request);
    await broker.runtime.advance(80_000);
    broker.acts.push(problem(503, 'overloaded'), problem(403, 'forbidden'));
    for (let asked = 0; asked < 8; asked += 1) {
      expect(idOf(await client.token(request))).toBe('id-1');
      await broker.runtime.advance(500);
    }
    expect(broker.count()).toBe(3);
    await broker.runtime.advance(2000);
    await client.token(request);
    await settle();
    expect(idOf(await client.token(request))).toBe('id-2');
  });

  it('does not depend on what any wall clock shows', async () => {
    const broker = new VirtualBroker();
    broker.epoch = Date.UTC(2040, 0, 1);
    const client = broker.client();
    for (let asked = 0; asked < 50; asked += 1) await client.token(request);
    broker.epoch = Date.UTC(1990, 0, 1);
    for (let asked = 0; asked < 50; asked += 1) await client.token(request);
    expect(broker.count()).toBe(1);
  });

  it('counts its life from when the try that it answers was sent', async () => {
    const broker = new VirtualBroker();
    broker.acts.push(problem(503, 'overloaded', { 'retry-after': '15' }));
    const client = broker.client();
    const first = client.token(request);
    await broker.runtime.advance(15_000);
    expect(idOf(await first)).toBe('id-1');
    await broker.runtime.advance(79_999);
    await client.token(request);
    expect(broker.count()).toBe(2);
  });

  it('is forgotten if others were used more recently than it, past maxKept', async () => {
    const broker = new VirtualBroker();
    const client = broker.client({ maxKept: 2 });
    const ask = async (permissions: string) => idOf(await client.token({ ...request, permissions }));
    expect([await ask('r'), await ask('w'), await ask('r'), await ask('d')]).toEqual([
      'id-1',
      'id-2',
      'id-1',
      'id-3',
    ]);
    expect([await ask('r'), await ask('w')]).toEqual(['id-1', 'id-4']);
  });

  it('is not shown when the client, its source or an error is printed', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    await client.token(request);
    expect(inspect([client, client.source(request)], { depth: 9, showHidden: true })).not.toMatch(
      /sig=|bearer-1/,
    );
  });
});

describe('a refused token', () => {
  it('is replaced once, however many report it, and never returned again', async () => {
    const broker = new VirtualBroker();
    const source = broker.client().source(request);
    const refused = await source.get();
    const all = await Promise.all([source.get({ refused }), source.get(), source.get({ refused })]);
    expect(all.map(idOf)).toEqual(['id-2', 'id-2', 'id-2']);
    expect([idOf(await source.get({ refused })), broker.count()]).toEqual(['id-2', 2]);
  });

  it('is not returned by a refresh that began before it was refused', async () => {
    const broker = new VirtualBroker();
    const source = broker.client().source(request);
    const refused = await source.get();
    await broker.runtime.advance(80_000);
    broker.acts.push({ status: 201, body: broker.token(1) });
    await source.get();
    const next = source.get({ refused });
    await broker.runtime.advance(1000);
    expect(idOf(await next)).toBe('id-2');
  });

  it('that the broker repeats is asked for once more, in the next second, and then fails', async () => {
    const broker = new VirtualBroker();
    const source = broker.client().source(request);
    const refused = await source.get();
    const repeated = { status: 201, body: broker.token(1) };
    broker.acts.push(repeated, repeated);
    const failing = expect(source.get({ refused })).rejects.toMatchObject({
      code: 'repeated_token',
      status: 0,
    });
    await broker.runtime.advance(1000);
    await failing;
    expect([broker.count(), broker.runtime.slept]).toEqual([3, [1000]]);
    broker.acts.push(repeated);
    const healed = source.get();
    await broker.runtime.advance(1000);
    expect(idOf(await healed)).toBe('id-2');
  });
});

describe('a denial', () => {
  it('is remembered for 3 seconds, and other failures are not', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    broker.acts.push(problem(403, 'forbidden'), problem(400, 'invalid_request'));
    const code = async () =>
      client.token(request).then(idOf, (error: unknown) => (error as BrokerProblem).code);
    expect([await code(), await code()]).toEqual(['forbidden', 'forbidden']);
    await broker.runtime.advance(2999);
    expect([await code(), broker.count()]).toEqual(['forbidden', 1]);
    await broker.runtime.advance(1);
    expect([await code(), await code()]).toEqual(['invalid_request', 'id-1']);
  });

  it('of one request says nothing of another', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    broker.acts.push(problem(403, 'forbidden'));
    await client.token(request).catch(() => undefined);
    expect(idOf(await client.token({ ...request, permissions: 'r' }))).toBe('id-1');
  });
});

describe('an abort', () => {
  it('ends the wait of its caller alone, and the call once nobody waits', async () => {
    const broker = new VirtualBroker();
    broker.acts.push('silence');
    const client = broker.client();
    const [one, other] = [new AbortController(), new AbortController()];
    const waiting = [one, other].map(({ signal }) => client.token(request, { signal }));
    await settle();
    one.abort();
    await expect(waiting[0]).rejects.toMatchObject({ name: 'AbortError' });
    expect(broker.calls[0]!.init.signal!.aborted).toBe(false);
    other.abort(new Error('enough'));
    await expect(waiting[1]).rejects.toThrow('enough');
    expect(broker.calls[0]!.init.signal!.aborted).toBe(true);
    expect(idOf(await client.token(request))).toBe('id-1');
  });

  it('that came before asks for nothing', async () => {
    const broker = new VirtualBroker();
    await expect(broker.client().token(request, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(broker.count()).toBe(0);
  });

  it('ends the wait for a bearer token', async () => {
    const broker = new VirtualBroker();
    const client = broker.client({ getBearer: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const waiting = client.token(request, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('by closing the client ends every call, and refuses further ones', async () => {
    const broker = new VirtualBroker();
    broker.acts.push('silence');
    const client = broker.client();
    const waiting = client.token(request);
    await settle();
    client.close();
    await expect(waiting).rejects.toMatchObject({ code: 'closed' });
    await expect(client.token(request)).rejects.toMatchObject({ code: 'closed' });
  });
});
