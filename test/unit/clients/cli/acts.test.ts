import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  BEARER,
  problem,
  record,
  type Script,
  type ScriptedBroker,
  type ScriptedReply,
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

async function audit(line: string, script: Script, input = '') {
  const ran = await broker.run(line.split(' '), script, { input });
  printed = ran.out + ran.err;
  return ran;
}

const lever = (hash: string, name: string, on: object, byHand = false) => ({
  ...{ planHash: hash, lever: name, on: { account: 'media', ...on }, actsWithin: 'PT20S', byHand },
  ...{
    kills: { tokens: 3, besides: 12, callers: [], latestExpiry: null },
    command: byHand ? 'az role delete' : null,
  },
});
const KEY1 = lever('hash-1', 'regenerate-key', { key: 'key1' });
const KEY2 = lever('hash-2', 'regenerate-key', { key: 'key2' });
const ROLE = lever('hash-3', 'remove-role', {}, true);
const planOf = (...levers: object[]) => ({
  ...{
    asOf: '2026-11-28T10:00:00Z',
    planHash: 'hash-of-the-first',
    tokens: 3,
    callers: [],
    levers,
    wait: 'PT42M',
  },
  ...{ keys: [], block: { possible: true, callers: 1, active: 0 }, scannedAll: true, notes: ['A note.'] },
});
const DONE = {
  ...{
    lever: 'regenerate-key',
    state: 'done',
    deadBy: '2026-11-28T10:01:00Z',
    issuedSince: ['id-7'],
    scannedAll: false,
  },
  ...{
    proved: true,
    provedOn: ['blob', 'queue'],
    blockedBy: null,
    rotation: { account: 'media', phase: 'steady', lastError: null },
  },
};
/** Answers a plan with a plan and an act with `reply`. */
const acting =
  (levers: object[], reply: ScriptedReply = { body: DONE }): Script =>
  ({ body }) =>
    body['dryRun'] === false ? reply : { body: planOf(...levers) };

