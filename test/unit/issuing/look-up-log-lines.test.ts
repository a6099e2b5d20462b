import { describe, expect, it } from 'vitest';
import { correlationId } from '../../../shared/audit/correlation-id.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { account } from '../../fakes/configuration.ts';
import { lookupStage, problemOf, recordOf } from './lookups.ts';
import { LOG_LINES, LOG_SIGNATURES, logLine } from './storage-logs.ts';

const ACCOUNTS = ['contosomedia', 'contosolake', 'contosofiles'].map((name) => account({ name }));
const soon = addSeconds(new Date(), 60);
const numbers = LOG_LINES.map((_, index) => index + 1);
const withHash = numbers.filter((number) => LOG_SIGNATURES[String(number)] !== undefined);
const signatureIn = (number: number): string => LOG_SIGNATURES[String(number)] ?? '';

/** The expiry that the URL of a line shows; any for a line without. */
function expiryIn(number: number): Date {
  const se = /[?&]se=([^&"]+)/.exec(logLine(number))?.[1];
  return new Date(se === undefined ? '2026-11-29T05:00:00Z' : decodeURIComponent(se));
}

describe('a log line with the hash of a signature', () => {
  it.each(withHash)('leads to the row of its token: line %i', async (number) => {
    const { audit, ask } = lookupStage(ACCOUNTS);
    for (const other of withHash)
      await audit.append(
        recordOf(signatureIn(other), { expiresAt: expiryIn(other), purpose: `line ${other}` }),
        soon,
      );
    const answer = await ask({ logLine: logLine(number) });
    expect(answer).toMatchObject({ verdict: 'issued', scannedAll: true, candidates: [], levers: [] });
    expect(answer.records.map(({ purpose }) => purpose)).toEqual([`line ${number}`]);
  });

  it.each(withHash)('is not found if its token has no row: line %i', async (number) => {
    const { ask } = lookupStage(ACCOUNTS);
    expect(await problemOf(() => ask({ logLine: logLine(number) }))).toMatchObject({ code: 'not_found' });
  });

  it('reads the hour of its expiry alone, and all hours only if it shows none', async () => {
    const { ask, searched } = lookupStage(ACCOUNTS);
    await problemOf(() => ask({ logLine: logLine(2) }));
    await problemOf(() => ask({ logLine: logLine(8) }));
    expect(searched.splice(0)).toEqual(['2026112817-2026112817', '2100010100-2100010100']);
    await problemOf(() => ask({ logLine: logLine(21) }));
    expect(searched.splice(0)).toEqual(['2026112810-2027112910', null]);
    await problemOf(() => ask({ logLine: logLine(21), around: '2026-11-20T00:00:00Z' }));
    expect(searched.splice(0)).toEqual(['2026112000-2027112100']);
    await problemOf(() => ask({ logLine: logLine(13).replace(/se=[^&]*/, 'se=soon') }));
    expect(searched.splice(0)).toEqual(['2026112810-2026112810']);
    await problemOf(() => ask({ logLine: logLine(2).replace(/se=[^&]*/, 'se=soon') }));
    expect(searched).toEqual(['2026112810-2027112910', null]);
  });

  it('finds a token whose policy was prolonged outside the broker, also after the expiry in its row', async () => {
    const { audit, ask } = lookupStage(ACCOUNTS);
    await audit.append(recordOf(signatureIn(21), { expiresAt: new Date('2026-11-01T00:00:00Z') }), soon);
    expect(await ask({ logLine: logLine(21) })).toMatchObject({ verdict: 'issued', records: [{}] });
  });

  it.each(['logLine', 'token', 'url', 'fingerprint'])('may be its bare hash, sent as %s', async (member) => {
    const { audit, ask } = lookupStage(ACCOUNTS);
    const record = recordOf(signatureIn(2));
    await audit.append(record, soon);
    const hash = record.key.fingerprint.toUpperCase();
    expect(await ask({ [member]: `SasSignature(${hash})` })).toMatchObject({
      verdict: 'issued',
      records: [{}],
    });
  });

  it('may have the signature itself instead, in a log of a proxy', async () => {
    const { audit, ask } = lookupStage(ACCOUNTS);
    await audit.append(recordOf(signatureIn(2)), soon);
    const path = `/photos/a.jpg?se=2026-11-28T17:47:32Z&sig=${encodeURIComponent(signatureIn(2))}`;
    const line = `1.2.3.4 - "GET https://contosomedia.blob.core.windows.net${path} HTTP/1.1" 200`;
    expect(await ask({ logLine: line })).toMatchObject({ verdict: 'issued' });
  });
});

describe('a log line without a hash', () => {
  const photos = { account: 'contosomedia', service: 'blob', container: 'photos' } as const;
  const fitting = { resource: photos, permissions: 'r', expiresAt: new Date('2026-11-29T10:32:20Z') };

  it('has the tokens that fit its URL as candidates, and none as records', async () => {
    const { audit, ask } = lookupStage(ACCOUNTS);
    const records = [
      recordOf('one', { ...fitting, purpose: 'fits', issuedAt: new Date('2026-11-28T10:00:02Z') }),
      recordOf('two', { ...fitting, purpose: 'fits, older', issuedAt: new Date('2026-11-28T10:00:01Z') }),
      recordOf('three', { ...fitting, permissions: 'rl' }),
      recordOf('four', { ...fitting, expiresAt: new Date('2026-11-29T10:32:21Z') }),
      recordOf('five', { ...fitting, resource: { ...photos, container: 'other' } }),
      recordOf('six', { ...fitting, resource: { ...photos, blob: 'a.jpg' } }),
      recordOf('seven', { ...fitting, resource: { ...photos, account: 'contosolake' } }),
    ];
    for (const record of records) await audit.append(record, soon);
    const at = new Date('2026-11-28T10:00:03Z');
    await audit.appendCompletion(records[0]!.key, { outcome: 'succeeded', at, detail: null }, 'r', soon);
    const answer = await ask({ logLine: logLine(4) });
    expect(answer).toMatchObject({
      records: [],
      verdict: 'unknown',
      signedWith: null,
      scannedAll: true,
      levers: [],
    });
    expect(answer.candidates.map(({ purpose, completion }) => [purpose, completion?.outcome])).toEqual([
      ['fits, older', undefined],
      ['fits', 'succeeded'],
    ]);
  });

  it('has at most 20 candidates, and says that there are more', async () => {
    const { audit, ask } = lookupStage(ACCOUNTS);
    for (let index = 0; index < 21; index += 1) await audit.append(recordOf(`sig ${index}`, fitting), soon);
    const { candidates, scannedAll } = await ask({ logLine: logLine(4) });
    expect([candidates.length, scannedAll]).toEqual([20, false]);
  });

  const without = (number: number) => logLine(number).replace(/,?SasSignature\([0-9A-F]+\)/, '');
  it.each([
    ['a blob', 2, { resource: { ...photos, blob: 'a.jpg' }, permissions: 'r' }],
    [
      'the account',
      8,
      {
        resource: {
          account: 'contosomedia',
          services: ['blob'],
          resourceTypes: ['container', 'object', 'service'],
        },
        permissions: 'lrf',
      },
    ],
    [
      'a directory',
      12,
      {
        resource: { account: 'contosolake', service: 'blob', container: 'user', directory: 'data.csv' },
        permissions: 'rw',
      },
    ],
    [
      'a token with an id of the broker',
      13,
      { resource: { ...photos, container: 'uploads', blob: 'inbox/1.jpg' }, permissions: 'r' },
    ],
    ['a stored policy', 21, { resource: photos, permissions: 'r', policy: 'reader-7f3a' }],
    ['a container', 23, { resource: photos, permissions: 'lr' }],
    [
      'a queue',
      26,
      { resource: { account: 'contosomedia', service: 'queue', queue: 'jobs' }, permissions: 'a' },
    ],
    [
      'a table',
      27,
      { resource: { account: 'contosomedia', service: 'table', table: 'inventory' }, permissions: 'r' },
    ],
  ] as const)('leads to the token for %s', async (_what, number, over) => {
    const { audit, ask } = lookupStage(ACCOUNTS);
    await audit.append(recordOf('any', { ...over, expiresAt: expiryIn(number) }), soon);
    await audit.append(recordOf('other', { permissions: 'd', expiresAt: expiryIn(number) }), soon);
    expect(await ask({ logLine: without(number) })).toMatchObject({ verdict: 'unknown', candidates: [over] });
  });

  const inRoot = { account: 'contosomedia', service: 'blob', container: '$root' } as const;
  const moment = '2026-11-28T10:00:00.1234567Z';
  it.each([
    ['/a.txt?sr=b', { ...inRoot, blob: 'a.txt' }],
    ['/a%20b.txt?sr=b', { ...inRoot, blob: 'a b.txt' }],
    ['/$root/a.txt?sr=b', { ...inRoot, blob: 'a.txt' }],
    ['/%24root/a.txt?sr=b', { ...inRoot, blob: 'a.txt' }],
    ['/photos?sr=b', { ...inRoot, blob: 'photos' }],
    [`/a.txt?snapshot=${moment}&sr=bs`, { ...inRoot, blob: 'a.txt', snapshot: moment }],
    [`/a.txt?versionid=${moment}&sr=bv`, { ...inRoot, blob: 'a.txt', versionId: moment }],
    ['/a.txt?sr=c', inRoot],
    ['/$root?restype=container&comp=list&sr=c', inRoot],
    ['/photos?restype=container&comp=list&sr=c', photos],
    ['/photos?resource=filesystem&recursive=true&sr=c', photos],
    ['/photos/a.txt?sr=c', photos],
    ['/photos/a.txt?sr=b', { ...photos, blob: 'a.txt' }],
  ])('leads to the token for the container or the blob in it: %s', async (path, resource) => {
    const { audit, ask } = lookupStage(ACCOUNTS);
    const others = [inRoot, photos, { ...photos, blob: 'a.txt' }, { ...inRoot, blob: 'b.txt' }];
    for (const [index, one] of [resource, ...others].entries())
      await audit.append(recordOf(`sig ${index}`, { ...fitting, resource: one }), soon);
    const uri = `https://contosomedia.blob.core.windows.net${path}&sp=r&se=2026-11-29T10:32:20Z&sig=XXXXX`;
    const identity = { type: 'AccountKey', tokenHash: `key1(${'AB'.repeat(32)})` };
    const { candidates } = await ask({ logLine: JSON.stringify({ identity, uri }) });
    expect(candidates.length).toBeGreaterThan(0);
    for (const candidate of candidates) expect(candidate.resource).toEqual(resource);
  });

  it('leads to the partition in its scid', async () => {
    const { audit, ask } = lookupStage(ACCOUNTS);
    const resource = { ...photos, container: 'uploads', blob: 'inbox/1.jpg' };
    const expiresAt = expiryIn(13);
    const scid = correlationId({ shard: 5, hour: '2026112810', random: new Uint8Array(9) });
    const record = recordOf('any', { resource, permissions: 'r', expiresAt });
    await audit.append(record, soon);
    await audit.append({ ...record, key: { ...record.key, shard: 5 }, purpose: 'that shard' }, soon);
    const line = without(13)
      .replace(/scid=[^&]*/, `scid=${scid}`)
      .replace(/se=[^&]*&/, '');
    const { candidates } = await ask({ logLine: line });
    expect(candidates.map(({ purpose }) => purpose)).toEqual(['that shard']);
  });

  const tokenless = numbers.filter((number) => !withHash.includes(number));
  it.each(tokenless)('is not found if nothing fits: line %i', async (number) => {
    const { audit, ask } = lookupStage(ACCOUNTS);
    await audit.append(recordOf('any'), soon);
    expect(await problemOf(() => ask({ logLine: logLine(number) }))).toMatchObject({ code: 'not_found' });
  });

  it('says how the request was authorized', async () => {
    const { ask } = lookupStage(ACCOUNTS);
    expect((await problemOf(() => ask({ logLine: logLine(16) }))).text).toContain('authorized by OAuth');
  });

  it('is unknown if the search for candidates was cut short', async () => {
    const { ask, ports } = lookupStage(ACCOUNTS);
    ports.candidates.find = () => Promise.resolve({ records: [], scannedAll: false });
    const answer = await ask({ logLine: logLine(4) });
    expect(answer).toMatchObject({ records: [], candidates: [], verdict: 'unknown', scannedAll: false });
  });
});

it('a log line that is none, or longer than 16,384 characters, is invalid', async () => {
  const { ask } = lookupStage(ACCOUNTS);
  for (const text of ['hello', '{}', '', 'x'.repeat(16_385)])
    expect(await problemOf(() => ask({ logLine: text }))).toMatchObject({
      code: 'invalid_request',
      paths: ['logLine'],
    });
  const long = `SasSignature(${'ab'.repeat(32)})`.padEnd(16_384);
  expect(await problemOf(() => ask({ logLine: long }))).toMatchObject({ code: 'not_found' });
});
