import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import { BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';
import { QueueClient, QueueServiceClient, StorageSharedKeyCredential } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runSasb } from '../../clients/cli/sasb/run-sasb.ts';
import { tableOptions } from '../../clients/js/data-tables.ts';
import { SasBroker, type TokenRequest } from '../../clients/js/index.ts';
import { blobPipeline } from '../../clients/js/storage-blob.ts';
import { queuePipeline } from '../../clients/js/storage-queue.ts';
import { sampleCallers } from '../../local/sample-callers.ts';
import { bearerToken } from '../stack-client.ts';
import { type Accounts, configuration, newAccounts, startBroker, type TestBroker } from './test-broker.ts';
import { regenerateKey } from './regenerate-key.ts';

/** An upload in blocks, which waits for `continues` after half of them. */
interface Upload {
  readonly request: TokenRequest & { readonly url: string };
  readonly pauseMs: number;
  readonly half: () => void;
  readonly continues: Promise<unknown>;
}
/** Performs an upload and returns how many tokens it used. */
type Uploader = (upload: Upload) => Promise<number>;

const BLOCKS = 8;
/** `UPLOAD_BYTES=60000000` uploads as much, for longer, and prints how many tokens each client used. */
const { UPLOAD_BYTES } = process.env;
const SIZE = Number(UPLOAD_BYTES ?? 800_000) / BLOCKS;
const SHORT = UPLOAD_BYTES === undefined ? { ttl: 'PT3S', pauseMs: 750 } : { ttl: 'PT5S', pauseMs: 2000 };
const contentOf = (number: number) => Buffer.alloc(SIZE, 65 + (number % 26));
const WHOLE = Buffer.concat(Array.from({ length: BLOCKS }, (_, number) => contentOf(number)));

let accounts: Accounts;
let broker: TestBroker;
let bearer: string;
const folder = sampleCallers['uploader']!.oid;
const blobUrl = (name: string) => `${accounts.media.blob}/uploads/${folder}/${name}`;
const newClient = () => new SasBroker({ endpoint: broker.url, getBearer: () => bearer });

const javaScript: Uploader = async ({ request, pauseMs, half, continues }) => {
  const source = newClient().source(request);
  const issued = new Set<string>();
  const counting = {
    get: async (options?: Parameters<typeof source.get>[0]) => {
      const token = await source.get(options);
      issued.add(token.token);
      return token;
    },
  };
  const blob = new BlockBlobClient(request.url, blobPipeline(counting));
  const ids = Array.from({ length: BLOCKS }, (_, number) => btoa(String(number).padStart(6, '0')));
  for (const [number, id] of ids.entries()) {
    if (number === BLOCKS / 2) {
      half();
      await continues;
    }
    await blob.stageBlock(id, contentOf(number), SIZE);
    await sleep(pauseMs);
  }
  await blob.commitBlockList(ids);
  return issued.size;
};

const python =
  (kind: 'sync' | 'aio'): Uploader =>
  async ({ request, pauseMs, half, continues }) => {
    const { caFile } = inject('stack');
    const env = { SSL_CERT_FILE: caFile, REQUESTS_CA_BUNDLE: caFile, NO_PROXY: '*' };
    const program = process.env['PYTHON'] ?? '/usr/bin/python3';
    const child = spawn(program, ['-B', join(import.meta.dirname, 'python_upload.py'), kind], { env });
    const errors = text(child.stderr);
    const given = { broker: broker.url, bearer, request, blocks: BLOCKS, size: SIZE, pause: pauseMs / 1000 };
    child.stdin.write(`${JSON.stringify(given)}\n`);
    let last = '';
    createInterface(child.stdout).on('line', (line) => {
      last = line;
      if (line !== 'half') return;
      half();
      void continues.then(() => child.stdin.write('\n'));
    });
    const [code] = (await once(child, 'exit')) as [number];
    if (code !== 0) throw new Error(await errors);
    return Number(last);
  };

const UPLOADERS: readonly [string, Uploader][] = [
  ['javascript', javaScript],
  ['python-sync', python('sync')],
  ['python-aio', python('aio')],
];