describe('revoke', () => {
  const key = 'revoke key media/key1 --reason leaked';

  it('shows the plan, asks, and acts with the hash and the time of that plan', async () => {
    const { code, out, err, calls } = await audit(key, acting([KEY1]), 'yes\n');
    expect(code).toBe(0);
    expect(calls.map(({ body }) => body)).toEqual([
      { target: { account: 'media', key: 'key1' }, dryRun: true },
      {
        ...{
          target: { account: 'media', key: 'key1' },
          lever: 'regenerate-key',
          reason: 'leaked',
          dryRun: false,
        },
        ...{ planHash: 'hash-1', plannedAt: '2026-11-28T10:00:00Z' },
      },
    ]);
    expect(err).toContain(
      "Pull regenerate-key on media/key1? It ends 3 of the target's tokens and 12 others.",
    );
    for (const text of [
      '42 min',
      'A note.',
      'dead by',
      '2026-11-28 10:01:00Z',
      'yes: blob, queue refuse it',
      'id-7',
      'as far as the table was read',
    ])
      expect(out).toContain(text);
  });

  it.each(['no\n', '\n', 'YES\n', 'yes please\n', '', 'y\nyes\n'])('changes nothing on %j', async (input) => {
    const { code, err, calls } = await audit(key, acting([KEY1]), input);
    expect([code, calls.length]).toEqual([1, 1]);
    expect(err).toMatch(/Nothing was changed\.\n$/);
  });

  it('needs no answer with --yes, and prints plan and reply as JSON', async () => {
    const { code, out, calls } = await audit(`${key} --yes --json`, acting([KEY1]));
    expect([code, calls.length]).toEqual([0, 2]);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([planOf(KEY1), DONE]);
  });

  it('asks which of several levers is meant, and pulls that one', async () => {
    const { code, calls, err } = await audit(
      'revoke grant read --reason x',
      acting([KEY1, KEY2, ROLE]),
      '2\nyes\n',
    );
    expect([code, calls[1]?.body['planHash']]).toEqual([0, 'hash-2']);
    expect(err).toContain('Which lever? Type its number, 1 to 2:');
    for (const input of ['3\nyes\n', '0\nyes\n', 'yes\n', ''])
      expect((await audit('revoke grant read --reason x', acting([KEY1, KEY2]), input)).calls).toHaveLength(
        1,
      );
  });

  it('takes --on instead of an answer, and does not guess with --yes', async () => {
    const several = 'revoke grant read --reason x --yes --lever regenerate-key';
    const named = await audit(`${several} --on media/key2`, acting([KEY1, KEY2]));
    expect([named.code, named.calls[1]?.body['planHash']]).toEqual([0, 'hash-2']);
    const guess = await audit(several, acting([KEY1, KEY2]));
    expect([guess.code, guess.calls.length]).toEqual([2, 1]);
    expect(guess.err).toContain('media/key2');
  });

  it('shows the command of a lever that the broker does not pull', async () => {
    const { code, err, calls } = await audit(
      'revoke account media --reason x --lever remove-role --yes',
      acting([KEY1, ROLE]),
    );
    expect([code, calls.length]).toEqual([1, 1]);
    expect(err).toContain('az role delete');
  });

  it('acts without a plan only with --force and a lever', async () => {
    const { calls, err } = await audit(
      'revoke token t1 --reason x --force --block --lever regenerate-key',
      acting([]),
      'yes\n',
    );
    expect(calls.map(({ body }) => body)).toEqual([
      {
        target: { token: 't1' },
        lever: 'regenerate-key',
        reason: 'x',
        dryRun: false,
        force: true,
        block: true,
      },
    ]);
    expect(err).toContain('Pull regenerate-key for token t1 without a plan? The caller is blocked first.');
    for (const wrong of ['--force', '--force --lever x --on media', ''])
      expect((await audit(`revoke token t1 ${wrong}`.trim(), acting([]))).code).toBe(2);
  });

  it('says on a conflict that the state has changed, and does not act again', async () => {
    const { code, err, calls } = await audit(`${key} --yes`, acting([KEY1], problem(409, 'conflict')));
    expect([code, calls.length]).toEqual([1, 2]);
    expect(err).toContain('The state has changed since the plan, so nothing was revoked. Plan again');
    const refused = await audit(
      `${key} --yes`,
      acting([KEY1], problem(409, 'conflict', { command: 'az keys renew' })),
    );
    expect(refused.err).toContain('Run instead: az keys renew');
    expect(refused.err).not.toContain('has changed');
  });

  it('never sends an order again after a 503, but does after a 429', async () => {
    const late = { ...problem(503, 'audit_unavailable'), headers: { 'retry-after': '1' } };
    const lost = await audit(`${key} --yes`, acting([KEY1], late));
    expect([lost.code, lost.calls.length]).toEqual([1, 2]);
    expect(lost.err).toContain('The order may be in effect all the same. Plan again to find out.');
    const busy = { ...problem(429, 'rate_limited'), headers: { 'retry-after': '1' } };
    const script: Script = (call, index) => acting([KEY1], index === 1 ? busy : { body: DONE })(call, index);
    expect(await audit(`${key} --yes`, script)).toMatchObject({ code: 0, waits: [1000] });
  });
});

describe('plan', () => {
  it('asks for the lever and changes nothing', async () => {
    const { code, out, calls } = await audit(
      'plan account media --lever regenerate-key',
      acting([KEY1, ROLE]),
    );
    expect([code, calls.map(({ body }) => body)]).toEqual([
      0,
      [{ target: { account: 'media' }, lever: 'regenerate-key', dryRun: true }],
    ]);
    expect(out).toContain('by hand only: az role delete');
    expect(await audit('plan token x --reason y', acting([KEY1]))).toMatchObject({ code: 2, calls: [] });
  });

  it('is 1 if the target does not exist', async () => {
    expect((await audit('plan token t1', () => problem(404, 'not_found'))).code).toBe(1);
  });
});

