import {
  BlobSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  QUICK_ROTATION,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

let accounts: Accounts;
let broker: TestBroker;
/** Signatures that no reply, row or log line may repeat. */
const signatures: string[] = [];

beforeAll(async () => {
  accounts = await newAccounts();
  const grants = [readerGrant([accounts.media], { kinds: ['service'] })];
  broker = await startBroker(accounts, configuration(accounts, grants, QUICK_ROTATION));
});

afterAll(async () => {
  await broker.stop();
  const output = broker.output();
  for (const signature of signatures) expect(output).not.toContain(signature.slice(0, 20));
});

const lookUp = (question: object) => call(broker, 'auditor', 'POST', '/tokens/lookup', question);
const signatureOf = (url: string) => new URL(url).searchParams.get('sig') ?? '';

async function issue() {
  const url = `${accounts.media.blob}/photos/sample.jpg`;
  const { status, body } = await call(broker, 'reader', 'POST', '/tokens', { url, permissions: 'r' });
  expect(status).toBe(201);
  const issued = {
    id: String(body['id']),
    url: String(body['url']),
    fingerprint: String(body['fingerprint']),
  };
  signatures.push(signatureOf(issued.url));
  return issued;
}

/** Returns a line of a storage log as Azure writes it. */
function logLineOf(url: string, tokenHash: string): string {
  const uri = url.replace(/sig=[^&]*/, 'sig=XXXXX');
  const time = new Date().toISOString();
  return JSON.stringify({
    time,
    operationName: 'GetBlob',
    statusCode: 200,
    identity: { type: 'SAS', tokenHash },
    uri,
  });
}

/** Returns the URL of a token that something else made with a key of the account. */
function forge(key: string): string {
  const query = generateBlobSASQueryParameters(
    {
      containerName: 'photos',
      blobName: 'sample.jpg',
      permissions: BlobSASPermissions.parse('r'),
      expiresOn: new Date(Date.now() + 60_000),
      version: '2025-11-05',
    },
    new StorageSharedKeyCredential(accounts.media.name, key),
  ).toString();
  const url = `${accounts.media.blob}/photos/sample.jpg?${query}`;
  signatures.push(signatureOf(url));
  return url;
}

describe('an issued token', () => {
  it('is found by what was pasted or logged, with the levers that end it', async () => {
    const { id, url, fingerprint } = await issue();
    const hash = `key1(${'AB'.repeat(32)}),SasSignature(${fingerprint.toUpperCase()})`;
    const questions = [
      { url: `Hi,\n> it leaked: <${url.replace(/(.{50})/g, '$1\r\n> ')}>.\n> Bye` },
      { token: `curl -sS "${url}" -o a.jpg` },
      { url: encodeURIComponent(url) },
      { url: url.replace(/sig=[^&]*/, 'sig=REDACTED'), fingerprint },
      { fingerprint, expiresAt: new URL(url).searchParams.get('se') },
      { logLine: logLineOf(url, hash) },
      { logLine: `SasSignature(${fingerprint.toUpperCase()})` },
    ];
    for (const question of questions) {
      const { status, body } = await lookUp(question);
      expect([status, body['verdict'], body['scannedAll']]).toEqual([200, 'issued', true]);
      expect(body).toMatchObject({
        records: [{ id, state: 'live' }],
        candidates: [],
        levers: [{ lever: 'regenerate-key', on: { account: accounts.media.name, key: 'key1' } }],
      });
    }
  });

  it('is a candidate of a log line that shows its URL and no hash', async () => {
    const { id, url } = await issue();
    const line = logLineOf(url, `key1(${'AB'.repeat(32)})`);
    const found = await lookUp({ logLine: line });
    expect(found).toMatchObject({ status: 200, body: { records: [], verdict: 'unknown', scannedAll: true } });
    const ids = (found.body['candidates'] as { id: string }[]).map((record) => record.id);
    expect(ids).toContain(id);
    const other = await lookUp({ logLine: line.replace('&sp=r&', '&sp=w&') });
    expect(other).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('a token that was not issued here', () => {
  it('is an event and a warning if the published key signed it', async () => {
    const { status, body } = await lookUp({ url: forge(accounts.media.key1) });
    expect([status, body['verdict']]).toEqual([200, 'valid-not-issued-here']);
    expect(body).toMatchObject({ records: [], signedWith: { key: 'key1' } });
    const events = await call(broker, 'auditor', 'GET', '/events?type=not-issued-here');
    expect(events.body['items']).toMatchObject([
      {
        type: 'not-issued-here',
        account: accounts.media.name,
        actor: expect.stringMatching(/^local\//) as string,
      },
    ]);
    expect(JSON.stringify([body, events.body])).not.toContain(signatures.at(-1)?.slice(0, 20));
    await expect
      .poll(() => broker.output())
      .toMatch(/"level":"warn","event":"not issued here"[^\n]*"key":"key1"/);
  });

  it('is found by the other key, whose values are listed once a minute', async () => {
    const url = forge(accounts.media.key2);
    const first = await lookUp({ url });
    expect(first).toMatchObject({
      status: 200,
      body: { verdict: 'valid-not-issued-here', signedWith: { key: 'key2', secretVersion: null } },
    });
    const second = await lookUp({ url });
    expect(second).toMatchObject({
      status: 200,
      body: { records: [], verdict: 'unknown', scannedAll: false },
    });
  });

  it('is unknown if it names a delegating object id', async () => {
    const objectId = '55555555-5555-5555-5555-555555555555';
    const key = `skoid=${objectId}&sktid=${objectId}&skt=2026-11-28&ske=2026-11-29T09:00Z&sks=b&skv=2025-11-05`;
    const token = `sv=2025-11-05&se=2026-11-28T10:15Z&sr=b&sp=r&${key}&sig=${'A'.repeat(43)}%3D`;
    const { status, body } = await lookUp({ token });
    const delegationKey = { objectId, startsAt: '2026-11-28T00:00:00Z', expiresAt: '2026-11-29T09:00:00Z' };
    expect([status, body['verdict'], body['signedWith']]).toEqual([200, 'unknown', { delegationKey }]);
  });

  it('is told to be damaged instead of unknown, without its signature', async () => {
    const url = forge(accounts.media.key1);
    for (const question of [{ url: url.slice(0, -12) }, { token: url.slice(0, -12) }]) {
      const { status, body } = await lookUp(question);
      expect([status, body['code']]).toEqual([400, 'invalid_request']);
      expect(body.errors?.[0]?.message).toContain('a signature has 44 characters');
      expect(JSON.stringify(body)).not.toContain(signatureOf(url).slice(0, 8));
    }
    const redacted = await lookUp({ url: url.replace(/sig=[^&]*/, 'sig=XXXXX') });
    expect(redacted.status).toBe(400);
    expect(redacted.body.errors?.[0]?.message).toContain('redacted');
  });
});
