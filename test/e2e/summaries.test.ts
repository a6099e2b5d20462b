import { AzureNamedKeyCredential } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { countedDenialsRow } from '../../shared/audit/write-event-rows.ts';
import { addSeconds, formatInstant } from '../../shared/iso-time.ts';
import { hashKeys } from '../../shared/keys/key-hash.ts';
import { SecretText } from '../../shared/keys/signing-keys.ts';
import { TableRotationJournals } from '../../shared/rotation/table-rotation-journals.ts';
import { type DenialSummary, denialSummarySchema } from '../../shared/summaries/denial-summary.ts';
import { type LiveSummary, liveSummarySchema } from '../../shared/summaries/live-token-summary.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { someJournal } from '../unit/rotation/journal-samples.ts';
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

const callerOf = (who: string) => {
  const { oid, name } = sampleCallers[who]!;
  return { issuer: 'local', subject: oid, name };
};

beforeAll(async () => {
  accounts = await newAccounts();
  const { media } = accounts;
  await writeJournal();
  const rotation = { every: 'P30D', maxTokenTtl: 'P2D' };
  const upload = {
    id: 'upload',
    callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
    resources: [`${media.name}/blob/uploads/**`],
    permissions: 'cw',
    kinds: ['service'],
    maxTtl: 'P2D',
  };
  broker = await startBroker(
    accounts,
    configuration(accounts, [readerGrant([media], { maxTtl: 'P1D' }), upload], rotation),
  );
});

afterAll(() => broker.stop());

/** Writes the hashes of the account's keys, as the first tick would. */
async function writeJournal(): Promise<void> {
  const { state, media } = accounts;
  const client = auditTableClient(
    state.table,
    'BrokerState',
    new AzureNamedKeyCredential(state.name, state.key1),
  );
  const journals = new TableRotationJournals({ client, callTimeoutMs: 5000, clock: () => new Date() });
  const hashes = hashKeys({ key1: new SecretText(media.key1), key2: new SecretText(media.key2) });
  await journals.save(someJournal({ account: media.name, hashes }), null);
}

async function issue(who: string, kind: string, ttl: string): Promise<string> {
  const [place, permissions] = who === 'reader' ? ['photos/a.jpg', 'r'] : ['uploads/a.jpg', 'cw'];
  const body = { url: `${accounts.media.blob}/${place}`, permissions, kind, ttl };
  const reply = await call(broker, who, 'POST', '/tokens', body);
  expect(reply.status).toBe(201);
  return String(reply.body['expiresAt']);
}

const ask = (path: string, who: string | null = 'auditor') => call(broker, who, 'GET', `/summary/${path}`);

describe('the summary of live tokens', () => {
  const none = { userDelegation: 0, key1: 0, key2: 0, unnamed: 0 };

  async function summary(query: string, who = 'auditor'): Promise<LiveSummary> {
    const { status, body } = await ask(`live-tokens${query}`, who);
    expect(status).toBe(200);
    return liveSummarySchema.parse(body);
  }

  it('counts the tokens of every caller, and is remembered for later questions', async () => {
    const { name } = accounts.media;
    await issue('reader', 'user-delegation', 'PT1H');
    const expiry = await issue('reader', 'service', 'PT3H');
    const latestExpiry = await issue('uploader', 'service', 'PT30H');

    const day = await summary('');
    expect(day).toMatchObject({ scannedAll: true, total: 3, later: { ...none, key1: 1 } });
    expect(day.byHour).toHaveLength(24);
    expect(day.byHour[0]!.hour).toBe(`${day.asOf.slice(0, 13)}:00:00Z`);
    const hour = `${expiry.slice(0, 13)}:00:00Z`;
    expect(day.byHour.find((one) => one.hour === hour)).toEqual({ hour, ...none, key1: 1 });
    expect(day.byHour.reduce((sum, one) => sum + one.userDelegation, 0)).toBe(1);
    expect(day.byAccount).toEqual([{ account: name, ...none, userDelegation: 1, key1: 2, latestExpiry }]);
    expect(day.byGrant).toEqual([
      { grant: 'read', tokens: 2 },
      { grant: 'upload', tokens: 1 },
    ]);
    expect(day.byCaller).toEqual([
      { ...callerOf('reader'), tokens: 2 },
      { ...callerOf('uploader'), tokens: 1 },
    ]);

    await issue('reader', 'service', 'PT1H');
    expect(await summary('', 'operator')).toEqual(day);
    const week = await summary(`?hours=168&account=${name}`);
    expect([week.asOf, week.total, week.byHour.length, week.later]).toEqual([day.asOf, 3, 168, none]);
    expect((await summary('?hours=1')).byHour).toHaveLength(1);
  });

  it('is for auditors and operators, about a configured account, up to 168 hours', async () => {
    expect((await ask('live-tokens', null)).status).toBe(401);
    for (const who of ['reader', 'stranger']) expect((await ask('live-tokens', who)).status).toBe(403);
    const unknown = await ask('live-tokens?account=nosuchaccount');
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'not_found']);
    const wrong = await ask('live-tokens?hours=169&account=A&since=x');
    expect([wrong.status, wrong.body['code']]).toEqual([400, 'invalid_request']);
    expect(wrong.body.errors?.map(({ path }) => path).sort()).toEqual(['account', 'hours', 'since']);
  });
});

