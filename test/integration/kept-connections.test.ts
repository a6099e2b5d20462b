import { createDefaultHttpClient } from '@azure/core-rest-pipeline';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { TokenCredential } from '@azure/identity';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { ensureCertificate } from '../../local/certificate.ts';
import { joseIssuerKeys } from '../../shared/identity/jose-issuer-keys.ts';
import { keyVaultSecretClient } from '../../shared/keys/key-vault-client.ts';
import { delegationKeyRequester } from '../../shared/keys/storage-delegation-request.ts';
import { ArmAccountKeys } from '../../shared/rotation/arm-account-keys.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { tableTransport } from '../../shared/tables/table-transport.ts';
import { account } from '../fakes/configuration.ts';
import { signingPair } from '../fakes/oidc-issuer.ts';

const ID = '11111111-1111-4111-8111-111111111111';
const KEY = `<?xml version="1.0" encoding="utf-8"?><UserDelegationKey><SignedOid>${ID}</SignedOid><SignedTid>${ID}</SignedTid>
  <SignedStart>2026-11-22T15:00:00Z</SignedStart><SignedExpiry>2026-11-23T15:00:00Z</SignedExpiry><SignedService>b</SignedService>
  <SignedVersion>2025-11-05</SignedVersion><Value>a2V5</Value></UserDelegationKey>`;
const KEY_TIMES = { key1: '2026-11-22T15:00:00Z', key2: '2026-11-22T15:00:00Z' };

let server: Server;
let url: string;
let connections = 0;
let requests: string[] = [];
let accessTokens = 0;
const jwk = await signingPair('ES256', 'one').then((pair) => pair.jwk);

const identity: TokenCredential = {
  getToken: async () => {
    accessTokens += 1;
    return { token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 };
  },
};

/** Answers as each service does, just enough for the client to be content. */
function replyTo({ method, url: path = '', headers }: IncomingMessage): [number, string, string?] {
  if (path.includes('userdelegationkey')) return [200, KEY, 'application/xml'];
  if (path.includes('/secrets/')) {
    if (headers.authorization === undefined) return [401, ''];
    return [
      200,
      JSON.stringify({ value: 'v', id: `${url}/secrets/media-key/${'1'.repeat(32)}`, attributes: {} }),
    ];
  }
  if (path.includes('/subscriptions/'))
    return [200, JSON.stringify({ properties: { keyCreationTime: KEY_TIMES } })];
  if (path.includes('openid-configuration'))
    return [200, JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` })];
  if (path.endsWith('/keys')) return [200, JSON.stringify({ keys: [jwk] })];
  return method === 'POST' ? [204, ''] : [200, JSON.stringify({ requestId: 'r' })];
}

beforeEach(async () => {
  const { cert, key } = await ensureCertificate(inject('stack').folder);
  connections = 0;
  requests = [];
  accessTokens = 0;
  server = createServer({ cert, key }, (request, response) => {
    requests.push(request.url ?? '');
    const [status, body, type = 'application/json'] = replyTo(request);
    request.resume().once('end', () => {
      const challenge = 'Bearer authorization="https://127.0.0.1/tenant", resource="https://vault.azure.net"';
      response.writeHead(status, { 'content-type': type, 'www-authenticate': challenge }).end(body);
    });
  });
  server.on('secureConnection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const media = () =>
  account({
    name: 'media',
    endpoints: { blob: `${url}/media`, queue: `${url}/media`, table: `${url}/media`, file: `${url}/media` },
  });

describe('a second call opens no connection', () => {
  const cases: [string, () => () => Promise<unknown>][] = [
    [
      'to the audit table',
      () => {
        const transport = tableTransport(auditTableClient(`${url}/state`, 'Audit', identity));
        const row = { partitionKey: 'p', rowKey: 'r', requestId: 'r' };
        return () => transport.insert([row], new AbortController().signal);
      },
    ],
    [
      'to another table of the account',
      () => {
        const clients = ['Audit', 'State'].map((table) => auditTableClient(`${url}/state`, table, identity));
        const row = { partitionKey: 'p', rowKey: 'r', requestId: 'r' };
        return () => tableTransport(clients.shift()!).insert([row], new AbortController().signal);
      },
    ],
    [
      'to Key Vault',
      () => {
        const client = keyVaultSecretClient(url, identity, 'public');
        return () => client.getSecret('media-key');
      },
    ],
    [
      'to Resource Manager',
      () => {
        const keys = new ArmAccountKeys({
          credential: identity,
          endpoint: url,
          cloud: 'public',
          callTimeoutMs: 5000,
          clock: () => new Date(),
        });
        return () => keys.times(media());
      },
    ],
    [
      'to storage for user delegation keys',
      () => {
        const own = media();
        const times = { startsOn: new Date(), expiresOn: new Date(Date.now() + 3_600_000) };
        const ask = { account: own, service: 'blob', delegatedTenant: null, ...times } as const;
        const requestKey = delegationKeyRequester(identity);
        return () => requestKey(ask, new AbortController().signal);
      },
    ],
    [
      'to an issuer',
      () => {
        const issuer = { id: 'test', issuer: url, audiences: ['a'], subject: 'oid', require: {} };
        const httpClient = createDefaultHttpClient();
        return () => joseIssuerKeys(issuer, { httpClient, timeoutMs: 5000 }).read(new Date());
      },
    ],
  ];

  test.each(cases)('%s', async (_, prepare) => {
    const call = prepare();
    await call();
    const first = { requests: requests.length, connections };
    // A connection is free again once its client has seen the end of the reply.
    await pause(20);
    await call();
    expect(requests.length).toBeGreaterThan(first.requests);
    expect(connections).toBe(first.connections);
  });
});

test('user delegation keys are requested with one access token', async () => {
  const own = media();
  const times = { startsOn: new Date(), expiresOn: new Date(Date.now() + 3_600_000) };
  const ask = { account: own, service: 'blob', delegatedTenant: null, ...times } as const;
  const once: TokenCredential = { getToken: () => identity.getToken([]) };
  const requestKey = delegationKeyRequester(once);
  for (let call = 0; call < 3; call += 1) await requestKey(ask, new AbortController().signal);
  expect(accessTokens).toBe(1);
});
