import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { TableClient, TableServiceClient } from '@azure/data-tables';
import { ContainerClient } from '@azure/storage-blob';
import { DataLakeFileSystemClient } from '@azure/storage-file-datalake';
import { ShareClient } from '@azure/storage-file-share';
import { QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tableOptions } from '../../../../clients/js/data-tables.ts';
import type { TokenSource } from '../../../../clients/js/index.ts';
import { withSas } from '../../../../clients/js/signed-url.ts';
import { blobPipeline } from '../../../../clients/js/storage-blob.ts';
import { dataLakePipeline } from '../../../../clients/js/storage-file-datalake.ts';
import { fileSharePipeline } from '../../../../clients/js/storage-file-share.ts';
import { queuePipeline } from '../../../../clients/js/storage-queue.ts';
import { VirtualBroker } from './virtual-broker.ts';

/** The URLs that storage got, and the codes with which it refuses the next requests. */
const urls: URL[] = [];
const refusals: string[] = [];
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    urls.push(new URL(request.url ?? '', 'http://storage'));
    const code = refusals.shift();
    const headers = { 'x-ms-request-id': '1', etag: '"1"', 'last-modified': new Date(0).toUTCString() };
    if (code === undefined) return response.writeHead(request.method === 'PUT' ? 201 : 200, headers).end();
    return response.writeHead(403, { ...headers, 'x-ms-error-code': code }).end();
  });
});
let origin = '';

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/media`;
});
afterAll(() => server.close());
beforeEach(() => {
  urls.length = 0;
  refusals.length = 0;
});

const signatures = () => urls.map(({ searchParams }) => searchParams.getAll('sig').join());
const source = (): TokenSource => new VirtualBroker().client().source({ permissions: 'rw' });
const retryOptions = { maxTries: 1 };

const SDKS: readonly [string, (from: TokenSource) => Promise<unknown>][] = [
  [
    'storage-blob',
    (from) =>
      new ContainerClient(`${origin}/c`, blobPipeline(from, { retryOptions }))
        .getBlobClient('b')
        .setMetadata({}),
  ],
  [
    'storage-queue',
    (from) => new QueueClient(`${origin}/q`, queuePipeline(from, { retryOptions })).setMetadata({}),
  ],
  [
    'storage-file-share',
    (from) =>
      new ShareClient(`${origin}/s`, fileSharePipeline(from, { retryOptions }))
        .getDirectoryClient('d')
        .getFileClient('f')
        .setMetadata({}),
  ],
  [
    'storage-file-datalake',
    (from) =>
      new DataLakeFileSystemClient(`${origin}/f`, dataLakePipeline(from, { retryOptions }))
        .getFileClient('f')
        .setMetadata({}),
  ],
  [
    'data-tables',
    (from) =>
      new TableClient(origin, 't', tableOptions(from, { allowInsecureConnection: true })).deleteEntity(
        'p',
        'r',
      ),
  ],
];

describe.each(SDKS)('%s', (_name, use) => {
  it('sends a token with every request, of child clients too', async () => {
    const from = source();
    await use(from).catch(() => undefined);
    await use(from).catch(() => undefined);
    expect(signatures()).toEqual(['1', '1']);
  });

  it('sends once more with another token after a refused signature', async () => {
    refusals.push('AuthenticationFailed');
    await use(source()).catch(() => undefined);
    expect(signatures()).toEqual(['1', '2']);
    refusals.push('AuthenticationFailed', 'AuthenticationFailed');
    await expect(use(source())).rejects.toMatchObject({ statusCode: 403 });
    expect(signatures().slice(2)).toEqual(['1', '2']);
  });

  it('does not send again what a permission is missing for', async () => {
    refusals.push('AuthorizationPermissionMismatch');
    await expect(use(source())).rejects.toMatchObject({ statusCode: 403 });
    expect(signatures()).toEqual(['1']);
  });
});

describe('a request to storage', () => {
  it('whose body is a stream is not sent again, because the stream was read', async () => {
    refusals.push('AuthenticationFailed');
    const blob = new ContainerClient(
      `${origin}/c`,
      blobPipeline(source(), { retryOptions }),
    ).getBlockBlobClient('b');
    await expect(blob.upload(Readable.from(['content']), 7)).rejects.toMatchObject({ statusCode: 403 });
    expect(signatures()).toEqual(['1']);
    refusals.push('AuthenticationFailed');
    await blob.upload(() => Readable.from(['content']), 7);
    expect(signatures()).toEqual(['1', '1', '2']);
  });

  it('fails with the broker’s problem if there is no token', async () => {
    const broker = new VirtualBroker();
    broker.acts.push({ status: 403, body: { code: 'forbidden' } });
    const from = broker.client().source({ permissions: 'r' });
    const container = new ContainerClient(`${origin}/c`, blobPipeline(from, { retryOptions }));
    await expect(container.setMetadata({})).rejects.toMatchObject({
      name: 'BrokerProblem',
      code: 'forbidden',
    });
    expect(urls).toEqual([]);
  });

  it('of a transaction with a table carries the token once', async () => {
    const options = tableOptions(source(), { allowInsecureConnection: true });
    const table = new TableClient(origin, 't', options);
    await table.submitTransaction([['delete', { partitionKey: 'p', rowKey: 'r' }]]).catch(() => undefined);
    await new TableServiceClient(origin, options)
      .listTables()
      .next()
      .catch(() => undefined);
    expect(signatures()).toEqual(['1', '1']);
    expect(urls.map(({ pathname }) => pathname)).toEqual(['/media/$batch', '/media/Tables']);
  });

  it.each([
    ['https://a/b', 'https://a/b?sig=2'],
    ['https://a/b?comp=block&sv=1&se=2&sig=1&blockid=MQ', 'https://a/b?comp=block&blockid=MQ&sig=2'],
    ['https://a/b?prefix=a?b&sig=1', 'https://a/b?prefix=a?b&sig=2'],
  ])('for %s goes to %s', (given, expected) => {
    expect(withSas(given, 'sig=2')).toBe(expected);
  });
});