/** Uploads with every client at once. Resolves to the numbers of tokens; checks that the content arrived. */
async function uploadWithAll(
  parts: object,
  pauseMs: number,
  between: () => Promise<void>,
): Promise<number[]> {
  let waiting = UPLOADERS.length;
  let allHalf: () => void = () => undefined;
  const continues = new Promise<void>((resolve) => (allHalf = resolve)).then(between);
  const half = () => {
    waiting -= 1;
    if (waiting === 0) allHalf();
  };
  const uploads = UPLOADERS.map(async ([name, upload]) => {
    const request = { url: blobUrl(`${name}-${pauseMs}.bin`), permissions: 'rw', ...parts };
    const tokens = await upload({ request, pauseMs, half, continues });
    const { readableStreamBody } = await new BlockBlobClient(
      request.url,
      blobPipeline(newClient().source(request)),
    ).download();
    expect((await buffer(readableStreamBody!)).equals(WHOLE)).toBe(true);
    return tokens;
  });
  return Promise.all(uploads);
}

beforeAll(async () => {
  accounts = await newAccounts();
  await accounts.container('uploads');
  const listed = await accounts.container('listed');
  for (const name of ['a & b.txt', 'c.txt']) await listed.getBlockBlobClient(name).upload(name, name.length);
  const { name, key1, queue: queues, table: tables } = accounts.media;
  await new QueueServiceClient(queues, new StorageSharedKeyCredential(name, key1)).createQueue('work');
  await new TableClient(tables, 'Things', new AzureNamedKeyCredential(name, key1)).createTable();
  const grant = {
    id: 'own-folder',
    callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
    resources: [
      `${accounts.media.name}/blob/uploads/\${claims.oid}/**`,
      `${accounts.media.name}/blob/listed`,
      `${accounts.media.name}/blob/listed/**`,
      `${accounts.media.name}/queue/work`,
      `${accounts.media.name}/table/Things`,
    ],
    permissions: ['read', 'list', 'add', 'create', 'write', 'delete', 'update', 'process'],
    kinds: ['user-delegation', 'service'],
  };
  const rotation = { every: 'P30D', keyCache: 'PT1S', keyStaleMax: 'PT1S' };
  broker = await startBroker(accounts, configuration(accounts, [grant], rotation));
  bearer = await bearerToken('uploader');
});
afterAll(() => broker.stop());

describe.concurrent('an upload in blocks with every client', () => {
  it('outlives its tokens, of which it uses at least three', async () => {
    const tokens = await uploadWithAll({ ttl: SHORT.ttl }, SHORT.pauseMs, () => Promise.resolve());
    if (UPLOAD_BYTES !== undefined)
      console.log(
        `${BLOCKS * SIZE} bytes, tokens: ${UPLOADERS.map(([name], at) => `${name} ${tokens[at]}`).join(', ')}`,
      );
    for (const used of tokens) expect(used).toBeGreaterThanOrEqual(3);
  });

  it('goes on after the key of its token was regenerated, with one further token', async () => {
    const giveUp = () => regenerateKey(accounts, broker, bearer);
    const tokens = await uploadWithAll({ kind: 'service' }, 0, giveUp);
    expect(tokens).toEqual([2, 2, 2]);
  });
});

describe('the JavaScript client with the broker', () => {
  it('uploads with a token, once, and says why there is none', async () => {
    const client = newClient();
    const create = { url: blobUrl('1.txt'), permissions: 'c' };
    const upload = () => client.withToken(create, ({ url }) => new BlockBlobClient(url).upload('first', 5));
    expect(await upload()).toMatchObject({ etag: expect.any(String) as string });
    await expect(upload()).rejects.toMatchObject({ statusCode: 403 });
    const { id } = await client.token(create);
    await expect(client.complete(id, { outcome: 'succeeded' })).rejects.toMatchObject({
      status: 409,
      code: 'conflict',
    });
    const denied = { url: blobUrl('1.txt'), permissions: 'i' };
    await expect(client.token(denied)).rejects.toMatchObject({
      status: 403,
      code: 'forbidden',
      requestId: expect.any(String) as string,
    });
    expect(await client.explain(denied)).toMatchObject({ allowed: false });
    const [one, none] = await client.tokens([create, denied]);
    expect([one, none]).toMatchObject([{ id }, { code: 'forbidden' }]);
  });

  it('serves clients of queues and tables', async () => {
    const client = newClient();
    const work = { url: `${accounts.media.queue}/work`, permissions: 'ap', kind: 'service' as const };
    const queue = new QueueClient(work.url, queuePipeline(client.source(work)));
    await queue.sendMessage('hello');
    expect((await queue.receiveMessages()).receivedMessageItems).toMatchObject([{ messageText: 'hello' }]);
    const things = { resource: { service: 'table' as const, table: 'Things' }, permissions: 'ra' };
    const table = new TableClient(accounts.media.table, 'Things', tableOptions(client.source(things)));
    await table.createEntity({ partitionKey: 'a', rowKey: '1', name: 'lamp' });
    expect(await table.getEntity('a', '1')).toMatchObject({ name: 'lamp' });
  });
});

