import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../shared/audit/row-keys.ts';
import { readStorageLogLine } from '../../../shared/issuing/lookup/storage-log-line.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import {
  LOG_SHAPES,
  LOGGED_OPERATIONS,
  type LoggedOperation,
  type LoggedRequest,
  OTHER_TYPES,
  SAS_TYPES,
} from './logged-operations.ts';
import { lookupStage, problemOf, recordOf } from './lookups.ts';

const SIGNATURE = 'FVqrzNi6CMGvOKW9ZX9gm6QmN3SdXKdKZlFdkC0RGko=';
const HASH = `key1(${'C1'.repeat(32)}),SasSignature(${fingerprintOf(SIGNATURE).toUpperCase()})`;
const expiresAt = new Date('2026-11-28T17:47:32Z');
const soon = addSeconds(new Date(), 60);
const QUERY = 'sv=2025-11-05&sp=r&se=2026-11-28T17:47:32Z&sr=b&sig=XXXXX';

const uriOf = ({ service }: LoggedOperation, query: string): string =>
  `https://contosomedia.${service}.core.windows.net:443/photos/a.jpg?${query}`;
const bySas = (operation: LoggedOperation, type: string): LoggedRequest => ({
  ...operation,
  type,
  hash: HASH,
  uri: uriOf(operation, QUERY),
});
const shapes = Object.entries(LOG_SHAPES);
const write = (shape: string, request: LoggedRequest): string => LOG_SHAPES[shape]?.(request) ?? '';

it('the list of operations is whole', () => {
  expect(LOGGED_OPERATIONS.length).toBeGreaterThan(180);
  for (const service of ['blob', 'dfs', 'file', 'queue', 'table'])
    expect(LOGGED_OPERATIONS.some((one) => one.service === service)).toBe(true);
});

describe('a logged operation', () => {
  it.each(shapes)('with a SAS has its hash, whatever it is and however it is logged: %s', (_shape, line) => {
    for (const operation of LOGGED_OPERATIONS)
      for (const type of SAS_TYPES)
        expect(readStorageLogLine(line(bySas(operation, type)))).toMatchObject({
          ok: true,
          value: { fingerprint: fingerprintOf(SIGNATURE), authorization: type },
        });
  });

  it.each(shapes)('without a SAS has none, and says how it was authorized: %s', (_shape, line) => {
    for (const operation of LOGGED_OPERATIONS)
      for (const [type, hash] of OTHER_TYPES) {
        const request = { ...operation, type, hash, uri: uriOf(operation, 'timeout=30') };
        expect(readStorageLogLine(line(request))).toMatchObject({
          ok: true,
          value: { fingerprint: null, authorization: type },
        });
      }
  });

  it('leads to the row of its token', async () => {
    const { audit, ask } = lookupStage();
    await audit.append(recordOf(SIGNATURE, { expiresAt, purpose: 'the one' }), soon);
    for (const [index, operation] of LOGGED_OPERATIONS.entries()) {
      const [shape = ''] = shapes[index % shapes.length] ?? [];
      const type = SAS_TYPES[index % SAS_TYPES.length] ?? '';
      const answer = await ask({ logLine: write(shape, bySas(operation, type)) });
      expect([operation.operation, answer.verdict, answer.records.map(({ purpose }) => purpose)]).toEqual([
        operation.operation,
        'issued',
        ['the one'],
      ]);
    }
  });
});

describe('a line of a classic log', () => {
  const classic = LOGGED_OPERATIONS.filter(({ service }) => ['blob', 'queue', 'table'].includes(service));
  const line = (operation: LoggedOperation, type: string, query: string): string =>
    [
      ...['2.0', '2026-11-28T10:00:00.1234567Z', operation.operation, 'SASSuccess', '200', '4', '3', type],
      ...['', 'contosomedia', operation.service, `"${uriOf(operation, query).replaceAll('&', '&amp;')}"`],
      ...['"/contosomedia/photos/a.jpg"', '170464ae-101e-004b-6365-90ca9c000001', '0', '203.0.113.7:56029'],
    ].join(';');

  it('shows the URL of its SAS and when it expires, since it has no hash', () => {
    for (const operation of classic)
      expect(readStorageLogLine(line(operation, 'sas', QUERY))).toMatchObject({
        ok: true,
        value: { fingerprint: null, uri: uriOf(operation, QUERY), authorization: 'sas' },
      });
  });

  it.each(['authenticated', 'anonymous', 'OAuth'])(
    'that was authorized as %s leads nowhere',
    async (type) => {
      const { ask } = lookupStage();
      for (const operation of classic.slice(0, 10)) {
        const problem = await problemOf(() => ask({ logLine: line(operation, type, 'timeout=30') }));
        expect([problem.code, problem.text]).toEqual(['not_found', expect.stringContaining('used no SAS')]);
      }
    },
  );
});

