import { createHmac, type webcrypto } from 'node:crypto';
import { exportSPKI, generateKeyPair, importJWK, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { audience, sampleCallers, tenantId } from '../../local/sample-callers.ts';
import { bearerToken } from '../stack-client.ts';
import { expectNoLeak, storedRows } from './leaks.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

const bearers: string[] = [];
let accounts: Accounts;
let broker: TestBroker;
let url: string;

beforeAll(async () => {
  accounts = await newAccounts();
  broker = await startBroker(accounts, configuration(accounts, [readerGrant([accounts.media])]));
  url = `${accounts.media.blob}/photos/sample.jpg`;
});

afterAll(() => broker.stop());

const reader = sampleCallers['reader']!;
const claims = { tid: tenantId, ver: '2.0', oid: reader.oid, roles: reader.roles };

/** Returns a token that is valid except for its signing key and what `parts` changes. */
async function forged(algorithm: string, key: Parameters<SignJWT['sign']>[0], header: object = {}) {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: await issuerKeyId(), ...header })
    .setIssuer(inject('stack').issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key);
}

async function issuerKey(): Promise<JWK> {
  const discovery = (await (
    await fetch(`${inject('stack').issuer}/.well-known/openid-configuration`)
  ).json()) as { jwks_uri: string };
  const { keys } = (await (await fetch(discovery.jwks_uri)).json()) as { keys: JWK[] };
  return keys[0]!;
}

const issuerKeyId = async () => (await issuerKey()).kid ?? '';

const refusalLogged = (requestId: string): string =>
  broker
    .output()
    .split('\n')
    .find((line) => line.includes(requestId) && line.includes('refused')) ?? '';

