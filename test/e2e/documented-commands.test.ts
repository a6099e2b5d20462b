import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { LOG_EVENTS, type LogEvent } from '../../shared/log-events.ts';
import { commandBlocks, DOCUMENTED } from '../documented-commands.ts';
import { bearerToken, type TestAccount } from '../stack-client.ts';
import { newAccounts, startBroker, type TestBroker } from './test-broker.ts';

/** The shells start many programs, which takes long on a busy machine. Only one that hangs takes this long. */
const HANG_MS = 120_000;
const ROOT = join(import.meta.dirname, '../..');
const PROGRAMS = {
  audit: 'clients/cli/audit.ts',
  sasb: 'clients/cli/sasb.ts',
  'check-config': 'shared/config/check-config.ts',
};
/** Where the commands run, as in the project's folder while `npm start` runs. */
const folder = mkdtempSync(join(tmpdir(), 'documented-'));
const run = new Set<string>();
let media: TestAccount;
let broker: TestBroker;

beforeAll(async () => {
  const accounts = await newAccounts();
  media = accounts.media;
  await Promise.all([fillFolder(), fillStorage()]);
  broker = await startBroker(accounts, sampleConfiguration());
}, HANG_MS);

afterAll(async () => {
  await broker.stop();
  const listed = Object.entries(DOCUMENTED).flatMap(([document, blocks]) =>
    Object.entries(blocks).flatMap(([first, what]) => (what === 'run' ? [`${document}: ${first}`] : [])),
  );
  expect([...run].sort()).toEqual(listed.sort());
});

/** The laptop's own configuration, at this run's addresses and with an account that only this file uses. */
function sampleConfiguration(): string {
  const { blob, queue, table, issuer } = inject('stack');
  return readFileSync(join(ROOT, 'local/broker.template.json'), 'utf8')
    .replaceAll('__BLOB__', blob)
    .replaceAll('__QUEUE__', queue)
    .replaceAll('__TABLE__', table)
    .replaceAll('__ISSUER__', issuer)
    .replaceAll(/\bmedia\b/g, media.name);
}

async function fillStorage(): Promise<void> {
  const blobs = new BlobServiceClient(media.blob, new StorageSharedKeyCredential(media.name, media.key1));
  await Promise.all(['photos', 'uploads'].map((name) => blobs.createContainer(name)));
  for (const name of ['sample.jpg', '1.jpg'])
    await blobs.getContainerClient('photos').getBlockBlobClient(name).uploadData(Buffer.from(name));
}

