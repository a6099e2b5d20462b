import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addSeconds } from '../../shared/iso-time.ts';
import { StoragePolicies } from '../../shared/stored-policies/storage-policies.ts';
import { account } from '../fakes/configuration.ts';
import { MemoryAccountKeys } from '../fakes/memory-account-keys.ts';
import { storedPolicy } from '../fakes/memory-stored-policies.ts';
import { storedPoliciesContract } from './stored-policies.contract.ts';

/** Stands in for the file service, which the emulator lacks: it returns the XML that it was sent. */
const lists = new Map<string, string>();
const EMPTY = '<?xml version="1.0" encoding="utf-8"?><SignedIdentifiers />';
let endpoint: string;
let puts = 0;
let failing = false;

const server = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?')[0]!;
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const known = lists.get(path);
  if (request.method === 'PUT') puts += 1;
  if (request.method === 'PUT' && failing) {
    response.writeHead(503, { 'x-ms-error-code': 'ServerBusy', 'content-length': 0 }).end();
  } else if (known === undefined) {
    response.writeHead(404, { 'x-ms-error-code': 'ShareNotFound', 'content-length': 0 }).end();
  } else if (request.method === 'PUT') {
    lists.set(path, body);
    response.writeHead(200, { 'content-length': 0 }).end();
  } else response.writeHead(200, { 'content-type': 'application/xml' }).end(known);
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/media`;
});

afterAll(() => void server.close());

function open() {
  const accountKeys = new MemoryAccountKeys();
  accountKeys.publish('media', Buffer.alloc(64, 7).toString('base64'));
  const endpoints = { blob: endpoint, queue: endpoint, table: endpoint, file: endpoint };
  const place = { account: account({ endpoints }), service: 'file', name: 'plans' } as const;
  lists.set('/media/plans', EMPTY);
  return { stored: new StoragePolicies({ accountKeys, clock: () => new Date() }), place };
}

storedPoliciesContract('share', 'file', async () => open());

test('what a policy leaves out is absent from the XML, not empty', async () => {
  const { stored, place } = open();
  const policies = [storedPolicy({ id: 'letters', permissions: 'rl' }), storedPolicy({ id: 'nothing' })];
  const list = { policies, publicAccess: null };
  await stored.replace(place, list, addSeconds(new Date(), 5));
  expect(lists.get('/media/plans')).not.toMatch(/<Start|<Expiry|<Permission\/>|<Permission><\/Permission>/);
  expect(await stored.read(place, addSeconds(new Date(), 5))).toEqual(list);
});

test('a replacement is sent once, whatever its outcome', async () => {
  const { stored, place } = open();
  const replace = () =>
    stored.replace(place, { policies: [], publicAccess: null }, addSeconds(new Date(), 5));
  puts = 0;
  failing = true;
  await expect(replace()).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(puts).toBe(1);
  failing = false;
  await replace();
  expect(puts).toBe(2);
});