describe('a request without a SAS', () => {
  const operations = ['GetBlob', 'PutMessage', 'QueryEntities', 'Read', 'ReadFile', 'GetUserDelegationKey'];
  const chosen = LOGGED_OPERATIONS.filter(({ operation }) => operations.includes(operation));

  it.each(OTHER_TYPES)('that was authorized by %s is told so, and finds nothing', async (type, hash) => {
    const { audit, ask } = lookupStage();
    await audit.append(recordOf(SIGNATURE, { expiresAt }), soon);
    // The hash of an OAuth token is a bare SHA-256, as a fingerprint is; it is not one.
    if (hash !== null)
      await audit.append(
        recordOf('x', { key: { ...recordOf('x').key, fingerprint: hash.toLowerCase() } }),
        soon,
      );
    for (const operation of chosen)
      for (const [shape] of shapes) {
        const request = { ...operation, type, hash, uri: uriOf(operation, 'timeout=30') };
        const problem = await problemOf(() => ask({ logLine: write(shape, request) }));
        expect(problem.code).toBe('not_found');
        expect(problem.text).toContain(
          /^anonymous$/i.test(type)
            ? 'The request was anonymous, so it used no SAS.'
            : `The request was authorized by ${type}, so it used no SAS.`,
        );
      }
  });

  it('is not taken for one that lost its hash', async () => {
    const { ask } = lookupStage();
    for (const type of SAS_TYPES) {
      const [operation] = chosen;
      if (operation === undefined) throw new Error('There is no such operation');
      const request = { ...operation, type, hash: null, uri: uriOf(operation, 'timeout=30') };
      for (const [shape] of shapes) {
        const { code, text } = await problemOf(() => ask({ logLine: write(shape, request) }));
        expect([code, text]).toEqual([
          'not_found',
          expect.stringContaining('send the line as storage wrote it'),
        ]);
      }
    }
  });
});

describe('the lines of a copy', () => {
  const of = (operation: string): LoggedOperation =>
    LOGGED_OPERATIONS.find((one) => one.operation === operation) ?? { service: 'blob', operation };
  const photos = { account: 'contosomedia', service: 'blob', container: 'photos', blob: 'a.jpg' } as const;

  it.each(['CopyBlob', 'CopyBlobDestination', 'CopyFile', 'CopyFileDestination', 'PutBlobFromURL'])(
    'have the hash of the SAS that it was written with: %s',
    async (operation) => {
      const { audit, ask } = lookupStage();
      await audit.append(recordOf(SIGNATURE, { expiresAt }), soon);
      for (const [shape] of shapes)
        expect(await ask({ logLine: write(shape, bySas(of(operation), 'SAS')) })).toMatchObject({
          verdict: 'issued',
          records: [{}],
          candidates: [],
        });
    },
  );

  it.each(shapes.flatMap(([shape]) => OTHER_TYPES.map(([type, hash]) => [shape, type, hash] as const)))(
    'have no hash of the SAS that it was read with, only candidates: %s, %s',
    async (shape, type, hash) => {
      const { audit, ask } = lookupStage();
      const token = { resource: photos, permissions: 'r', expiresAt };
      await audit.append(recordOf(SIGNATURE, { ...token, purpose: 'fits' }), soon);
      await audit.append(recordOf('other', { ...token, permissions: 'rw' }), soon);
      const request = { ...of('CopyBlobSource'), type, hash, uri: uriOf(of('CopyBlobSource'), QUERY) };
      const answer = await ask({ logLine: write(shape, request) });
      expect(answer).toMatchObject({ verdict: 'unknown', records: [] });
      expect(answer.candidates.map(({ purpose }) => purpose)).toEqual(['fits']);
    },
  );
});

describe('the requests of a batch', () => {
  const deletion: LoggedOperation = { service: 'blob', operation: 'DeleteBlob' };
  const parts = (requests: readonly LoggedRequest[]): string =>
    JSON.stringify({
      records: requests.map((one) => JSON.parse(write('resource log', one)) as object),
    });

  it('lead to the token that all of them used', async () => {
    const { audit, ask } = lookupStage();
    await audit.append(recordOf(SIGNATURE, { expiresAt }), soon);
    const two = [bySas(deletion, 'SAS'), { ...bySas(deletion, 'SAS'), operation: 'SetBlobTier' }];
    expect(await ask({ logLine: parts(two) })).toMatchObject({ verdict: 'issued', records: [{}] });
    const lines = two.map((one) => write('Log Analytics', one)).join('\n');
    expect(await ask({ logLine: lines })).toMatchObject({ verdict: 'issued', records: [{}] });
  });

  it.each([
    [
      'another SAS',
      { ...bySas(deletion, 'SAS'), hash: `key1(${'C1'.repeat(32)}),SasSignature(${'AB'.repeat(32)})` },
    ],
    ['an account key', { ...bySas(deletion, 'AccountKey'), hash: `key1(${'C1'.repeat(32)})` }],
  ])('are refused if one of them used %s', async (_what, other) => {
    const { ask } = lookupStage();
    for (const both of [
      [bySas(deletion, 'SAS'), other],
      [other, bySas(deletion, 'SAS')],
    ])
      expect(await problemOf(() => ask({ logLine: parts(both) }))).toMatchObject({
        code: 'invalid_request',
        text: expect.stringContaining('several lines') as string,
      });
  });
});