describe('the summary of denials', () => {
  async function summary(query: string): Promise<DenialSummary> {
    const { status, body } = await ask(`denials${query}`);
    expect(status).toBe(200);
    return denialSummarySchema.parse(body);
  }

  it('counts who was denied, with counts of further denials, and is for auditors only', async () => {
    const url = `${accounts.media.blob}/photos/a.jpg`;
    const before = await summary('?since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z');
    expect([before.total, before.byHour.length, before.byCaller]).toEqual([0, 24, []]);
    const first = await summary('');
    for (const permissions of ['w', 'd'])
      expect((await call(broker, 'backup', 'POST', '/tokens', { url, permissions })).status).toBe(403);
    for (const who of ['operator', 'reader']) expect((await ask('denials', who)).status).toBe(403);
    const at = addSeconds(new Date(), -60);
    const { name, subject, issuer } = callerOf('backup');
    const denials = { at, caller: { issuer, subject, name, ip: null }, count: 41 };
    const origin = { instance: 'i', shard: 5, suffix: 'abcdefgh' };
    await accounts.auditTable.createEntity(countedDenialsRow(denials, origin));

    const { total, byHour, byCaller, scannedAll } = await summary('');
    expect([total - first.total, scannedAll]).toEqual([45, true]);
    expect(byHour.reduce((sum, { count }) => sum + count, 0)).toBe(total);
    expect(byHour).toHaveLength(25);
    expect(byCaller[0]).toMatchObject({ ...callerOf('backup'), count: 43 });
    expect(byCaller[0]!.lastReason).toMatch(/\w/);
    expect(byCaller.find((one) => one.subject === callerOf('operator').subject)).toMatchObject({
      lastReason: 'getDenialSummary requires the role auditor',
    });
    const minute = `?since=${formatInstant(addSeconds(at, -1))}&until=${formatInstant(addSeconds(at, 1))}`;
    expect((await summary(minute)).byCaller).toEqual([
      { ...callerOf('backup'), count: 41, lastReason: null },
    ]);
  });

  it('refuses more than seven days, and times that cannot be read', async () => {
    for (const [query, paths] of [
      ['?since=2026-11-01T00:00:00Z&until=2026-11-08T00:00:01Z', ['since']],
      ['?since=2026-11-02T00:00:00Z&until=2026-11-01T00:00:00Z', ['since']],
      ['?since=monday&until=2026-02-31T00:00:00Z&limit=5', ['limit', 'since', 'until']],
    ] as const) {
      const { status, body } = await ask(`denials${query}`);
      expect([status, body['code']]).toEqual([400, 'invalid_request']);
      expect(body.errors?.map(({ path }) => path).sort()).toEqual(paths);
    }
    expect((await ask('denials?since=2026-11-01T00:00:00Z&until=2026-11-08T00:00:00Z')).status).toBe(200);
  });
});