describe('sasb', () => {
  const listed = () => `${accounts.media.blob}/listed`;
  /** Runs `sasb` with the broker of this file. */
  async function sasb(...words: string[]) {
    const output = { out: '', errors: '' };
    const into = (name: 'out' | 'errors') =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          output[name] += chunk.toString();
          done();
        },
      });
    const env = { ...process.env, SASB_BROKER: broker.url, SASB_BEARER_COMMAND: `echo ${bearer}` };
    const code = await runSasb(words, { env, stdout: into('out'), stderr: into('errors') });
    return { code, ...output };
  }
  /** Runs a line of a shell that trusts the emulator, and returns what it prints. */
  async function shell(line: string, input = ''): Promise<string> {
    const { caFile } = inject('stack');
    const env = {
      PATH: process.env['PATH'],
      SSL_CERT_FILE: caFile,
      CURL_CA_BUNDLE: caFile,
      HOME: '/nonexistent',
    };
    const child = spawn('bash', ['-c', line], { env });
    child.stdin.end(input);
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return out === '' ? errors : out;
  }

  it('gives a token to curl, rclone, an SDK’s connection string and a shell', async () => {
    const get = async (url: string, ...words: string[]) => (await sasb('get', url, ...words)).out.trim();
    const blob = `${listed()}/c.txt`;
    expect(await shell('curl --silent --config -', await get(blob, '-f', 'curl'))).toBe('c.txt');
    expect(await shell(`eval "$(cat)"; curl --silent "$SAS_URL"`, await get(blob, '-f', 'env'))).toBe(
      'c.txt',
    );
    expect(await shell(await get(listed(), '-p', 'rl', '-f', 'rclone'))).toBe('a & b.txt\nc.txt\n');
    const service = BlobServiceClient.fromConnectionString(await get(blob, '-f', 'connection-string'));
    expect(await service.getContainerClient('listed').getBlobClient('c.txt').exists()).toBe(true);
    const { token, url } = JSON.parse(await get(blob, '-f', 'json')) as { token: string; url: string };
    expect(url).toBe(`${blob}?${token}`);
  });

  it('uploads a file in blocks, and lists it', async () => {
    const file = join(inject('stack').folder, 'large.bin');
    const content = Buffer.alloc(9_000_000, 'sasb');
    await writeFile(file, content);
    const target = `${listed()}/large.bin`;
    const put = await sasb('put', file, target);
    expect(put).toMatchObject({ code: 0, out: '', errors: '9000000 bytes in 2 blocks, with 1 tokens\n' });
    const read = await fetch((await sasb('get', target)).out.trim());
    expect(Buffer.from(await read.arrayBuffer()).equals(content)).toBe(true);
    expect((await sasb('ls', listed())).out).toBe('a & b.txt\nc.txt\nlarge.bin\n');
    expect((await sasb('ls', listed(), '--prefix', 'c')).out).toBe('c.txt\n');
  });

  it('runs a command with the token in its environment, and without the bearer token', async () => {
    const file = join(inject('stack').folder, 'exec.txt');
    const line = `printf '%s|%s' "$SAS_URL" "$SASB_BEARER_COMMAND" >${file}; exit 7`;
    expect(await sasb('exec', listed(), '-p', 'rl', '--', 'sh', '-c', line)).toMatchObject({
      code: 7,
      out: '',
    });
    expect(await readFile(file, 'utf8')).toMatch(/\/listed\?.*sig=[^|]+\|$/);
  });

  it('says the request id of a refusal, and exits with 2', async () => {
    const { code, out, errors } = await sasb('get', `${accounts.media.blob}/secret`);
    expect([code, out]).toEqual([2, '']);
    expect(errors).toMatch(/^sasb: forbidden: .*\(request [\w-]+\)\n$/s);
    expect(await sasb('get')).toMatchObject({ code: 1, errors: expect.stringContaining('--help') as string });
  });
});
