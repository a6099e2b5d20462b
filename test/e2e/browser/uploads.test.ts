import { join } from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHROMIUM } from '../../../local/browser.ts';
import { bearerToken } from '../../stack-client.ts';
import { regenerateKey } from '../regenerate-key.ts';
import { type Accounts, configuration, newAccounts, startBroker, type TestBroker } from '../test-broker.ts';

interface Given {
  readonly broker: string;
  readonly bearer: string;
  readonly url: string;
  readonly ttl: string;
  readonly blocks: number;
  readonly size: number;
  readonly pauseMs: number;
  readonly kind: 'user-delegation' | 'service';
  /** The number of the block after which the page waits until the account’s key is given up; absent: it never does. */
  readonly midway?: number;
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
    kinds: ['user-delegation', 'service'],
  };
  const rotation = { every: 'P30D', keyCache: 'PT1S', keyStaleMax: 'PT1S' };
  const script = build({
    entryPoints: [join(import.meta.dirname, 'upload-page.mjs')],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
  });
  [broker, browser, bearer] = await Promise.all([
    startBroker(accounts, configuration(accounts, [grant], rotation), { HOST_CORS: ORIGIN }),
    chromium.launch({
      ...CHROMIUM,
      args: [...CHROMIUM.args, '--disable-features=LocalNetworkAccessChecks'],
    }),
    bearerToken('uploader'),
  ]);
  page = await browser.newPage({ ignoreHTTPSErrors: true });
  await page.exposeFunction('giveUpTheKey', () => regenerateKey(accounts, broker, bearer));
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

const BYTES = Number(process.env['UPLOAD_BYTES'] ?? 800_000);
/** A folder for pictures of each upload with Uppy, in the middle and at its end; without it none are made. */
const PICTURES = process.env['UPLOAD_PICTURES'];

/** Takes a picture in the middle of an upload, for which the network is slowed down to take about two seconds. */
async function takePictureMidway(name: string): Promise<void> {
  const network = await page.context().newCDPSession(page);
  const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: BYTES / 2 };
  await network.send('Network.emulateNetworkConditions', conditions);
  await page.waitForFunction('/^[2-9]\\d %/.test(document.querySelector("output")?.value)');
  await page.screenshot({ path: `${PICTURES}/${name}-midway.png` });
  await network.detach();
}

const perform = (act: keyof Acts, given: Given): Promise<number> =>
  page.evaluate(([name, one]) => (globalThis as unknown as { acts: Acts }).acts[name](one), [
    act,
    given,
  ] as const);

async function expectContent(name: string, blocks: number, size: number): Promise<void> {
  // One test regenerates key1.
  const credential = new StorageSharedKeyCredential(accounts.media.name, accounts.media.key2);
  const container = new BlobServiceClient(accounts.media.blob, credential).getContainerClient('uploads');
  const content = await container.getBlobClient(name).downloadToBuffer();
  const parts = Array.from({ length: blocks }, (_, number) => Buffer.alloc(size, 65 + (number % 26)));
  expect(content.equals(Buffer.concat(parts))).toBe(true);
}

/** Small enough for a slow machine to send while its token lives. */
const BLOCK_BYTES = Math.min(BYTES / 8, 1_000_000);
/** So that an upload in blocks outlives three tokens of `TTL_SECONDS`. */
const TTL_SECONDS = process.env['UPLOAD_BYTES'] === undefined ? 3 : 4;
const PAUSE_MS = (3.5 * TTL_SECONDS * 1000 * BLOCK_BYTES) / BYTES;

it.each<[keyof Acts, Pick<Given, 'ttl' | 'blocks' | 'pauseMs'>, number]>([
  ['blocks', { ttl: `PT${TTL_SECONDS}S`, blocks: BYTES / BLOCK_BYTES, pauseMs: PAUSE_MS }, 3],
  ['xhrUpload', { ttl: 'PT5M', blocks: 1, pauseMs: 0 }, 1],
  ['awsS3', { ttl: 'PT5M', blocks: 1, pauseMs: 0 }, 1],
])(
  'uploads from a page of another origin with %s',
  async (act, parts, least) => {
    const url = `${accounts.media.blob}/uploads/${act}.bin`;
    const { blocks } = parts;
    const size = BYTES / blocks;
    const given: Given = { broker: broker.url, bearer, url, size, kind: 'user-delegation', ...parts };
    const upload = perform(act, given);
    const isPictured = PICTURES !== undefined && act !== 'blocks';
    if (isPictured) await takePictureMidway(act);
    const tokens = await upload;
    if (isPictured) await page.screenshot({ path: `${PICTURES}/${act}-end.png` });
    if (process.env['UPLOAD_BYTES'] !== undefined) console.log(`${act}: ${BYTES} bytes, ${tokens} tokens`);
    expect(tokens).toBeGreaterThanOrEqual(least);
    await expectContent(`${act}.bin`, blocks, size);
  },
  120_000,
);

it('goes on in a page after the key of its token was regenerated, with one further token', async () => {
  const url = `${accounts.media.blob}/uploads/healed.bin`;
  const parts = { blocks: 8, size: 1000, pauseMs: 0, kind: 'service', midway: 3 } as const;
  const given: Given = { broker: broker.url, bearer, url, ttl: 'PT5M', ...parts };
  expect(await perform('blocks', given)).toBe(2);
  await expectContent('healed.bin', parts.blocks, parts.size);
});
