import { join } from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bearerToken } from '../../stack-client.ts';
import { type Accounts, configuration, newAccounts, startBroker, type TestBroker } from '../test-broker.ts';

interface Given {
  readonly broker: string;
  readonly bearer: string;
  readonly url: string;
  readonly ttl: string;
  readonly blocks: number;
  readonly size: number;
  readonly pauseMs: number;
}
/** What upload-page.mjs puts on the window. */
type Acts = Readonly<Record<'blocks' | 'xhrUpload' | 'awsS3', (given: Given) => Promise<number>>>;

const ORIGIN = 'http://app.example';
let accounts: Accounts;
let broker: TestBroker;
let browser: Browser;
let page: Page;
let bearer: string;

beforeAll(async () => {
  accounts = await newAccounts();
  await accounts.container('uploads');
  const { media } = accounts;
  const rule = {
    allowedOrigins: ORIGIN,
    allowedMethods: 'PUT,GET,HEAD',
    allowedHeaders: 'content-type,x-ms-*',
    exposedHeaders: 'etag,x-ms-error-code,x-ms-request-id',
    maxAgeInSeconds: 3600,
  };
  const service = new BlobServiceClient(media.blob, new StorageSharedKeyCredential(media.name, media.key1));
  await service.setProperties({ cors: [rule] });
  const grant = {
    id: 'all',
    callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
    resources: [`${media.name}/blob/uploads/**`],
    permissions: 'w',
    kinds: ['user-delegation'],
  };
  const script = build({
    entryPoints: [join(import.meta.dirname, 'upload-page.mjs')],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
  });
  [broker, browser, bearer] = await Promise.all([
    startBroker(accounts, configuration(accounts, [grant]), { HOST_CORS: ORIGIN }),
    chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-features=LocalNetworkAccessChecks'],
    }),
    bearerToken('uploader'),
  ]);
  page = await browser.newPage({ ignoreHTTPSErrors: true });
  await page.route(`${ORIGIN}/**`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<title>app</title>' }),
  );
  await page.goto(`${ORIGIN}/`);
  await page.addScriptTag({ content: (await script).outputFiles[0]!.text });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await broker.stop();
});

const BYTES = 800_000;

it.each<[keyof Acts, number, number]>([
  ['blocks', 8, 750],
  ['xhrUpload', 1, 0],
  ['awsS3', 1, 0],
])('uploads from a page of another origin with %s', async (act, blocks, pauseMs) => {
  const url = `${accounts.media.blob}/uploads/${act}.bin`;
  const size = BYTES / 8;
  const given: Given = {
    broker: broker.url,
    bearer,
    url,
    ttl: act === 'blocks' ? 'PT4S' : 'PT5M',
    blocks,
    size,
    pauseMs,
  };
  const tokens = await page.evaluate(
    ([name, one]) => (globalThis as unknown as { acts: Acts }).acts[name](one),
    [act, given] as const,
  );
  expect(tokens).toBeGreaterThan(act === 'blocks' ? 1 : 0);
  const container = await accounts.container('uploads');
  const content = await container.getBlobClient(`${act}.bin`).downloadToBuffer();
  const expected = Buffer.concat(
    Array.from({ length: blocks }, (_, number) => Buffer.alloc(size, 65 + number)),
  );
  expect(content.equals(expected)).toBe(true);
});