describe('lookup', () => {
  const SAS = 'https://media.blob.core.windows.net/photos/a.jpg?sv=1&sig=AAAABBBB';
  const found = (members: object = {}) => ({
    ...{ records: [record(1)], verdict: 'issued', signedWith: null, scannedAll: true, candidates: [] },
    ...{
      levers: [{ lever: 'regenerate-key', on: { account: 'media', key: 'key1' } }],
      notes: ['Its padding was lost.'],
    },
    ...members,
  });

  it('sends the first line that is not blank, and shows whose it is', async () => {
    const { code, out, err, calls } = await audit(
      'lookup --around 2026-11-28T10:00:00Z',
      () => ({ body: found() }),
      `\n${SAS}\nmore\n`,
    );
    expect([code, calls[0]?.body]).toEqual([0, { url: SAS, around: '2026-11-28T10:00:00Z' }]);
    for (const text of [
      'issued by this broker',
      'Ravi Reader local/someone',
      'r (read)',
      'regenerate-key on media/key1',
      'Its padding was lost.',
    ])
      expect(out).toContain(text);
    expect(err).toContain('Only the first line');
    expect(err).toContain('Next: plan token 0-2026112810-');
    const json = await audit('lookup --json', () => ({ body: found() }), SAS);
    expect(JSON.parse(json.out)).toEqual(found());
  });

  it('sends a fingerprint for a redacted URL', async () => {
    const hash = 'ab'.repeat(32);
    const redacted = await audit(
      `lookup --fingerprint ${hash}`,
      () => ({ body: found() }),
      'https://m/c?sig=XXX',
    );
    expect(redacted.calls[0]?.body).toEqual({ url: 'https://m/c?sig=XXX', fingerprint: hash });
    const alone = await audit(
      'lookup --expires-at 2026-11-28T10:00:00Z',
      () => ({ body: found() }),
      `${hash}\n`,
    );
    expect(alone.calls[0]?.body).toEqual({ fingerprint: hash, expiresAt: '2026-11-28T10:00:00Z' });
  });

  it.each([
    [
      {
        records: [],
        verdict: 'valid-not-issued-here',
        signedWith: { key: 'key1', secretVersion: null, keyId: 'ab' },
      },
      0,
      'key1 (key id ab)',
    ],
    [{ records: [], verdict: 'unknown', levers: [] }, 1, 'unknown'],
    [{ records: [], verdict: 'unknown', candidates: [record(2)] }, 1, 'none of them for certain'],
    [{ records: [], verdict: 'unknown', scannedAll: false }, 1, 'cut short'],
  ])('says with its exit code whether it knows the token: %j', async (members, expected, text) => {
    const { code, out, err } = await audit('lookup', () => ({ body: found(members) }), SAS);
    expect(code).toBe(expected);
    expect(out + err).toContain(text);
  });

  it('is 1 if there is no such token, and 2 if there is nothing to look up', async () => {
    expect((await audit('lookup', () => problem(404, 'not_found'), SAS)).code).toBe(1);
    expect(await audit('lookup', () => ({ body: found() }), ' \n\n')).toMatchObject({ code: 2, calls: [] });
  });

  it('never takes a token from the command line', async () => {
    const { code, err, calls } = await audit(`lookup ${SAS}`, () => ({ body: found() }), SAS);
    expect([code, calls.length]).toEqual([2, 0]);
    expect(err).toContain('history of the shell');
  });
});

describe('blocks', () => {
  const block = {
    id: 'b1',
    issuer: 'local',
    subject: 'someone',
    reason: 'stolen',
    at: '2026-11-28T10:00:00Z',
    by: 'local/op',
    until: null,
  };

  it('are listed, added and removed', async () => {
    const list = await audit('blocks', () => ({ body: { items: [block], nextCursor: null } }));
    expect(list.out).toMatch(
      /local\/someone {2}- {6}stolen\n {4}b1 {2}since 2026-11-28 10:00:00Z by local\/op/,
    );
    const add = await audit('blocks add local/someone --reason stolen --until 2026-11-29T00:00:00Z', () => ({
      status: 201,
      body: block,
    }));
    expect([add.code, add.calls[0]?.body]).toEqual([
      0,
      { issuer: 'local', subject: 'someone', reason: 'stolen', until: '2026-11-29T00:00:00Z' },
    ]);
    const removed = await audit('blocks remove a/b', () => ({ status: 204, body: '' }));
    expect([removed.code, removed.calls[0]?.method, removed.calls[0]?.url.pathname]).toEqual([
      0,
      'DELETE',
      '/api/callers/blocks/a%2Fb',
    ]);
    expect((await audit('blocks --json', () => ({ body: { items: [block] } }))).out).toBe(
      `${JSON.stringify(block)}\n`,
    );
  });

  it.each([
    'blocks add',
    'blocks add local/x',
    'blocks add x --reason y',
    'blocks remove',
    'blocks remove a b',
    'blocks list x',
    'blocks --reason y',
  ])('are not changed by "%s"', async (line) => {
    expect(await audit(line, () => ({ body: block }))).toMatchObject({ code: 2, calls: [] });
  });
});
