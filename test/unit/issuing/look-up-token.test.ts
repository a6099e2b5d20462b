import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../shared/audit/row-keys.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { leversOfRecord } from '../../../shared/issuing/lookup/killing-levers.ts';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { sign } from '../../../shared/sas/sign-token.ts';
import { account } from '../../fakes/configuration.ts';
import { accountKey, authorizedToken, delegationKey } from '../sas/sas-samples.ts';
import { KEY1, KEY2, lookupStage, problemOf, recordOf } from './lookups.ts';

const rotation = { every: 2_592_000, takeOver: true, overlap: 86_400, settle: 120, clockSkew: 300 };
const still = account();
const rotated = account({ rotation });
const soon = addSeconds(new Date(), 60);
const idOf = (key: string) => keyIdOf(hashKey(new SecretText(key)));

/** Returns the URL of a service SAS that the key signed. */
function signedBy(key: string, parts: Parameters<typeof authorizedToken>[0] = {}) {
  const token = authorizedToken({ expiresAt: new Date('2026-11-28T15:15:00Z'), ...parts });
  return sign(token, accountKey({ value: new SecretText(key) }), null);
}

const KEY3 = Buffer.alloc(64, 3).toString('base64');
const signatureOf = (query: string) => new URLSearchParams(query).get('sig') ?? '';

describe('a token with a row', () => {
  it('is found by its URL, its query and its fingerprint, in the hour of its expiry', async () => {
    const { url, query } = signedBy(KEY1);
    const { audit, ask, searched } = lookupStage([still]);
    const record = recordOf(signatureOf(query), { expiresAt: new Date('2026-11-28T15:15:00Z') });
    await audit.append(record, soon);
    const fingerprint = fingerprintOf(signatureOf(query));
    const redacted = url.replace(/sig=[^&]*/, 'sig=REDACTED');
    for (const question of [
      { url },
      { token: query },
      { token: `?${query}` },
      { fingerprint, expiresAt: '2026-11-28T15:59:00Z' },
      { url: redacted, fingerprint: fingerprint.toUpperCase() },
      { url: url.replace(/&sig=[^&]*/, ''), fingerprint },
    ]) {
      const answer = await ask(question);
      expect(answer).toMatchObject({
        verdict: 'issued',
        scannedAll: true,
        candidates: [],
        records: [record],
      });
      expect(answer.signedWith).toEqual(record.signedWith);
    }
    expect(new Set(searched)).toEqual(new Set(['2026112815-2026112815']));
    expect(await ask({ fingerprint })).toMatchObject({ verdict: 'issued' });
    expect(await ask({ fingerprint, around: '2026-11-28T15:00:00Z' })).toMatchObject({ verdict: 'issued' });
    expect(searched.slice(-2)).toEqual([null, '2026112815-2027112915']);
    const later = { fingerprint, expiresAt: '2026-11-28T16:00:00Z' };
    expect(await problemOf(() => ask(later))).toMatchObject({ code: 'not_found' });
  });

  it.each(['2026-11-28T15:15Z', '2026-11-28', 'tomorrow', '2026-02-31T00:00:00Z'])(
    'is found if its expiry is written as %s',
    async (se) => {
      const { audit, ask, searched } = lookupStage([still]);
      const token = `sv=2025-11-05&sr=b&sp=r&se=${encodeURIComponent(se)}&sig=${'A'.repeat(43)}%3D`;
      const hour = se === '2026-11-28' ? '00' : '15';
      const expiresAt = new Date(`2026-11-28T${hour}:15:00Z`);
      await audit.append(recordOf(`${'A'.repeat(43)}=`, { expiresAt }), soon);
      const answer = await ask({ token });
      expect(answer.verdict).toBe('issued');
      const readable = se.startsWith('2026-11');
      expect(searched).toEqual([readable ? `20261128${hour}-20261128${hour}` : null]);
      expect(answer.notes).toEqual(
        readable ? [] : ['The time in se cannot be read; the search went on without it.'],
      );
    },
  );

  it('says which levers end it, narrowest first', () => {
    const resource = { account: 'media', service: 'queue', queue: 'jobs' } as const;
    const key = { key: 'key2', secretVersion: 'v', keyId: 'k' } as const;
    const on = { account: 'media' };
    expect(leversOfRecord({ resource, policy: null, signedWith: key })).toEqual([
      { lever: 'regenerate-key', on: { ...on, key: 'key2' } },
    ]);
    expect(leversOfRecord({ resource, policy: 'p', signedWith: { ...key, key: null } })).toEqual([
      { lever: 'delete-policy', on: { ...on, service: 'queue', container: 'jobs', policy: 'p' } },
      { lever: 'regenerate-key', on: { ...on, key: 'both' } },
    ]);
    const delegation = { objectId: 'o', startsAt: soon, expiresAt: soon };
    expect(leversOfRecord({ resource, policy: null, signedWith: { delegationKey: delegation } })).toEqual([
      { lever: 'revoke-delegation-keys', on },
      { lever: 'remove-role', on },
    ]);
  });
});

