import { beforeEach, describe, expect, it } from 'vitest';
import { type CallApi, makeApiCaller } from '../../../console/src/api/call-api.ts';
import { changeConnection, readConnection } from '../../../console/src/api/connection.ts';

/** One request that was sent and waits for its reply. */
interface Sent {
  readonly path: string;
  readonly token: string;
  readonly signal: AbortSignal | null;
  readonly reply: (status?: number, text?: string) => void;
}

let sent: Sent[];
let renewed: string | null;
let callApi: CallApi;

beforeEach(() => {
  sent = [];
  renewed = 'new';
  callApi = makeApiCaller({
    bearer: () => Promise.resolve('old'),
    renew: () => Promise.resolve(renewed),
    addressOf: (path) => new URL(path, 'https://broker.example/api/'),
    fetch: ({ pathname }, { headers, signal = null }) =>
      new Promise((resolve, reject) => {
        const { authorization } = headers as Record<string, string>;
        const reply = (status = 200, text = '{}') => resolve(new Response(text, { status }));
        sent.push({ path: pathname.slice(5), token: authorization!.slice(7), signal, reply });
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  });
});

/** Lets everything happen that waits for nothing but itself. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const paths = async () => (await settle(), sent.map(({ path }) => path));
const scan = (path: string, signal?: AbortSignal) =>
  callApi(path, { scans: true, ...(signal === undefined ? {} : { signal }) });

describe('scans', () => {
  it('are at most two at once; the next is sent when one is answered, whatever the answer', async () => {
    const results = Promise.allSettled(['a', 'b', 'c', 'd'].map((path) => scan(path)));
    expect(await paths()).toEqual(['a', 'b']);
    sent[1]!.reply();
    expect(await paths()).toEqual(['a', 'b', 'c']);
    sent[2]!.reply(503, '{"code":"storage_unavailable"}');
    expect(await paths()).toEqual(['a', 'b', 'c', 'd']);
    for (const { reply } of sent) reply();
    expect((await results).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  it('that the page has left go on and keep their turn until the reply', async () => {
    const left = new AbortController();
    const results = [scan('a', left.signal), scan('b', left.signal), scan('c')];
    await settle();
    left.abort();
    expect(await paths()).toEqual(['a', 'b']);
    expect(sent.map(({ signal }) => signal)).toEqual([null, null]);
    sent[0]!.reply();
    expect(await paths()).toEqual(['a', 'b', 'c']);
    for (const { reply } of sent) reply();
    await Promise.all(results);
  });

  it('that the page leaves before their turn are not sent, and the next is', async () => {
    const left = new AbortController();
    const results = Promise.allSettled([scan('a'), scan('b'), scan('c', left.signal), scan('d')]);
    left.abort();
    expect(await paths()).toEqual(['a', 'b']);
    sent[0]!.reply();
    expect(await paths()).toEqual(['a', 'b', 'd']);
    for (const { reply } of sent) reply();
    expect((await results).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  it('do not hold up other calls, which end when the page leaves them', async () => {
    void scan('a');
    void scan('b');
    const left = new AbortController();
    const call = callApi('me', { signal: left.signal });
    expect(await paths()).toEqual(['a', 'b', 'me']);
    left.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a call that is unauthenticated', () => {
  it('is repeated once with a renewed token', async () => {
    const call = callApi('me');
    await settle();
    sent[0]!.reply(401);
    await settle();
    expect(sent.map(({ token }) => token)).toEqual(['old', 'new']);
    sent[1]!.reply(401, '{"code":"unauthenticated"}');
    await expect(call).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(sent).toHaveLength(2);
  });

  it('is not repeated if the session has ended', async () => {
    renewed = null;
    const call = callApi('me');
    await settle();
    sent[0]!.reply(401);
    await expect(call).rejects.toMatchObject({ status: 401 });
    expect(sent).toHaveLength(1);
  });
});

describe('a broker that says it is misconfigured', () => {
  const answer = async (method: 'GET' | 'POST') => {
    const result = callApi('x', { method });
    await settle();
    sent[0]!.reply(503, '{"code":"misconfigured"}');
    await expect(result).rejects.toMatchObject({ code: 'misconfigured' });
    return readConnection().misconfigured;
  };

  beforeEach(() => changeConnection({ misconfigured: false }));

  it('serves nothing if it says so to a read', async () => {
    expect(await answer('GET')).toBe(true);
  });

  it('may lack only what one token needs otherwise', async () => {
    expect(await answer('POST')).toBe(false);
  });
});