/** Files that the documents name, and programs in place of npm, sasb, az and jq that start at once. */
async function fillFolder(): Promise<void> {
  for (const name of ['README.md', 'package.json', 'broker.json'])
    symlinkSync(join(ROOT, name), join(folder, name));
  symlinkSync(join(ROOT, 'broker.json'), join(folder, 'other.json'));
  for (const name of ['.local', 'bin', 'bearers']) mkdirSync(join(folder, name));
  symlinkSync(inject('stack').caFile, join(folder, '.local/ca.pem'));
  writeFileSync(join(folder, 'video.mp4'), 'a video');
  for (const who of Object.keys(sampleCallers))
    writeFileSync(join(folder, 'bearers', who), await bearerToken(who));
  await build({
    entryPoints: PROGRAMS,
    outdir: join(folder, 'bin'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  program(
    'npm',
    `while [ "$1" = run ] || [ "$1" = --silent ]; do shift; done
name=$1; shift; [ "$1" = -- ] && shift
case $name in token) cat ${folder}/bearers/$1;; *) exec node ${folder}/bin/$name.mjs "$@";; esac`,
  );
  program('sasb', `exec node ${folder}/bin/sasb.mjs "$@"`);
  program('az', `[ "$1 $2" = 'account get-access-token' ] && cat ${folder}/bearers/backup`);
  program(
    'jq',
    `node -p 'JSON.stringify(JSON.parse(require("fs").readFileSync(process.argv[2]))'"$1"')' - "$2"`,
  );
}

function program(name: string, lines: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${lines}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

/** Returns the text of a documented block with the addresses and names of this run. */
function blockOf(document: string, first: string): string {
  const block = commandBlocks().find((one) => one.document === document && one.first.startsWith(first));
  if (block === undefined) throw new Error(`${document} has no block that begins with ${first}`);
  run.add(`${document}: ${block.first}`);
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, '');
  return block.text
    .replaceAll('http://127.0.0.1:7071/api', broker.url)
    .replaceAll('https://broker.example/api', broker.url)
    .replaceAll('https://127.0.0.1:10000/media', media.blob)
    .replaceAll('https://media.blob.core.windows.net', media.blob)
    .replaceAll('export BEARER=…', 'export BEARER="$AUDITOR"')
    .replaceAll('"issuer":"entra"', '"issuer":"local"')
    .replaceAll('2026-11-29T00:00:00Z', inAnHour)
    .replaceAll(/\bmedia\b/g, media.name);
}

/** Runs blocks in one shell, which ends at the first command that fails. */
async function shell(blocks: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  const bearer = (who: string) => readFileSync(join(folder, 'bearers', who), 'utf8');
  const { caFile } = inject('stack');
  const env = {
    PATH: `${folder}/bin:${process.env['PATH']}`,
    HOME: folder,
    SSL_CERT_FILE: caFile,
    NODE_EXTRA_CA_CERTS: caFile,
    CURL_CA_BUNDLE: caFile,
    BROKER: broker.url,
    BEARER: bearer('operator'),
    AUDITOR: bearer('auditor'),
  };
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', blocks.join('\n')], { cwd: folder, env });
  child.stdin.end();
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const [code, out, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, out, errors };
}

/** Runs blocks that must succeed. */
async function print(...blocks: readonly string[]): Promise<string> {
  const { code, out, errors } = await shell(blocks);
  expect({ code, errors }).toEqual({ code: 0, errors: expect.any(String) as string });
  return out;
}

const statuses = (out: string): string[] => out.match(/^\d{3}$/gm) ?? [];

it(
  'README’s quick start uploads, finds the row, downloads and is refused',
  async () => {
    const out = await print(blockOf('README.md', '# uploader'));
    expect(statuses(out)).toEqual(['201', '200']);
    for (const part of ['"grant":"photo-upload"', '"verdict":"issued"', '"code":"forbidden"'])
      expect(out).toContain(part);
  },
  HANG_MS,
);

it(
  'docs/uploads.md: curl uploads, downloads and lists, and sets CORS',
  async () => {
    const out = await print(
      blockOf('docs/uploads.md', 'BROKER='),
      blockOf('docs/uploads.md', 'URL=$(ask backup'),
    );
    expect(statuses(out)).toEqual(['201', '403', '201', '201', '201', '200']);
    expect(out).toMatch(/>202\n$/);
    expect(out).toContain('<Name>sample.jpg</Name>');
  },
  HANG_MS,
);

it(
  'docs/uploads.md: sasb gives tokens to curl, a shell and rclone, and moves files itself',
  async () => {
    const first = await print(blockOf('docs/uploads.md', 'export SASB_BROKER'));
    expect(first).toContain(`${media.blob}/photos/1.jpg?`);
    expect(first).toContain('1.jpg\nsample.jpg');
    expect(readFileSync(join(folder, '1.jpg'), 'utf8')).toBe('1.jpg');
    const session = `export SASB_BROKER=${broker.url} SASB_BEARER_COMMAND='az account get-access-token'`;
    expect(await print(session, blockOf('docs/uploads.md', 'eval "$(sasb'))).toBe('1.jpg\nsample.jpg\n');
    expect(readFileSync(join(folder, 'photos/sample.jpg'), 'utf8')).toBe('sample.jpg');
  },
  HANG_MS,
);

it(
  'docs/command-line.md lists live tokens',
  async () => {
    expect(await print(blockOf('docs/command-line.md', 'export BROKER'))).toContain('Ursula Uploader');
  },
  HANG_MS,
);

it(
  'docs/configuration.md checks a file, another one, and refuses to deploy the sample',
  async () => {
    const { code, out } = await shell([blockOf('docs/configuration.md', 'npm run check-config')]);
    expect(code).toBe(1);
    expect(out).toMatch(/^broker\.json: \d+ faults$/m);
  },
  HANG_MS,
);

it(
  'docs/revocation.md blocks a caller, plans and acts, and lists what was recorded',
  async () => {
    expect(await print(blockOf('docs/revocation.md', 'curl -s "$BROKER/callers/blocks"'))).toContain(
      '"reason":"laptop stolen, incident 4711"',
    );
    const acted = await print(blockOf('docs/revocation.md', '# 1. Plan'));
    expect(acted).toContain('"levers":');
    expect(acted).toMatch(/"state":"(?:done|running)"/);
    expect(acted).toContain('"phase":');
    expect(await print(blockOf('docs/revocation.md', 'curl -s "$BROKER/events'))).toContain('incident 4711');
  },
  HANG_MS,
);

it(
  'every line that the broker logged meanwhile has the fields of its event, and none has a signature',
  async () => {
    for (const event of ['broker started', 'token issued', 'request refused', 'event recorded'])
      await vi.waitUntil(() => broker.output().includes(`"event":"${event}"`), { timeout: 20_000 });
    const lines = broker.output().match(/\{"level":.*\}$/gm) ?? [];
    const { host: vault } = new URL(inject('stack').keyVault);
    for (const line of lines) {
      const { level, event, requestId, ...fields } = JSON.parse(line) as Record<string, unknown>;
      expect(['info', 'warn', 'error'], line).toContain(level);
      expect(['string', 'undefined'], line).toContain(typeof requestId);
      expect(Object.keys(fields).sort(), line).toEqual([...LOG_EVENTS[event as LogEvent].fields].sort());
      expect(line).not.toMatch(/sig=|sig%3D/i);
      expect(line).not.toContain(vault);
    }
  },
  HANG_MS,
);
