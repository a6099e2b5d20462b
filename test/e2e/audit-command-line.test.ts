import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { bearerToken } from '../stack-client.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  QUICK_ROTATION,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

const ROOT = join(import.meta.dirname, '../..');
const ENTRY = 'clients/cli/audit.ts';
/** The program in one file: it starts in a tenth of the time that tsx needs. */
const BUNDLE = join(mkdtempSync(join(tmpdir(), 'audit-')), 'audit.mjs');
const READER = `local/${sampleCallers['reader']!.oid}`;
const bearers: Record<string, string> = {};
const issued: { id: string; url: string }[] = [];
let accounts: Accounts;
let broker: TestBroker;
let printed = '';

beforeAll(async () => {
  await build({
    entryPoints: [join(ROOT, ENTRY)],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  accounts = await newAccounts();
  broker = await startBroker(
    accounts,
    configuration(accounts, [readerGrant([accounts.media], { kinds: ['service'] })], QUICK_ROTATION),
  );
  for (const who of ['auditor', 'operator']) bearers[who] = await bearerToken(who);
  for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) {
    const url = `${accounts.media.blob}/photos/${name}`;
    const { status, body } = await call(broker, 'reader', 'POST', '/tokens', { url, permissions: 'r' });
    expect(status).toBe(201);
    issued.push({ id: String(body['id']), url: String(body['url']) });
  }
});

afterAll(async () => {
  await broker.stop();
  expect(printed).not.toMatch(/sig=|sig%3D/i);
  for (const { url } of issued) expect(printed).not.toContain(new URL(url).searchParams.get('sig'));
  for (const bearer of Object.values(bearers)) expect(printed).not.toContain(bearer);
});

/**
 * Runs the program.
 * @param isRead false: nobody reads its output.
 * @param program what Node runs.
 */
function audit(
  who: string,
  words: readonly string[],
  { input = '', isRead = true, program = [BUNDLE] } = {},
) {
  const env = { PATH: process.env['PATH'], BROKER: broker.url, BEARER: bearers[who] };
  const child = spawn(process.execPath, [...program, ...words], {
    cwd: ROOT,
    env,
  });
  let [out, err] = ['', ''];
  if (isRead) child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  else child.stdout.destroy();
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.end(input);
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (code) => {
      printed += out + err;
      resolve({ code, out, err });
    });
  });
}

describe('the command line', () => {
  it('lists live tokens, as a table that ends at its limit and as JSON that goes on', async () => {
    // A caller may have two scans at once.
    const [table, json] = await Promise.all([
      audit('auditor', ['live', '--account', accounts.media.name, '--limit', '2']),
      // As npm's script runs it.
      audit('auditor', ['caller', READER, '--json'], { program: ['--import', 'tsx', ENTRY] }),
    ]);
    expect([table.code, json.code]).toEqual([0, 0]);
    expect(table.out).toContain(`${accounts.media.name}/blob/photos/`);
    expect(table.err).toContain('The first 2 tokens; there may be more.');
    const records = json.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string });
    expect(records.map(({ id }) => id).sort()).toEqual(issued.map(({ id }) => id).sort());
  });

  it('finds the caller of a leaked URL on standard input, and ends quietly if nobody reads its output', async () => {
    const [{ id, url }] = issued as [(typeof issued)[number]];
    const [found, unread] = await Promise.all([
      audit('auditor', ['lookup'], { input: `leaked: <${url}>.\n` }),
      audit('auditor', ['live', '--json'], { isRead: false }),
    ]);
    expect(unread).toEqual({ code: 0, out: '', err: '' });
    expect([found.code, found.err]).toEqual([0, `Next: plan token ${id}\n`]);
    for (const text of ['issued by this broker', id, READER, `regenerate-key on ${accounts.media.name}/key1`])
      expect(found.out).toContain(text);
  });

  it('revokes nothing in a plan, on no, and for auditors', async () => {
    const key = ['key', `${accounts.media.name}/key1`];
    const [plan, no, auditor] = await Promise.all([
      audit('auditor', ['plan', ...key]),
      audit('operator', ['revoke', ...key, '--reason', 'a trial'], { input: 'no\n' }),
      audit('auditor', ['revoke', ...key, '--reason', 'a trial', '--yes']),
    ]);
    expect([plan.code, no.code, auditor.code]).toEqual([0, 1, 1]);
    expect(plan.out).toMatch(/live tokens {3}3\n/);
    expect(no.err).toMatch(/Nothing was changed\.\n$/);
    expect(auditor.err).toContain('This requires the role operator.');
    const before = await call(broker, 'auditor', 'GET', '/events?type=revocation');
    expect(before.body['items']).toEqual([]);
  });

  it('revokes on yes exactly what its plan showed', async () => {
    const key = ['key', `${accounts.media.name}/key1`];
    const words = ['revoke', ...key, '--reason', 'in a build log', '--json'];
    const yes = await audit('operator', words, { input: 'yes\n' });
    const [shown, done] = yes.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(yes.code).toBe(0);
    expect(shown).toMatchObject({ tokens: 3, levers: [{ lever: 'regenerate-key' }] });
    expect(done).toMatchObject({ lever: 'regenerate-key', issuedSince: [], scannedAll: true });

    const events = await audit('auditor', [
      'events',
      '--type',
      'revocation',
      '--account',
      accounts.media.name,
    ]);
    expect([events.code, events.err]).toEqual([0, '1 event.\n']);
    expect(events.out).toContain('in a build log');
  });
});
