import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageFiles } from '../../build/package-files.mjs';
import { unzipFile, zipFile } from '../../build/zip-file.mjs';
import {
  call,
  configuration,
  newAccounts,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

/** An empty folder, in which nothing but the package is found. */
const folder = mkdtempSync(join(tmpdir(), 'package-'));
let files: Map<string, Uint8Array>;
let broker: TestBroker;

beforeAll(async () => {
  files = unzipFile(zipFile(packageFiles(join(import.meta.dirname, '../..'))));
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const accounts = await newAccounts();
  const console_ = {
    title: 'packed',
    issuer: 'local',
    authorizationEndpoint: 'https://issuer.example/authorize',
    tokenEndpoint: 'https://issuer.example/token',
    clientId: '0c0ffee0-0000-4000-8000-0000000000a2',
    scope: 'openid',
  };
  const config = { ...configuration(accounts, [readerGrant([accounts.media])]), console: console_ };
  broker = await startBroker(accounts, config, {}, folder);
  const url = `${accounts.media.blob}/photos/a.jpg`;
  const { status } = await call(broker, 'reader', 'POST', '/tokens', { url, permissions: 'r' });
  expect(status, broker.output()).toBe(201);
});

afterAll(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});

it('the package contains no sources, tests, laptop stack, maps or modules', () => {
  const patterns = [/^dist\/functions\/(?:index|chunks\/[\w-]+)\.js$/, /^dist\/console\/[\w.-]+$/];
  const others = [...files.keys()].filter((path) => !patterns.some((pattern) => pattern.test(path)));
  expect(others.sort()).toEqual(['broker.json', 'dist/THIRD-PARTY-NOTICES.txt', 'host.json', 'package.json']);
});

it('the package has the notices of the packages in the broker and in the console', () => {
  const notices = new TextDecoder().decode(files.get('dist/THIRD-PARTY-NOTICES.txt'));
  for (const name of ['jose', '@azure/storage-blob', 'react-dom', '@fluentui/react-button'])
    expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
});

it('the broker starts from it alone, logs its version, issues tokens and serves the console', async () => {
  const started = broker
    .output()
    .split('\n')
    .find((line) => line.includes('"broker started"'));
  const line = JSON.parse(started?.slice(started.indexOf('{')) ?? '{}') as Record<string, unknown>;
  expect(line['level']).toBe('info');
  expect(line['version']).toMatch(/^\d+\.\d+\.\d+(?:\+[0-9a-f]{12}(?:\.modified)?)?$/);
  for (const path of ['/health', '/health/ready', '/openapi.json', '/console/'])
    expect(await (await fetch(`${broker.url}${path}`)).text()).not.toContain(line['version']);
  const page = await fetch(`${broker.url}/console/`);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<div id="root">')]);
});
