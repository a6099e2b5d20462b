import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  readerGrant,
  startColdBroker,
  type TestBroker,
} from './test-broker.ts';

const log = join(mkdtempSync(join(tmpdir(), 'loaded-')), 'files');
let accounts: Accounts;
let broker: TestBroker;
let seen = 0;

beforeAll(async () => {
  accounts = await newAccounts();
  const { media } = accounts;
  const grants = [
    readerGrant([media]),
    readerGrant([media], {
      id: 'queues',
      resources: [`${media.name}/queue/*`],
      permissions: 'r',
      kinds: ['service'],
    }),
  ];
  broker = await startColdBroker(accounts, configuration(accounts, grants), {
    NODE_OPTIONS: `--import=${resolve('test/e2e/loaded-files-hook.mjs')}`,
    LOADED_FILES: log,
    // A slow machine must not stop a request before it has loaded everything.
    REQUEST_DEADLINE: 'PT1M',
  });
});

afterAll(() => broker.stop());

/** Returns every file that was loaded so far, in order, and when. */
function allLoaded(): { readonly at: number; readonly file: string }[] {
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [at, file = ''] = line.split(' ');
    return { at: Number(at), file: file.replace('chunks/', '') };
  });
}

/** Returns which files were loaded since the last call. */
function newlyLoaded(): string[] {
  const loaded = allLoaded().slice(seen);
  seen += loaded.length;
  return loaded.map(({ file }) => file).sort();
}

/** Returns which files were loaded in the first second. Later, the broker is loaded without a request. */
function loadedAtStart(): string[] {
  const [entry, ...others] = allLoaded();
  return [entry, ...others.filter(({ at }) => at < entry!.at + 1000)].map((one) => one!.file);
}

async function issue(kind: string, service: string, resource: object) {
  const body = { resource: { account: accounts.media.name, service, ...resource }, permissions: 'r', kind };
  const answer = await call(broker, 'reader', 'POST', '/tokens', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
}

/** The tests follow each other in one process: each lists what its request loads in addition. */
describe('what a process loads', () => {
  it('at its start and for /health: only the entry', async () => {
    expect((await call(broker, null, 'GET', '/health')).status).toBe(200);
    expect(loadedAtStart()).toEqual(['index.js']);
    seen = 1;
  });

  it('for a user delegation token of a blob: the broker and the signer of blobs', async () => {
    await issue('user-delegation', 'blob', { container: 'photos', blob: 'a.jpg' });
    expect(newlyLoaded()).toEqual(['blobs.js', 'broker.js']);
  });

  it('for a service token of a blob in addition: the client of Key Vault', async () => {
    await issue('service', 'blob', { container: 'photos', blob: 'a.jpg' });
    expect(newlyLoaded()).toEqual(['accountKeys.js']);
  });

  it('for a second token: nothing', async () => {
    await issue('user-delegation', 'blob', { container: 'photos', blob: 'b.jpg' });
    expect(newlyLoaded()).toEqual([]);
  });

  it('for a token of a queue in addition: the signer of queues', async () => {
    await issue('service', 'queue', { queue: 'jobs' });
    expect(newlyLoaded()).toEqual(['queues.js', 'storage-queue.js']);
  });

  it('for readiness: its row, and the record of the timer', async () => {
    expect((await call(broker, null, 'GET', '/health/ready')).status).toBe(200);
    expect(newlyLoaded()).toEqual(['health-routes.js', 'tables.js']);
  });

  it('for a record: the rows of tokens', async () => {
    expect((await call(broker, 'reader', 'GET', '/tokens/none')).status).toBe(404);
    expect(newlyLoaded()).toEqual(['lookup.js', 'token-routes.js']);
  });

  it('for an operator: the other rows, and no SDK of Resource Manager', async () => {
    expect((await call(broker, 'operator', 'GET', '/accounts')).status).toBe(200);
    expect(newlyLoaded()).toEqual(['rotation.js', 'routes.js']);
  });
});