describe('a token without a row that an account key signed', () => {
  it('is valid but not issued here, which is an event and a warning', async () => {
    const { url, query } = signedBy(KEY1);
    const { audit, ask, warnings, listed } = lookupStage([rotated]);
    const answer = await ask({ url });
    expect(answer).toMatchObject({
      records: [],
      verdict: 'valid-not-issued-here',
      signedWith: { key: 'key1', secretVersion: 'v1', keyId: idOf(KEY1) },
      scannedAll: true,
      levers: [{ lever: 'regenerate-key', on: { account: 'media', key: 'key1' } }],
    });
    const fingerprint = fingerprintOf(signatureOf(query));
    expect(audit.events).toEqual([
      {
        at: new Date('2026-11-28T12:00:00Z'),
        type: 'not-issued-here',
        account: 'media',
        actor: 'local/11111111-1111-4111-8111-111111111111',
        actorName: 'Uma Uploader',
        detail: expect.stringContaining(fingerprint) as string,
      },
    ]);
    expect(audit.events[0]?.detail).toContain('key1 signed a token');
    expect(audit.events[0]?.detail).toContain('with permissions r, until 2026-11-28T15:15:00Z');
    const fields = { account: 'media', key: 'key1', keyId: idOf(KEY1), fingerprint };
    expect(warnings).toEqual([['not issued here', fields]]);
    expect(JSON.stringify([answer, audit.events, warnings])).not.toContain(signatureOf(query).slice(0, 20));
    expect(listed).toEqual([]);
  });

  it.each([
    ['from a mail', (url: string) => `> see <${url.replace(/(.{60})/g, '$1\n> ')}>.`],
    [
      'at the endpoint of directories, with its port',
      (url: string) => url.replace('.blob.', '.dfs.').replace('.net/', '.net:443/'),
    ],
    ['encoded twice', encodeURIComponent],
    ['without its padding', (url: string) => url.replace(/%3D$/, '')],
    [
      'with its query encoded twice',
      (url: string) => url.replace(/\?.*/, (query) => query.replaceAll('%', '%25')),
    ],
    ['with path and query encoded twice', (url: string) => url.replaceAll('%', '%25')],
  ])('is verified if it was pasted %s', async (_how, paste) => {
    const resource = { account: 'media', service: 'blob', container: 'uploads', blob: 'a b/ü.jpg' } as const;
    const { ask } = lookupStage([still]);
    const { url } = signedBy(KEY1, { resource });
    expect(await ask({ url: paste(url) })).toMatchObject({ verdict: 'valid-not-issued-here' });
  });

  it('is answered even if the event cannot be written', async () => {
    const { ask, ports, warnings } = lookupStage([still]);
    ports.audit.appendEvent = () => Promise.reject(new BrokerError('audit_unavailable', 'Told to fail.'));
    expect(await ask({ url: signedBy(KEY1).url })).toMatchObject({ verdict: 'valid-not-issued-here' });
    expect(warnings.map(([event]) => event)).toEqual(['not issued here', 'event not recorded']);
  });

  it('is found by the other key, which is listed once a minute and only after the published one', async () => {
    const { url } = signedBy(KEY2);
    const { audit, ask, listed, stage } = lookupStage([rotated]);
    expect(await ask({ url })).toMatchObject({
      verdict: 'valid-not-issued-here',
      signedWith: { key: 'key2', secretVersion: null, keyId: idOf(KEY2) },
      levers: [{ lever: 'regenerate-key', on: { account: 'media', key: 'key2' } }],
    });
    expect(audit.events[0]?.detail).toContain('key2 signed a token');
    for (const at of [1, 59]) {
      stage.now = addSeconds(new Date('2026-11-28T12:00:00Z'), at);
      const answer = await ask({ url });
      expect(answer).toMatchObject({ records: [], verdict: 'unknown', scannedAll: false, signedWith: null });
    }
    expect([listed, audit.events.length]).toEqual([['media'], 1]);
    stage.now = addSeconds(stage.now, 1);
    expect(await ask({ url })).toMatchObject({ verdict: 'valid-not-issued-here' });
    expect(listed).toEqual(['media', 'media']);
  });

  it('is not found once both keys were tried, and unknown until then', async () => {
    const { url } = signedBy(KEY3);
    const { ask, stage } = lookupStage([rotated]);
    expect((await problemOf(() => ask({ url }))).code).toBe('not_found');
    stage.now = addSeconds(stage.now, 30);
    expect(await ask({ url })).toMatchObject({ verdict: 'unknown', scannedAll: false });
  });

  it('is unknown if the keys cannot be listed, and they are not listed again for a minute', async () => {
    const { url } = signedBy(KEY2);
    const { ask, stage, listed } = lookupStage([rotated]);
    stage.list = () => Promise.reject(new BrokerError('storage_unavailable', 'Told to fail.'));
    for (let tries = 0; tries < 3; tries += 1)
      expect(await ask({ url })).toMatchObject({ verdict: 'unknown', scannedAll: false });
    expect(listed).toEqual(['media']);
  });

  it('is found by the keys that are listed if the published one cannot be read', async () => {
    const { ask, accountKeys } = lookupStage([rotated]);
    accountKeys.withdraw('media');
    const expected = { signedWith: { key: 'key1', secretVersion: null } };
    expect(await ask({ url: signedBy(KEY1).url })).toMatchObject(expected);
  });

  it('is not found without rotation, where only the published key is tried', async () => {
    const { ask, listed } = lookupStage([still]);
    const problem = await problemOf(() => ask({ url: signedBy(KEY2).url }));
    expect(problem.code).toBe('not_found');
    expect(problem.text).toContain('only the published key is tried');
    expect(listed).toEqual([]);
  });

  it('cannot be told without rotation while the published key cannot be read', async () => {
    const { ask, accountKeys } = lookupStage([still]);
    accountKeys.withdraw('media');
    expect((await problemOf(() => ask({ url: signedBy(KEY1).url }))).code).toBe('signing_key_unavailable');
  });

  it('is tried with the key of every account if it is an account SAS without a URL', async () => {
    const accounts = ['first', 'media', 'other'].map((name) => account({ name }));
    const resource = { account: 'other', services: ['blob'], resourceTypes: ['object'] } as const;
    const parts = { resource, kind: 'account', account: account({ name: 'other' }) } as const;
    const { ask, accountKeys } = lookupStage(accounts);
    accountKeys.withdraw('first');
    const { query } = signedBy(KEY1, parts);
    expect(await ask({ token: query })).toMatchObject({
      levers: [{ on: { account: 'other', key: 'key1' } }],
    });
    const never = await problemOf(() => ask({ token: signedBy(KEY3, parts).query }));
    expect(never.code).toBe('signing_key_unavailable');
  });

  it('lists the keys of no account in which the question has no answer, nor of an account that is closed to keys', async () => {
    const closed = account({ name: 'closed', rotation, allowSharedKeyAccess: false });
    const { ask, listed } = lookupStage([rotated, closed]);
    expect((await problemOf(() => ask({ token: signedBy(KEY2).query }))).text).toContain(
      'Send its whole url',
    );
    const elsewhere = signedBy(KEY2).url.replace('media', 'other');
    expect((await problemOf(() => ask({ url: elsewhere }))).code).toBe('not_found');
    const shut = signedBy(KEY2).url.replace('media', 'closed');
    expect((await problemOf(() => ask({ url: shut }))).code).toBe('not_found');
    expect(listed).toEqual([]);
  });

  it('lists the keys of at most ten accounts a minute', async () => {
    const accounts = Array.from({ length: 12 }, (_, index) => account({ name: `media${index}`, rotation }));
    const resource = { account: 'media11', services: ['blob'], resourceTypes: ['object'] } as const;
    const { query } = signedBy(KEY3, { resource, kind: 'account', account: accounts[11]! });
    const { ask, listed } = lookupStage(accounts);
    expect(await ask({ token: query })).toMatchObject({ verdict: 'unknown', scannedAll: false });
    expect(listed.length).toBe(10);
  });
});

