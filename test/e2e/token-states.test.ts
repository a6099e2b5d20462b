import { AzureNamedKeyCredential, type TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyDeathId } from '../../shared/deaths/death.ts';
import { TableDeaths } from '../../shared/deaths/table-deaths.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
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
let client: TableClient;
let deaths: TableDeaths;

beforeAll(async () => {
  accounts = await newAccounts();
  const { state, media } = accounts;
  client = auditTableClient(state.table, 'BrokerState', new AzureNamedKeyCredential(state.name, state.key1));
  deaths = new TableDeaths({ client, clock: () => new Date() });
  broker = await startBroker(
    accounts,
    configuration(accounts, [readerGrant([media], { kinds: ['service'] })]),
  );
});

afterAll(() => broker.stop());

const soon = () => addSeconds(new Date(), 10);

async function issue() {
  const url = `${accounts.media.blob}/photos/sample.jpg`;
  const issued = await call(broker, 'reader', 'POST', '/tokens', { url, permissions: 'r' });
  expect(issued.status).toBe(201);
  const id = String(issued.body['id']);
  const record = await call(broker, 'auditor', 'GET', `/tokens/${id}`);
  const { keyId } = record.body['signedWith'] as { keyId: string };
  return { id, token: String(issued.body['token']), keyId };
}

/** Returns how each route that shows the record of a token shows its end. */
async function shown({ id, token }: { id: string; token: string }) {
  const replies = await Promise.all([
    call(broker, 'auditor', 'GET', `/tokens/${id}`),
    call(broker, 'reader', 'GET', `/tokens/${id}`),
    call(broker, 'auditor', 'POST', '/tokens/lookup', { token }),
  ]);
  const [auditor, own, lookup] = replies;
  const [found] = (lookup.body['records'] ?? []) as Record<string, unknown>[];
  const endOf = (record?: Record<string, unknown>) => [record?.['state'], record?.['endedBy']];
  return {
    status: replies.map(({ status }) => status),
    auditor: endOf(auditor.body),
    own: endOf(own.body),
    lookup: endOf(found),
  };
}

/** Returns what both routes that show the account's rotation say was ended. */
async function ended() {
  const one = await call(broker, 'auditor', 'GET', `/accounts/${accounts.media.name}/rotation`);
  const all = await call(broker, 'operator', 'GET', '/accounts');
  const [listed] = all.body['items'] as Record<string, unknown>[];
  return [one.body['ended'], listed?.['ended']];
}

describe('the record of a token', () => {
  it('says that its key’s death was ordered, by whom to auditors only, and then that it is proved', async () => {
    const one = await issue();
    expect(one.keyId).toMatch(/^[0-9a-f]{16}$/);
    const status = [200, 200, 200];
    const live = ['live', null];
    expect(await shown(one)).toEqual({ status, auditor: live, own: live, lookup: live });

    const key = { account: accounts.media.name, id: keyDeathId(one.keyId) };
    const at = new Date('2026-11-22T15:00:00Z');
    await deaths.order(
      {
        ...key,
        dead: { what: 'key', keyId: one.keyId },
        order: { at, by: 'local/otto', byName: 'Otto', reason: 'leaked' },
      },
      soon(),
    );
    const endedBy = { lever: 'regenerate-key', at: '2026-11-22T15:00:00Z', by: 'local/otto' };
    const told = ['unproved', endedBy];
    const untold = ['unproved', { ...endedBy, by: null }];
    expect(await shown(one)).toEqual({ status, auditor: told, own: untold, lookup: told });
    const ordered = { what: 'key', keyId: one.keyId, by: 'local/otto', proved: null, provedOn: [] };
    expect(await ended()).toMatchObject([[ordered], [ordered]]);

    await deaths.prove(key, { at: new Date(), refused: true, on: ['blob'] }, soon());
    const completed = await call(broker, 'reader', 'POST', `/tokens/${one.id}/completion`, {
      outcome: 'abandoned',
    });
    expect(completed).toMatchObject({
      status: 200,
      body: { state: 'revoked', endedBy: { ...endedBy, by: null }, completion: { outcome: 'abandoned' } },
    });
    const proved = { ...ordered, proved: true, provedOn: ['blob'] };
    expect(await ended()).toMatchObject([[proved], [proved]]);
    expect(await shown(one)).toMatchObject({ auditor: ['revoked', endedBy], lookup: ['revoked', endedBy] });
  });

  it('leaves the rotation state without a count if asked', async () => {
    for (const path of ['/accounts', `/accounts/${accounts.media.name}/rotation`]) {
      expect((await call(broker, 'auditor', 'GET', `${path}?counts=false`)).status).toBe(200);
      for (const query of ['?counts=no', '?count=false', '?counts=false&counts=false'])
        expect((await call(broker, 'auditor', 'GET', `${path}${query}`)).status, query).toBe(400);
    }
  });

  it('is not shown as live, nor completed, while what was ended cannot be read', async () => {
    const one = await issue();
    const keys = { partitionKey: `deaths-${accounts.media.name}`, rowKey: 'key-broken' };
    await client.createEntity({ ...keys, death: 'not a death' });
    expect((await shown(one)).status).toEqual([503, 503, 503]);
    expect(await ended()).toEqual([null, null]);
    const outcome = { outcome: 'failed' };
    const completion = () => call(broker, 'reader', 'POST', `/tokens/${one.id}/completion`, outcome);
    expect(await completion()).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
    await client.deleteEntity(keys.partitionKey, keys.rowKey);
    expect((await completion()).status).toBe(200);
  });
});
