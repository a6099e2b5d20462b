import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearerToken } from '../stack-client.ts';
import { type Accounts, configuration, newAccounts, startBroker, type TestBroker } from './test-broker.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/uploads.md'), 'utf8');
const app = 'https://app.example';
const elsewhere = 'https://elsewhere.example';

/** Returns a list of the Bicep rule in docs/uploads.md in the format of the REST API. */
function listed(name: string): string {
  const [, list = ''] = new RegExp(`${name}: \\[(.*)\\]`).exec(guide) ?? [];
  return list.replace(/[' ]/g, '');
}

/** Sends a preflight as a browser does, and reads the reply as a browser does. */
async function preflight(url: string, origin: string, method: string, asked: string[] = []) {
  const headers = { origin, 'access-control-request-method': method };
  const more = asked.length > 0 ? { 'access-control-request-headers': asked.join(',') } : {};
  const reply = await fetch(url, { method: 'OPTIONS', headers: { ...headers, ...more } });
  return { ...seen(reply), status: reply.status, text: await reply.text() };
}

function seen({ headers }: Response) {
  const list = (name: string) => headers.get(name)?.toLowerCase().split(/, ?/) ?? [];
  return {
    origin: headers.get('access-control-allow-origin'),
    methods: list('access-control-allow-methods'),
    headers: list('access-control-allow-headers'),
    exposed: list('access-control-expose-headers'),
  };
}

let accounts: Accounts;
beforeAll(async () => {
  accounts = await newAccounts();
  await accounts.container('uploads');
});

describe('the broker with one origin in Host.CORS', () => {
  let broker: TestBroker;
  let tokens: string;
  beforeAll(async () => {
    const grant = {
      id: 'all',
      callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
      resources: [`${accounts.media.name}/blob/uploads/**`],
      permissions: 'c',
      kinds: ['service'],
    };
    broker = await startBroker(accounts, configuration(accounts, [grant]), { HOST_CORS: app });
    tokens = `${broker.url}/tokens`;
  });
  afterAll(() => broker.stop());

  it('lets only pages of that origin send a bearer token and JSON', async () => {
    const asked = ['authorization', 'content-type'];
    const allowed = { status: 204, origin: app, methods: ['post'], headers: asked };
    expect(await preflight(tokens, app, 'POST', asked)).toMatchObject(allowed);
    expect(await preflight(tokens, elsewhere, 'POST', asked)).toMatchObject({ origin: null, headers: [] });
  });

  it('lets the page read tokens and problems, but no headers that would have to be exposed', async () => {
    const authorization = `Bearer ${await bearerToken('uploader')}`;
    const ask = (headers: Record<string, string>) =>
      fetch(tokens, {
        method: 'POST',
        headers: { origin: app, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ url: `${accounts.media.blob}/uploads/1`, permissions: 'c' }),
      });
    const replies = await Promise.all([ask({ authorization }), ask({})]);
    expect(replies.map(({ status }) => status)).toEqual([201, 401]);
    expect(replies.map(seen)).toMatchObject(Array(2).fill({ origin: app, exposed: [] }));
    const { requestId } = (await replies[1].json()) as { requestId: string };
    expect(requestId).toBe(replies[1].headers.get('x-request-id'));
  });
});

describe('storage', () => {
  const url = (name: string) => `${accounts.media.blob}/uploads/${name}`;

  it('refuses every preflight without a rule', async () => {
    const refused = await preflight(url('1'), app, 'PUT', ['x-ms-blob-type']);
    expect(refused).toMatchObject({ status: 403, origin: null });
    expect(refused.text).toContain('CorsPreflightFailure');
  });

  it('serves a page with the rule of docs/uploads.md, which is the same in Bicep and in the laptop command', async () => {
    const [allowedMethods, allowedHeaders, exposedHeaders] = [
      listed('allowedMethods'),
      listed('allowedHeaders'),
      listed('exposedHeaders'),
    ];
    const rule = {
      allowedOrigins: app,
      allowedMethods,
      allowedHeaders,
      exposedHeaders,
      maxAgeInSeconds: 3600,
    };
    for (const part of [
      `<AllowedMethods>${allowedMethods}<`,
      `<AllowedHeaders>${allowedHeaders}<`,
      `<ExposedHeaders>${exposedHeaders}<`,
    ])
      expect(guide).toContain(part);
    const credential = new StorageSharedKeyCredential(accounts.media.name, accounts.media.key1);
    await new BlobServiceClient(accounts.media.blob, credential).setProperties({ cors: [rule] });

    const passes = async (origin: string, method: string, asked: string[]) =>
      (await preflight(url('1'), origin, method, asked)).origin === origin;
    expect(await passes(app, 'PUT', ['content-type', 'x-ms-blob-type', 'if-none-match'])).toBe(true);
    expect(await passes(app, 'PUT', [])).toBe(true); // a block
    expect(await passes(app, 'PUT', ['x-ms-blob-content-type'])).toBe(true); // the list of blocks
    expect(await passes(app, 'PUT', ['x-ms-blob-type', 'x-ms-meta-a'])).toBe(false);
    expect(await passes(app, 'PUT', ['x-ms-client-request-id', 'x-ms-version'])).toBe(false); // the Azure SDK
    expect(await passes(app, 'DELETE', [])).toBe(false);
    expect(await passes(elsewhere, 'PUT', ['x-ms-blob-type'])).toBe(false);

    const refused = await fetch(`${url('1')}?sv=2025-11-05&sp=r&sig=none`, { headers: { origin: app } });
    expect(refused.status).toBe(403);
    expect(seen(refused)).toMatchObject({
      origin: app,
      exposed: expect.arrayContaining(['x-ms-error-code']) as unknown,
    });
  });
});