describe('a user delegation SAS without a row', () => {
  it('is unknown, with the delegating object id', async () => {
    const { url, query } = sign(
      authorizedToken({ kind: 'user-delegation', expiresAt: new Date('2026-11-28T15:15:00Z') }),
      delegationKey(),
      null,
    );
    const { ask, listed, audit } = lookupStage([rotated]);
    const delegation = {
      objectId: '11111111-aaaa-4bbb-8ccc-000000000001',
      startsAt: '2026-11-22T11:45:00Z',
      expiresAt: '2026-11-29T11:30:00Z',
    };
    const expected = {
      records: [],
      verdict: 'unknown',
      scannedAll: true,
      signedWith: { delegationKey: delegation },
    };
    const on = { account: 'media' };
    expect(await ask({ url })).toMatchObject({
      ...expected,
      levers: [
        { lever: 'revoke-delegation-keys', on },
        { lever: 'remove-role', on },
      ],
    });
    expect(await ask({ token: query })).toMatchObject({ ...expected, levers: [] });
    const short = url.replace(/ske=[^&]*/, 'ske=2026-11-29').replace(/skt=[^&]*/, 'skt=never');
    const times = { startsAt: null, expiresAt: '2026-11-29T00:00:00Z' };
    expect(await ask({ url: short })).toMatchObject({ signedWith: { delegationKey: times } });
    expect((await ask({ url: url.replace(/skoid=[^&]*/, 'skoid=x') })).signedWith).toBeNull();
    expect([listed, audit.events]).toEqual([[], []]);
  });
});

