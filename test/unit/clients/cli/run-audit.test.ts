import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../../../../clients/cli/run-audit.ts';
import {
  BEARER,
  collector,
  problem,
  record,
  type Script,
  type ScriptedBroker,
  startScriptedBroker,
} from './scripted-broker.ts';

let broker: ScriptedBroker;
let printed = '';

beforeAll(async () => {
  broker = await startScriptedBroker();
});
afterEach(() => {
  expect(printed).not.toContain(BEARER);
  expect(printed).not.toContain('sig=');
});
afterAll(() => broker.stop());

type Settings = Parameters<ScriptedBroker['run']>[2];

async function audit(line: string, script: Script, settings: Settings = {}) {
  const ran = await broker.run(line.split(' '), script, settings);
  printed = ran.out + ran.err;
  return ran;
}

/** A list of `pages` pages of two tokens each. */
const pagesOf =
  (pages: number): Script =>
  (_call, index) => ({
    body: {
      items: [record(2 * index), record(2 * index + 1)],
      nextCursor: index + 1 < pages ? `c${index + 1}` : null,
    },
  });

describe('a list', () => {
  it('is a table that says that there is no more, with its filters in the query', async () => {
    const { code, out, err, calls } = await audit(
      'live --account media --state any --key-id 0123 --order desc --issued-after 2026-11-28T00:00:00Z',
      pagesOf(1),
    );
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'EXPIRES               STATE  KIND     MAY  RESOURCE                 CALLER',
      '2026-11-28 10:15:00Z  live   service  r    media/blob/photos/a.jpg  Ravi Reader',
      expect.stringMatching(/^ {4}0-2026112810-0{64}-abcdefgh {2}local\/someone$/),
      '2026-11-28 10:15:00Z  live   service  r    media/blob/photos/a.jpg  Ravi Reader',
      expect.stringMatching(/^ {4}0-2026112810-0{63}1-abcdefgh/),
      '',
    ]);
    expect(err).toBe('2 tokens.\n');
    expect(Object.fromEntries(calls[0]!.url.searchParams)).toEqual({
      ...{ account: 'media', state: 'any', keyId: '0123', order: 'desc', limit: '50' },
      issuedAfter: '2026-11-28T00:00:00Z',
    });
    expect(calls[0]!.authorization).toBe(`Bearer ${BEARER}`);
  });

  it('ends at its limit, and says how to get more', async () => {
    const { out, err, calls } = await audit('live --limit 3', pagesOf(9));
    expect(out.match(/^2026/gm)).toHaveLength(3);
    expect(calls.map(({ url }) => [url.searchParams.get('limit'), url.searchParams.get('cursor')])).toEqual([
      ['3', null],
      ['1', 'c1'],
    ]);
    expect(err).toContain(
      'The first 3 tokens; there may be more. Narrow the filters, raise --limit, or use --json',
    );
  });

  it('reads on after pages without items, but not for ever', async () => {
    const { out, err, calls } = await audit('events', () => ({ body: { items: [], nextCursor: 'more' } }));
    expect([out, calls.length]).toEqual(['', 50]);
    expect(err).toContain('The first 0 events; there may be more.');
    expect((await audit('events', () => ({ body: { items: [], nextCursor: null } }))).err).toBe(
      'No events.\n',
    );
  });

  it('is a line of JSON per record, from every page', async () => {
    const { out, err, calls } = await audit('caller local/some/one --json', pagesOf(3));
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([0, 1, 2, 3, 4, 5].map((n) => record(n)));
    expect(err).toBe('');
    expect(calls.map(({ url }) => url.searchParams.get('caller'))).toEqual(Array(3).fill('local/some/one'));
    expect((await audit('grant read --json --limit 3', pagesOf(3))).out.match(/\n/g)).toHaveLength(3);
  });

  it('stops quietly once nobody reads it any more', async () => {
    const { code, out, err, calls } = await audit('live --json', pagesOf(1000), { output: collector(2) });
    expect([code, err]).toEqual([0, '']);
    expect(out.match(/\n/g)).toHaveLength(4);
    expect(calls.length).toBe(3);
  });

  it('shows names that a terminal would obey with their characters escaped', async () => {
    const name = '\u001b[2J\u202eeve\u0007';
    const hostile = record(1, { caller: { issuer: 'local', subject: `s\n${name}`, name, ip: null } });
    const script: Script = () => ({ body: { items: [hostile], nextCursor: null } });
    const shown = await audit('live', script, { width: 300 });
    expect(shown.out).toContain('\\u{1b}[2J\\u{202e}eve\\u{7}');
    expect(shown.out.split('\n')).toHaveLength(4);
    const json = await audit('live --json', script);
    for (const { out } of [shown, json]) expect(out).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });
});

