import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

let accounts: Accounts;
let broker: TestBroker;
/** The ids of the issued tokens, by who has them and for how many hours. */
const issued: { id: string; who: string; hours: number }[] = [];

const idOf = (who: string) => `local/${sampleCallers[who]!.oid}`;

beforeAll(async () => {
  accounts = await newAccounts();
  const { media } = accounts;
  broker = await startBroker(
    accounts,
    configuration(accounts, [
      readerGrant([media], { kinds: ['service'], maxTtl: 'P1D' }),
      {
        id: 'upload',
        callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
        resources: [`${media.name}/blob/uploads/**`],
        permissions: 'cw',
        kinds: ['service'],
        maxTtl: 'P1D',
      },
    ]),
  );
  for (const [who, hours] of [
    ['reader', 1],
    ['reader', 3],
    ['reader', 20],
    ['uploader', 1],
    ['uploader', 5],
  ] as const) {
    const [place, permissions] = who === 'reader' ? ['photos/a.jpg', 'r'] : ['uploads/a.jpg', 'cw'];
    const body = { url: `${media.blob}/${place}`, permissions, ttl: `PT${hours}H` };
    const reply = await call(broker, who, 'POST', '/tokens', body);
    expect(reply.status).toBe(201);
    issued.push({ id: String(reply.body['id']), who, hours });
  }
  const outcome = { outcome: 'succeeded', detail: 'done' };
  expect((await call(broker, 'reader', 'POST', `/tokens/${issued[1]!.id}/completion`, outcome)).status).toBe(
    200,
  );
});

afterAll(() => broker.stop());

const list = (query: string, who = 'auditor') => call(broker, who, 'GET', `/tokens${query}`);

async function ids(query: string, who = 'auditor'): Promise<string[]> {
  const { status, body } = await list(query, who);
  expect(status).toBe(200);
  expect(body['nextCursor']).toBeNull();
  return (body['items'] as { id: string }[]).map(({ id }) => id);
}

const of = (...which: ((one: (typeof issued)[number]) => boolean)[]) =>
  issued.filter((one) => which.every((is) => is(one))).map(({ id }) => id);
const hourOf = (id: string) => id.split('-')[1]!;

describe('a list of tokens', () => {
  it('has every live token for auditors, by hour of expiry, as records with their completions', async () => {
    const { body } = await list('');
    const items = body['items'] as { id: string; state: string; completion: object | null }[];
    expect(items.map(({ id }) => id).sort()).toEqual(of().sort());
    expect(items.map(({ id }) => hourOf(id))).toEqual(items.map(({ id }) => hourOf(id)).sort());
    expect(items.every(({ state }) => state === 'live')).toBe(true);
    const record = await call(broker, 'auditor', 'GET', `/tokens/${issued[1]!.id}`);
    expect(record.body['completion']).toMatchObject({ outcome: 'succeeded', detail: 'done' });
    expect(items.find(({ id }) => id === issued[1]!.id)).toEqual(record.body);
    expect((await list('')).headers.get('cache-control')).toBe('no-store');
  });

  it('has only their own for everyone else', async () => {
    for (const who of ['reader', 'uploader'])
      expect((await ids('', who)).sort()).toEqual(of((one) => one.who === who).sort());
    for (const who of ['operator', 'stranger']) expect(await ids('?state=any', who)).toEqual([]);
    expect((await ids(`?caller=${idOf('uploader')}`)).sort()).toEqual(
      of(({ who }) => who === 'uploader').sort(),
    );
    expect(await ids(`?caller=${idOf('uploader')}`, 'reader')).toEqual([]);
    expect(await ids(`?caller=${idOf('reader')}`, 'reader')).toHaveLength(3);
    expect((await call(broker, null, 'GET', '/tokens')).status).toBe(401);
  });

  it('can be filtered by each column', async () => {
    const { name } = accounts.media;
    const [first] = issued;
    const record = await call(broker, 'auditor', 'GET', `/tokens/${first!.id}`);
    const { issuedAt, signedWith } = record.body as { issuedAt: string; signedWith: { keyId: string } };
    const readers = of(({ who }) => who === 'reader').sort();
    const sorted = async (query: string) => (await ids(query)).sort();
    expect(await sorted(`?account=${name}&service=blob&container=PHOTOS`)).toEqual(readers);
    expect(await sorted('?grant=read')).toEqual(readers);
    expect(await sorted(`?key=key1&kind=service&keyId=${signedWith.keyId.toUpperCase()}`)).toEqual(
      of().sort(),
    );
    expect(await sorted(`?issuedAfter=${issuedAt}`)).toEqual(of().sort());
    for (const query of [
      '?key=key2',
      '?kind=account',
      `?keyId=${'0'.repeat(16)}`,
      '?policy=nosuch',
      `?issuedBefore=${issuedAt}`,
      '?account=nosuch',
      '?service=queue',
      `?account=${name}&service=blob&container=photo`,
      '?state=expired',
      '?state=revoked',
      '?state=unproved',
    ])
      expect(await ids(query), query).toEqual([]);
  });

  it.each(['asc', 'desc'])('has each token once, page by page, in %s order', async (order) => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { status, body } = await list(`?state=any&order=${order}&limit=2${next}`);
      expect(status).toBe(200);
      seen.push(...(body['items'] as { id: string }[]).map(({ id }) => id));
      cursor = body['nextCursor'] as string | null;
    }
    const hours = seen.map(hourOf);
    expect(hours).toEqual(order === 'asc' ? [...hours].sort() : [...hours].sort().reverse());
    expect([...seen].sort()).toEqual(of().sort());
  });

  it('refuses a query with every fault, and a cursor of another list', async () => {
    const { status, body } = await list('?stat=live&limit=0&container=c&order=up&cursor=x');
    expect(status).toBe(400);
    expect(body.errors?.map(({ path }) => path).sort()).toEqual([
      'container',
      'cursor',
      'limit',
      'order',
      'stat',
    ]);
    const first = await list('?limit=1');
    const cursor = first.body['nextCursor'] as string;
    expect((await list(`?limit=1&cursor=${cursor}`)).status).toBe(200);
    expect((await list(`?limit=1&order=desc&cursor=${cursor}`)).status).toBe(400);
    // A cursor gives no right: whoever sends it sees their own tokens.
    const own = await list(`?cursor=${cursor}`, 'uploader');
    expect(
      (own.body['items'] as { id: string }[]).every(({ id }) =>
        of(({ who }) => who === 'uploader').includes(id),
      ),
    ).toBe(true);
  });
});