describe('a search that was cut short', () => {
  it.each([
    ['a fingerprint', { fingerprint: 'ab'.repeat(32) }],
    ['a log line', { logLine: `SasSignature(${'AB'.repeat(32)})` }],
    ['a URL', { url: signedBy(KEY3).url }],
    ['a token that a key signed', { url: signedBy(KEY1).url }],
  ])('is never not found: %s', async (_what, question) => {
    const { ask, stage, audit, listed } = lookupStage([rotated]);
    stage.cut = true;
    const unknown = { records: [], verdict: 'unknown', signedWith: null, scannedAll: false, candidates: [] };
    expect(await ask(question)).toMatchObject(unknown);
    expect([audit.events, listed]).toEqual([[], []]);
  });

  it('shows what it found', async () => {
    const { ask, stage, audit } = lookupStage([still]);
    const record = recordOf('one');
    await audit.append(record, soon);
    stage.cut = true;
    const answer = await ask({ fingerprint: record.key.fingerprint });
    expect(answer).toMatchObject({ verdict: 'issued', scannedAll: false, records: [record] });
  });
});

describe('a lookup is invalid', () => {
  const fingerprint = 'ab'.repeat(32);
  const url = signedBy(KEY1).url;
  const redacted = url.replace(/sig=[^&]*/, 'sig=XXXXX');

  it.each([
    [{}, ''],
    [{ around: '2026-11-28T00:00:00Z' }, ''],
    [{ token: 'a', url: 'b' }, ''],
    [{ token: 'a', fingerprint }, ''],
    [{ logLine: 'a', fingerprint }, ''],
    [{ logLine: 'a', url, fingerprint }, ''],
    [{ fingerprint, around: '2026-11-28T00:00:00Z', expiresAt: '2026-11-28T00:00:00Z' }, ''],
    [{ url, expiresAt: '2026-11-28T00:00:00Z' }, ''],
    [{ fingerprint, expiresAt: '2026-11-28' }, 'expiresAt'],
    [{ fingerprint: fingerprint.slice(1) }, 'fingerprint'],
    [{ url, fingerprint }, 'fingerprint'],
    [{ url: 'https://media.blob.core.windows.net/a', fingerprint }, 'url'],
    [{ url: url.replace(/sig=.*/, 'sig=abc'), fingerprint }, 'url'],
    [{ url: redacted }, 'url'],
    [{ token: redacted }, 'token'],
    [{ token: url.slice(0, -10) }, 'token'],
    [{ token: 'x'.repeat(16_385) }, 'token'],
    [{ url: `${url.slice(0, -12)} ` }, 'url'],
    [{ logLine: 17 }, 'logLine'],
  ])('%j', async (body, path) => {
    const { ask } = lookupStage([still]);
    const { code, paths, text } = await problemOf(() => ask(body));
    expect([code, paths]).toEqual(['invalid_request', [path]]);
    expect(text).not.toContain(signatureOf(url).slice(0, 8));
  });

  it('with a hint how to look up a redacted URL', async () => {
    const { text } = await problemOf(() => lookupStage([still]).ask({ url: redacted }));
    expect(text).toContain('logLine');
    expect(text).toContain('fingerprint, together with url');
  });
});