describe('a reply that is not a success', () => {
  it('is shown with its detail, its faults and its id, on standard error', async () => {
    const errors = [
      { path: 'limit', message: 'must be 1 to 1,000' },
      { path: '', message: 'x\u001b[31m' },
    ];
    const { code, out, err } = await audit('live', () =>
      problem(400, 'invalid_request', { errors, errorCount: 9 }),
    );
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n')).toEqual([
      ...['A title (400): A detail.', '  limit: must be 1 to 1,000', '  request: x\\u{1b}[31m'],
      ...['  … and 7 more', 'Request id: r-1', ''],
    ]);
  });

  it.each([
    [problem(401, 'unauthenticated'), 'Get a new one.'],
    [
      problem(403, 'forbidden', { detail: 'This requires the role auditor.' }),
      'This requires the role auditor.',
    ],
    [{ status: 404, body: '' }, 'BROKER must end with /api'],
    [
      { status: 502, body: '<html>sig=secret', headers: { 'content-type': 'text/html' } },
      'The broker refused (502)',
    ],
    [{ body: '<html>', headers: { 'content-type': 'text/html' } }, 'The reply is not JSON.'],
    [{ body: { hello: 1 } }, 'The reply is not a list.'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'There is no reply from the broker'],
  ])('ends the program with what to do: %j', async (reply, message) => {
    const { code, err, calls } = await audit('live', () => reply);
    expect([code, calls.length]).toEqual([1, 1]);
    expect(err).toContain(message);
  });

  it('is waited for as long as Retry-After says, four times at most', async () => {
    const busy = { ...problem(429, 'rate_limited'), headers: { 'retry-after': '7' } };
    const passed = await audit('live', (call, index) => (index < 2 ? busy : pagesOf(1)(call, index)));
    expect([passed.code, passed.waits]).toEqual([0, [7000, 7000]]);
    expect(passed.err).toContain('A title (429); trying again in 7 s.');
    const failed = await audit('live', () => busy);
    expect([failed.code, failed.waits, failed.calls.length]).toEqual([1, [7000, 7000, 7000], 4]);
  });

  it.each([
    [{ ...problem(429, 'rate_limited'), headers: { 'retry-after': '3600' } }],
    [problem(429, 'rate_limited')],
    [{ ...problem(503, 'misconfigured'), headers: { 'retry-after': '60' } }],
    [{ ...problem(500, 'internal'), headers: { 'retry-after': '5' } }],
  ])('is not waited for if that is no use: %j', async (reply) => {
    const { code, waits } = await audit('live', () => reply);
    expect([code, waits]).toEqual([1, []]);
  });
});