describe('a request without a valid bearer token', () => {
  const forgeries: [string, string, () => Promise<string>][] = [
    [
      'a bad signature',
      'signature',
      async () => forged('RS256', (await generateKeyPair('RS256')).privateKey),
    ],
    [
      'alg: none',
      'alg',
      () =>
        Promise.resolve(
          new UnsecuredJWT(claims)
            .setIssuer(inject('stack').issuer)
            .setAudience(audience)
            .setExpirationTime('1h')
            .encode(),
        ),
    ],
    [
      'HS256 with the public key',
      'alg',
      async () => {
        const pem = await exportSPKI((await importJWK(await issuerKey(), 'RS256')) as webcrypto.CryptoKey);
        return forged('HS256', new TextEncoder().encode(pem));
      },
    ],
    ['a wrong audience', 'aud', () => bearerToken('reader', { aud: 'another-api' })],
    ['a wrong issuer', 'iss', () => bearerToken('reader', { iss: 'https://issuer.example' })],
    ['an expired token', 'exp', () => bearerToken('reader', {}, -120)],
    ['another tenant', 'require tid', () => bearerToken('reader', { tid: 'other' })],
    [
      'a token whose last character was changed',
      'signature',
      async () => {
        const [head, body, signature] = (await bearerToken('reader')).split('.') as [string, string, string];
        return `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      },
    ],
    [
      'a text that is not a JWT',
      'malformed',
      () => Promise.resolve(createHmac('sha256', 'x').update('y').digest('base64url')),
    ],
  ];

  it.each(forgeries)(
    '%s is 401 with only the standard error; the log says %s',
    async (_what, reason, forge) => {
      const bearer = await forge();
      bearers.push(bearer);
      const answer = await call(broker, { bearer }, 'POST', '/tokens', { url, permissions: 'r' });
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ code: 'unauthenticated', status: 401 });
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer realm="sas-token-broker", error="invalid_token"',
      );
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      await expect
        .poll(() => refusalLogged(String(answer.body['requestId'])))
        .toContain(`"reason":"${reason}`);
      expect(Object.keys(answer.body).sort()).toEqual([
        'code',
        'detail',
        'requestId',
        'status',
        'title',
        'type',
      ]);
      expect(answer.body['detail']).toBe('The bearer token is missing or not valid.');
    },
  );

  it('is 401 without an error code if it has no bearer token at all', async () => {
    const answer = await call(broker, null, 'POST', '/tokens', { url, permissions: 'r' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="sas-token-broker"');
  });

  it('is refused before anything else is checked', async () => {
    expect((await call(broker, null, 'POST', '/tokens', 'not json')).status).toBe(401);
    expect((await call(broker, null, 'GET', '/tokens/whatever')).status).toBe(401);
    expect((await call(broker, null, 'POST', '/tokens/lookup', {})).status).toBe(401);
  });
});

describe('an invalid body', () => {
  const deep = '['.repeat(40) + ']'.repeat(40);
  it.each([
    ['not JSON', '{"url":', {}, 400, 'invalid_request'],
    ['not UTF-8 JSON but text', 'hello', {}, 400, 'invalid_request'],
    ['nothing', '', {}, 400, 'invalid_request'],
    ['a list', '[]', {}, 400, 'invalid_request'],
    ['null', 'null', {}, 400, 'invalid_request'],
    ['nested too deep', deep, {}, 400, 'invalid_request'],
    ['wrong content type', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['over 64 KiB', JSON.stringify({ purpose: 'x'.repeat(65_536) }), {}, 413, 'payload_too_large'],
  ])('%s', async (_what, body, headers, status, code) => {
    const answer = await call(broker, 'reader', 'POST', '/tokens', body, headers);
    expect(answer).toMatchObject({ status, body: { code, status } });
    expect(answer.body['requestId']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is refused with every fault and its path', async () => {
    const body = {
      url: 'https://evil.example/x',
      resource: {},
      permissions: 'zz',
      ttl: 'soon',
      ip: '10.0.0.0/8',
      surplus: 1,
      responseHeaders: { contentType: 'a\r\nb' },
    };
    const answer = await call(broker, 'reader', 'POST', '/tokens', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['url', 'permissions', 'ttl', 'ip', 'surplus', 'responseHeaders.contentType']),
    );
  });
});

it('null means absent for an optional member, but not inside a resource', async () => {
  const request = {
    url,
    permissions: 'r',
    ttl: null,
    resource: null,
    responseHeaders: { contentType: null },
  };
  const resource = { service: 'blob', container: 'photos', blob: null };
  expect((await call(broker, 'reader', 'POST', '/tokens', request)).status).toBe(201);
  const requests = [request, { resource, permissions: 'r' }, { ...request, permissions: null }];
  const { body } = await call(broker, 'reader', 'POST', '/tokens/batch', { requests });
  expect(body['results']).toMatchObject([
    { status: 201 },
    { status: 400, problem: { errors: [{ path: 'resource.blob' }] } },
    { status: 400, problem: { errors: [{ path: 'permissions' }] } },
  ]);
});

it('a number of seconds in quotes is told to be a JSON number', async () => {
  const answer = await call(broker, 'reader', 'POST', '/tokens', { url, permissions: 'r', ttl: '20' });
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'ttl' }] } });
  expect(answer.body.errors?.[0]?.message).toContain('a JSON number');
});

it('a costly or ambiguous request of a batch fails on its own, and a costly batch as a whole', async () => {
  const good = JSON.stringify({ url, permissions: 'r' });
  const batch = (texts: string[]) =>
    call(broker, 'reader', 'POST', '/tokens/batch', `{"requests":[${texts.join()}]}`);
  const long = JSON.stringify({ url, permissions: 'r', purpose: 'x'.repeat(65_536) });
  const wide = JSON.stringify({ resource: { services: Array(1000).fill(1) } });
  const twice = good.replace('{', '{"\\u0070ermissions":"rwd",');
  const { status, body } = await batch([good, long, wide, twice, good]);
  expect(status).toBe(200);
  expect(body['results']).toMatchObject([
    { status: 201 },
    { status: 413, problem: { code: 'payload_too_large' } },
    { status: 400, problem: { errors: [{ path: '' }], errorCount: 1 } },
    { status: 400, problem: { errors: [{ path: 'permissions' }] } },
    { status: 201 },
  ]);
  const whole = await batch(Array(11).fill(wide) as string[]);
  expect(whole).toMatchObject({ status: 400, body: { errors: [{ path: '' }] } });
});

