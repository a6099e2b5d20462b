import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runSmoke } from '../../clients/cli/smoke/run-smoke.ts';
import { bearerToken, setKey } from '../stack-client.ts';
import { tick } from './rotated-account.ts';
import {
  type Accounts,
  configuration,
  newAccounts,
  QUICK_ROTATION,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

const FRONT_END = { HOST_FRONT_END: 'true' };
const bearers: Record<string, string> = {};
let accounts: Accounts;
let broker: TestBroker;
let resource: string;
let printed = '';

beforeAll(async () => {
  accounts = await newAccounts();
  const photos = await accounts.container('photos');
  await photos.getBlockBlobClient('a.jpg').upload('photo', 5);
  resource = `${accounts.media.blob}/photos/a.jpg`;
  broker = await startBroker(accounts, configuration(accounts, [readerGrant([accounts.media])]), FRONT_END);
  await tick(broker);
  for (const who of ['reader', 'auditor', 'operator', 'stranger']) bearers[who] = await bearerToken(who);
});

afterAll(async () => {
  await broker.stop();
  expect(printed).not.toMatch(/sig=|sig%3D/i);
  for (const bearer of Object.values(bearers)) expect(printed).not.toContain(bearer);
});

/** Runs the program as `who`, who may be joined by an auditor and an operator. */
async function smoke(
  words: readonly string[],
  {
    who = 'reader',
    isAlone = false,
    url = broker.url,
  }: { who?: string; isAlone?: boolean; url?: string | null } = {},
) {
  const others = isAlone ? {} : { AUDITOR_BEARER: bearers['auditor'], OPERATOR_BEARER: bearers['operator'] };
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const code = await runSmoke(
    [...(url === null ? [] : [url]), '--ca', inject('stack').caFile, '--wait', '20', ...words],
    {
      env: { BEARER: bearers[who] ?? who, ...others },
      folder: inject('stack').folder,
      input: new PassThrough(),
      output,
      errors,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, 200))),
    },
  );
  const read = (stream: PassThrough) => String(stream.read() ?? '');
  const [out, err] = [read(output), read(errors)];
  printed += out + err;
  return { code, out, err };
}

/** `pass  health     …` → `pass health` */
const outcomes = (out: string) =>
  [...out.matchAll(/^(pass|FAIL|skip) {2}(\w+)/gm)].map(([, outcome, name]) => `${outcome} ${name}`);
const CHECKS = ['health', 'readiness', 'caller', 'token', 'storage', 'row', 'address', 'lookup', 'timer'];

describe('a broker that works', () => {
  it('passes every check, and the token and the bearer tokens are not shown', async () => {
    const { code, out, err } = await smoke(['--resource', resource, '--ip', '127.0.0.1']);
    expect([code, err, outcomes(out)]).toEqual([0, '', CHECKS.map((name) => `pass ${name}`)]);
    expect(out).toContain('pass  storage    GET answered 206\n');
    expect(out).toMatch(/\n9 passed, 0 failed\n$/);
  });

  it('passes for a caller without roles, who cannot see everything', async () => {
    const { code, out } = await smoke(['--resource', resource], { isAlone: true });
    expect(out).toContain('skip  lookup     needs the role auditor\n');
    expect(out).toMatch(/skip {2}timer {6}needs the role operator.*\n7 passed, 0 failed, 2 skipped\n$/);
    expect(code).toBe(0);
  });

  it('passes for a blob that is not there, because storage looks for it after it accepted the token', async () => {
    const { code, out } = await smoke(['--resource', `${resource}.none`], { isAlone: true });
    expect(out).toContain('the token was accepted, but there is no such blob');
    expect(code).toBe(0);
  });

  it('gets its bearer token from the Azure CLI', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'az-'));
    writeFileSync(
      join(folder, 'az'),
      `#!/bin/sh\necho "$*" >'${folder}/words'\necho '${bearers['reader']}'\n`,
    );
    chmodSync(join(folder, 'az'), 0o755);
    const path = process.env['PATH'];
    process.env['PATH'] = `${folder}${delimiter}${path}`;
    try {
      const { code } = await smoke(['--resource', resource, '--scope', 'api://a/.default'], {
        who: '',
        isAlone: true,
      });
      expect(code).toBe(0);
    } finally {
      process.env['PATH'] = path;
    }
  });
});