describe('the connection', () => {
  async function connectWith(env: Record<string, string>, words = ['live'], folder = '/nonexistent') {
    const [output, errors] = [collector(), collector()];
    const world = { env, folder, input: Readable.from([]), output, errors, sleep: () => Promise.resolve() };
    const code = await runAudit(words, world);
    printed = output.text() + errors.text();
    return { code, out: output.text(), err: errors.text() };
  }

  it.each([
    [{}, 'Set BROKER'],
    [{ BROKER: 'https://b.example/api' }, 'Set BEARER'],
    [{ BROKER: 'https://b.example/api', BEARER: ' ' }, 'Set BEARER'],
    [{ BROKER: 'https://b.example/api', BEARER: `${BEARER}\n${BEARER}` }, 'BEARER must be one access token'],
    [{ BROKER: 'b.example/api', BEARER }, 'BROKER must be the http or https address'],
    [{ BROKER: 'https://u:p@b.example/api', BEARER }, 'BROKER must be the http or https address'],
    [{ BROKER: 'http://b.example/api', BEARER }, 'anyone on the way can read the bearer token'],
    [{ BROKER: 'http://127.0.0.1.b.example/api', BEARER }, 'anyone on the way can read the bearer token'],
  ])('needs an address and a token that are safe to use: %j', async (env, message) => {
    const { code, err } = await connectWith(env);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('fails in words if nothing answers', async () => {
    const { code, err } = await connectWith({ BROKER: 'http://127.0.0.1:1/api/', BEARER });
    expect(code).toBe(1);
    expect(err).toMatch(/^There is no reply from the broker at http:\/\/127\.0\.0\.1:1\/api: /);
  });

  it('is that of a sample caller with --as, and never mixes with BROKER and BEARER', async () => {
    const env = { BROKER: 'https://b.example/api', BEARER: 'other' };
    const none = await connectWith(env, ['live', '--as', 'auditor']);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('Start one with npm start.')]);
    expect((await connectWith(env, ['live', '--as', '../x'])).code).toBe(2);
    const folder = mkdtempSync(join(tmpdir(), 'audit-'));
    mkdirSync(join(folder, '.local'));
    writeFileSync(join(folder, '.local/stack.json'), JSON.stringify({ broker: broker.url }));
    writeFileSync(
      join(folder, 'npm.cjs'),
      `console.log(${JSON.stringify(BEARER)} + process.argv.slice(2).join('.'));`,
    );
    await broker.run(['--help'], pagesOf(1));
    const { code } = await connectWith(
      { ...env, npm_execpath: join(folder, 'npm.cjs') },
      ['live', '--as', 'auditor'],
      folder,
    );
    expect([code, broker.calls[0]?.authorization]).toEqual([
      0,
      `Bearer ${BEARER}run.--silent.token.--.auditor`,
    ]);
    writeFileSync(join(folder, 'npm.cjs'), `console.error('Name the sample caller.'); process.exit(1);`);
    const unknown = await connectWith(
      { npm_execpath: join(folder, 'npm.cjs') },
      ['live', '--as', 'nobody'],
      folder,
    );
    expect([unknown.code, unknown.err]).toEqual([
      1,
      'There is no bearer token for --as nobody. Name the sample caller.\n',
    ]);
  });
});

describe('the usage text', () => {
  it('is shown for no command and on request, without a broker', async () => {
    const none = await broker.run([], pagesOf(1));
    expect([none.code, none.out]).toEqual([2, '']);
    const whole = await broker.run(['--help'], pagesOf(1));
    expect([whole.code, whole.err]).toEqual([0, '']);
    for (const name of ['live', 'lookup', 'caller', 'grant', 'plan', 'revoke', 'blocks', 'events']) {
      expect(whole.out).toContain(`  ${name} `);
      const one = await broker.run([name, '--help'], pagesOf(1));
      expect([one.code, one.out.includes(`audit -- ${name}`), one.calls]).toEqual([0, true, []]);
    }
  });

  it.each([
    'live x',
    'caller',
    'caller x',
    'grant',
    'grant a b',
    'events x',
    'live --limit 0',
    'live --limit x',
  ])('is not needed to see what is wrong with "%s"', async (line) => {
    const { code, err, calls } = await audit(line, pagesOf(1));
    expect([code, calls.length, err === '']).toEqual([2, 0, false]);
  });
});