describe('a body that is sent in chunks', () => {
  const send = async (who: string | null, path: string) => {
    const bearer = who === null ? undefined : `Bearer ${await bearerToken(who)}`;
    const reply = await fetch(`${broker.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(bearer && { authorization: bearer }) },
      body: new Blob(['{"takeOver":true}']).stream(),
      duplex: 'half',
    });
    return [reply.status, ((await reply.json()) as { code: string }).code];
  };

  it('is 411 on every route that takes a body, but only after 401 and 403', async () => {
    const rotation = `/accounts/${accounts.media.name}/rotation`;
    expect(await send('reader', '/tokens')).toEqual([411, 'length_required']);
    expect(await send('reader', '/tokens/batch')).toEqual([411, 'length_required']);
    expect(await send('operator', rotation)).toEqual([411, 'length_required']);
    expect(await send('reader', rotation)).toEqual([403, 'forbidden']);
    expect(await send(null, rotation)).toEqual([401, 'unauthenticated']);
  });
});

it('a refusal caused by the caller is not logged as a warning', async () => {
  expect((await call(broker, 'reader', 'POST', '/tokens', {})).status).toBe(400);
  await expect
    .poll(broker.output)
    .toMatch(/\[Information\] issueToken: .*"request refused".*"invalid_request"/);
  expect(broker.output()).not.toMatch(/\[(?:Warning|Error)\] issueToken: .*"invalid_request"/);
});

it.each(['/health', '/health/ready', '/openapi.json'])('%s ignores an invalid bearer token', async (path) => {
  for (const bearer of ['', 'bad', await bearerToken('reader', { aud: 'other' })])
    expect((await call(broker, { bearer }, 'GET', path)).status).toBe(200);
  const checks = await call(broker, 'operator', 'GET', '/health/ready');
  expect(checks.body['checks']).toBeDefined();
});

describe('a request outside the caller’s grants', () => {
  it('does not reveal what exists', async () => {
    await accounts.container('secret-plans');
    const ask = async (who: string, target: string) => {
      const { status, body } = await call(broker, who, 'POST', '/tokens', { url: target, permissions: 'r' });
      const { requestId, ...rest } = body;
      expect(requestId).toBeDefined();
      return { status, ...rest };
    };
    const host = accounts.media.blob.slice(0, accounts.media.blob.lastIndexOf('/'));
    const refusal = await ask('reader', `${accounts.media.blob}/secret-plans/a`);
    expect(refusal).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await ask('reader', `${accounts.media.blob}/no-such-container/a`)).toEqual(refusal);
    expect(await ask('reader', `${host}/nosuchaccount/photos/a`)).toEqual(refusal);
    expect(await ask('stranger', url)).toEqual(refusal);
    const explained = await call(broker, 'stranger', 'POST', '/tokens/explain', { url, permissions: 'r' });
    expect(explained.body).toEqual({
      allowed: false,
      grant: null,
      kind: null,
      kindReason: null,
      wouldIssue: null,
      missing: [{ path: 'resource', message: 'none of your grants covers this resource' }],
      largest: null,
      narrowerKind: null,
      hints: [],
    });
  });

  it('is refused with the limit, and recorded, if it asks for too much', async () => {
    const answer = await call(broker, 'reader', 'POST', '/tokens', {
      url,
      permissions: 'rw',
      ttl: 'P1D',
      purpose: 'more than I may',
    });
    expect(answer.status).toBe(403);
    expect(answer.body['detail']).toContain('PT1H');
    const denials = (await storedRows(accounts)).filter(({ partitionKey }) =>
      String(partitionKey).startsWith('d-'),
    );
    expect(denials.find(({ requestId }) => requestId === answer.body['requestId'])).toMatchObject({
      callerSubject: reader.oid,
      purpose: 'more than I may',
    });
  });

  it('gets the same 404 for another caller’s record as for one that does not exist', async () => {
    const issued = await call(broker, 'reader', 'POST', '/tokens', { url, permissions: 'r' });
    const id = String(issued.body['id']);
    expect((await call(broker, 'reader', 'GET', `/tokens/${id}`)).status).toBe(200);
    expect((await call(broker, 'auditor', 'GET', `/tokens/${id}`)).status).toBe(200);
    const foreign = await call(broker, 'stranger', 'GET', `/tokens/${id}`);
    const never = await call(
      broker,
      'stranger',
      'GET',
      `/tokens/${id.slice(0, -1)}${id.endsWith('a') ? 'b' : 'a'}`,
    );
    expect(foreign.status).toBe(404);
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...never.body, requestId: '' });
    expect((await call(broker, 'auditor', 'GET', '/tokens/garbage')).status).toBe(404);
  });

  it('cannot use lookup, which is for auditors', async () => {
    const answer = await call(broker, 'reader', 'POST', '/tokens/lookup', { fingerprint: 'ab'.repeat(32) });
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it.each([
    [{}, ''],
    [{ fingerprint: 'xyz' }, 'fingerprint'],
    [{ token: 'sv=1', fingerprint: 'ab'.repeat(32) }, ''],
    [{ token: 'sv=2025-11-05&sp=r' }, 'token'],
    [{ url: 'https://media.example/x' }, 'url'],
    [{ fingerprint: 'ab'.repeat(32), around: 'yesterday' }, 'around'],
    [{ fingerprint: 'ab'.repeat(32), more: 1 }, 'more'],
  ])('a lookup of %j is invalid', async (body, path) => {
    const answer = await call(broker, 'auditor', 'POST', '/tokens/lookup', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((error) => error.path)).toEqual([path]);
  });
});

describe('routes that anyone may call', () => {
  it('return health, readiness and the OpenAPI document', async () => {
    expect(await call(broker, null, 'GET', '/health')).toMatchObject({ status: 200, body: { status: 'up' } });
    expect(await call(broker, null, 'GET', '/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ready' },
    });
    const { body } = await call(broker, null, 'GET', '/openapi.json');
    expect(body['openapi']).toBe('3.1.0');
    expect(Object.keys(body['paths'] as object)).toEqual(
      expect.arrayContaining(['/tokens', '/tokens/{id}', '/tokens/lookup', '/tokens/explain', '/health']),
    );
  });

  it.each(['/health', '/health/ready', '/openapi.json'])(
    'answer HEAD %s as GET without a body',
    async (path) => {
      const [get, head] = await Promise.all(
        ['GET', 'HEAD'].map((method) => fetch(`${broker.url}${path}`, { method })),
      );
      expect(head?.status).toBe(200);
      expect(await head?.text()).toBe('');
      for (const name of ['content-type', 'content-length', 'cache-control'])
        expect(head?.headers.get(name)).toBe(get?.headers.get(name));
      await get?.body?.cancel();
      expect((await fetch(`${broker.url}/me/none`, { method: 'HEAD' })).status).toBe(404);
    },
  );

  it('return the checks behind readiness to operators only', async () => {
    expect((await call(broker, 'reader', 'GET', '/health/ready')).body).toEqual({ status: 'ready' });
    const { body } = await call(broker, 'operator', 'GET', '/health/ready');
    const names = ['audit', `delegation key of ${accounts.media.name}/blob`, 'issuer local'];
    expect(body['checks']).toEqual(
      expect.arrayContaining(names.map((name) => ({ name, status: 'ok', detail: null }))),
    );
    expect(body['load']).toEqual({
      eventLoopDelayMs: expect.any(Number) as number,
      waitingRequests: 0,
      waitingRows: 0,
    });
  });

  it('leak no bearer token, key or vault into log, rows and replies', async () => {
    await expectNoLeak(accounts, broker, bearers);
  });
});

describe('a broker with faults in its configuration', () => {
  it('replies 503 misconfigured to everything except health, logs every fault, and its timer does nothing', async () => {
    const faulty = await startBroker(
      accounts,
      '{"cloud":"public","accounts":[{"name":"X"}],"grants":[{"id":"a","id2":1}]}',
    );
    try {
      expect((await call(faulty, null, 'GET', '/health')).status).toBe(200);
      for (const [method, path] of [
        ['GET', '/health/ready'],
        ['POST', '/tokens'],
        ['GET', '/tokens/x'],
      ] as const) {
        const answer = await call(faulty, 'reader', method, path, method === 'POST' ? {} : undefined);
        expect(answer).toMatchObject({ status: 503, body: { code: 'misconfigured' } });
        expect(answer.headers.get('retry-after')).toBeNull();
      }
      await expect.poll(faulty.output).toContain('$.accounts[0].name');
      await expect.poll(faulty.output).toContain('$.grants[0].id2');
      await expect
        .poll(faulty.output)
        .toMatch(/\[Warning\] issueToken: .*"request refused".*"misconfigured"/);
      const timer = await fetch(`${faulty.admin}/functions/rotateKeys`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      expect(timer.status).toBe(202);
      expect(faulty.output()).not.toMatch(/rotation-|rotation held up/);
    } finally {
      await faulty.stop();
    }
  });
});