describe('what is wrong is said, and fails', () => {
  it.each([
    ['nothing answers', (url: string) => url.replace(/:\d+/, ':1'), 'There is no reply from the broker'],
    ['the path is another', (url: string) => `${url}/v2`, 'BROKER must end with /api'],
    ['something else answers', (url: string) => url.replace('/api', ''), 'no such route'],
  ])('%s', async (_case, change, message) => {
    const { code, out } = await smoke(['--resource', resource], { url: change(broker.url) });
    expect([code, outcomes(out)]).toEqual([1, ['FAIL health']]);
    expect(out).toContain(message);
  });

  it('a bearer token of someone else, or a caller without a grant', async () => {
    const [unknown, stranger] = await Promise.all([
      smoke(['--resource', resource], { who: 'nobody' }),
      smoke(['--resource', resource], { who: 'stranger' }),
    ]);
    expect(outcomes(unknown.out)).toEqual(['pass health', 'pass readiness', 'FAIL caller', 'pass timer']);
    expect(unknown.out).toMatch(/FAIL {2}caller .*\(401\)/);
    expect(outcomes(stranger.out)).toEqual([
      ...CHECKS.slice(0, 3).map((name) => `pass ${name}`),
      'FAIL token',
      'pass timer',
    ]);
    expect(stranger.out).toMatch(/FAIL {2}token .*\(403\)/);
    expect([unknown.code, stranger.code]).toEqual([1, 1]);
  });

  it('an address that is not the expected one', async () => {
    const { code, out } = await smoke(['--resource', resource, '--ip', '203.0.113.7']);
    expect(out).toContain("The audit row says that the caller's address is 127.0.0.1, not 203.0.113.7.");
    expect([code, outcomes(out).filter((one) => !one.startsWith('pass'))]).toEqual([1, ['FAIL address']]);
  });

  it('a timer that stands still, and a token that storage refuses', async () => {
    const others = await newAccounts();
    const { name, key1, table } = others.state;
    const state = new TableClient(table, 'BrokerState', new AzureNamedKeyCredential(name, key1));
    const lastTickAt = new Date(Date.now() - 25 * 60_000).toISOString();
    await state.createEntity({ partitionKey: 'timers', rowKey: 'rotateKeys', lastTickAt, gapSeconds: 300 });
    const grants = [readerGrant([others.media], { kinds: ['service'] })];
    const still = await startBroker(others, configuration(others, grants, QUICK_ROTATION), FRONT_END);
    try {
      // The vault has the former key.
      await setKey(others.media.name, 'key1');
      const { code, out } = await smoke(['--resource', `${others.media.blob}/photos/a.jpg`], {
        url: still.url,
      });
      expect([code, outcomes(out).filter((one) => !one.startsWith('pass'))]).toEqual([
        1,
        ['FAIL readiness', 'FAIL storage', 'FAIL timer'],
      ]);
      expect(out).toContain('degraded: timer rotateKeys (no tick for more than four intervals).');
      // Azure says AuthenticationFailed, the emulator AuthorizationFailure.
      expect(out).toMatch(/FAIL {2}storage {4}Storage answered GET with 403 Auth\w+\./);
      expect(out).toContain('The timer does not tick: no tick for more than four intervals.');
    } finally {
      await still.stop();
    }
  });

  it('no laptop stack in the folder', async () => {
    const { code, err } = await smoke(['--laptop'], { url: null });
    expect([code, err]).toEqual([
      1,
      'No laptop stack is running in this folder. Start one with npm start.\n',
    ]);
  });

  it.each([
    [['--resource', 'photos'], {}, '--resource must be'],
    [['--resource', 'https://a.example/b/c'], { who: '' }, 'Set BEARER'],
    [['--resource', 'https://a.example/b/c'], { who: 'two words' }, 'BEARER must be one access token'],
    [
      ['--resource', 'https://a.example/b/c'],
      { url: 'http://broker.example/api' },
      'must be an https address',
    ],
    [['--resource', 'https://a.example/b/c', '--ca', 'none.pem'], {}, '--ca none.pem cannot be read'],
  ])('a command line that cannot be run: %j %j', async (words, options, message) => {
    const { code, out, err } = await smoke(words, options);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});
