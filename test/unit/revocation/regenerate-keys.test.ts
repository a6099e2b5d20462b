import { describe, expect, it } from 'vitest';
import type { KeyName } from '../../../shared/azure/services.ts';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { planRevocation } from '../../../shared/revocation/plan-revocation.ts';
import type { RevocationOrder } from '../../../shared/revocation/revocation-request.ts';
import { revocationReplySchema, revoke } from '../../../shared/revocation/revoke.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { parseJournal } from '../../../shared/rotation/table-journal-text.ts';
import { liveToken, revocationWorld, start, times } from './revocation-world.ts';

type World = ReturnType<typeof revocationWorld>;
type Key = KeyName | 'both';

const orderFor = (world: World, key: Key, parts: Partial<RevocationOrder> = {}) => {
  const target = { account: 'media', key };
  return world.order(target, { name: 'regenerate-key', on: target }, { reason: 'seen in a log', ...parts });
};
const plan = (world: World, key: Key) =>
  planRevocation(world.ports, { target: { account: 'media', key }, lever: null, act: null }, world.call());

/** Acts with the hash of a plan made now, unless another is given. */
async function act(world: World, key: Key, planHash?: string | null) {
  const hash = planHash === undefined ? (await plan(world, key)).planHash : planHash;
  const answer = await revoke(world.ports, orderFor(world, key, { planHash: hash }), world.call());
  expect(revocationReplySchema.parse(answer)).toEqual(answer);
  return answer;
}

async function steadyWorld(options: Parameters<typeof revocationWorld>[0] = {}): Promise<World> {
  const world = revocationWorld(options);
  await world.settle();
  return world;
}

const opens = (world: World, value: string) => world.azure.opens('media', value);

describe('a key that an operator revokes', () => {
  it('while another key is still being replaced has events that name the operator, not the timer', async () => {
    const world = await steadyWorld();
    const before = world.audit.events.length;
    await act(world, 'key2');
    await act(world, 'key1', null);
    await world.settle();
    const actors = new Set(world.audit.events.slice(before).map(({ actor }) => actor));
    expect([...actors]).toEqual(['local/otto']);
    expect((await world.journal()).request).toBeNull();
  });

  it('dies at once if it is the standby, with proof, and nothing else dies', async () => {
    const world = await steadyWorld();
    const [key1, key2] = [world.value('key1'), world.value('key2')];
    const answer = await act(world, 'key2');
    expect(answer).toMatchObject({ lever: 'regenerate-key', state: 'done', proved: true, issuedSince: [] });
    expect(answer.rotation).toMatchObject({ phase: 'retiring', activeKey: 'key1' });
    expect([opens(world, key1), opens(world, key2)]).toEqual([true, false]);
    expect((await world.settle()).active).toBe('key1');
    expect(world.value('key1')).toBe(key1);
  });

  it('is named in the reply, also if an earlier order replaces it already', async () => {
    const world = await steadyWorld();
    const deathOf = (key: KeyName) => `key-${world.keyId(key)}`;
    const [key1, key2] = [deathOf('key1'), deathOf('key2')];
    const first = await act(world, 'both');
    expect(first).toMatchObject({ state: 'running', deaths: [key1, key2] });
    world.pass(5);
    const order = orderFor(world, 'key1', { planHash: (await plan(world, 'key1')).planHash });
    const joined = await revoke(world.ports, order, { ...world.call(), by: 'local/olga' });
    expect(joined.deaths).toEqual([key1]);
    await world.settle();
    await world.continueOrders();
    const { ended } = (await act(world, 'key2')).rotation;
    expect(ended?.find(({ id }) => id === key1)).toMatchObject({ by: 'local/otto', proved: true });
    expect((await world.deaths()).map(({ id }) => id)).toEqual([key1, key2, expect.any(String)]);
  });

  it('dies after the standby has replaced it if it is the active key', async () => {
    const world = await steadyWorld();
    const [key1, key2] = [world.value('key1'), world.value('key2')];
    const answer = await act(world, 'key1');
    // First contact left the status of key2 unknown, so it is published as it is.
    expect(answer).toMatchObject({ state: 'done', proved: true });
    expect([opens(world, key1), opens(world, key2)]).toEqual([false, true]);
    expect(await world.settle()).toMatchObject({ active: 'key2', phase: 'steady', request: null });
  });

  it('is replaced by the timer if settling outlasts the call', async () => {
    const world = await steadyWorld();
    const key1 = world.value('key1');
    const answer = await act(world, 'both');
    expect(answer).toMatchObject({ state: 'running', proved: null });
    expect(Date.parse(answer.deadBy)).toBeGreaterThan(world.clock().getTime());
    expect(opens(world, key1)).toBe(true);
    const journal = await world.settle();
    expect(journal).toMatchObject({ active: 'key2', compromised: [] });
    expect(opens(world, key1)).toBe(false);
    expect(world.azure.secret(world.media)?.versions.at(-1)?.text).toBe(world.value('key2'));
  });

  it('is replaced within the call, together with the other key, if settling is short', async () => {
    const world = await steadyWorld({ settle: 1, clockSkew: 1 });
    const old = [world.value('key1'), world.value('key2')];
    expect(await act(world, 'both')).toMatchObject({ state: 'done', proved: true });
    expect(old.map((value) => opens(world, value))).toEqual([false, false]);
  });

  it('is replaced on an observed account too, which stays observed', async () => {
    const world = await steadyWorld({ takeOver: false });
    const key1 = world.value('key1');
    expect((await plan(world, 'key1')).notes.join()).toContain('has not taken it over');
    expect(await act(world, 'key1')).toMatchObject({ state: 'done', proved: true });
    expect(opens(world, key1)).toBe(false);
    expect(await world.settle()).toMatchObject({ phase: 'observed', active: 'key2', takenOver: false });
  });

  it('does not wait for an earlier Retry-After of Resource Manager', async () => {
    const world = await steadyWorld();
    world.effects.next('times', { kind: 'throttle', retryAfter: 3000 });
    await world.tick().catch(() => undefined);
    const { notBefore } = await world.journal();
    expect(notBefore).toEqual(addSeconds(world.clock(), 3000 + times.clockSkew));
    const key2 = world.value('key2');
    expect(await act(world, 'key2')).toMatchObject({ state: 'done', proved: true });
    expect(opens(world, key2)).toBe(false);
  });

  it('is a conflict if the journal is lost while it still lives, and the hash of a new plan acts', async () => {
    const world = await steadyWorld({ settle: 1, clockSkew: 1 });
    const [key1, key2] = [world.value('key1'), world.value('key2')];
    world.effects.after = ({ name, detail }) => {
      if (name === 'regenerate' && detail === 'key2') world.azure.journals.delete('media');
    };
    await expect(act(world, 'both')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Read a new plan') as string,
    });
    expect([opens(world, key1), opens(world, key2)]).toEqual([true, false]);
    world.effects.after = () => undefined;
    expect(await act(world, 'key1')).toMatchObject({ state: 'done', proved: true });
    expect(opens(world, key1)).toBe(false);
  });

  it('is replaced only after the account has been observed', async () => {
    const world = revocationWorld();
    const key2 = world.value('key2');
    expect(await act(world, 'key2')).toMatchObject({ state: 'done', proved: true });
    expect(opens(world, key2)).toBe(false);
  });
});

describe('the event of a revocation', () => {
  it('names operator, lever and reason, and is written before anything is regenerated', async () => {
    const world = await steadyWorld();
    let recorded = 0;
    world.effects.before = ({ name }) => {
      if (name === 'regenerate')
        recorded = world.audit.events.filter(({ type }) => type === 'revocation').length;
    };
    await act(world, 'key2');
    expect(recorded).toBe(1);
    const events = world.audit.events.slice(-4);
    expect(new Set(events.map(({ actor }) => actor))).toEqual(new Set(['local/otto']));
    expect(events.at(-1)).toMatchObject({
      type: 'revocation-proved',
      detail: expect.stringMatching(
        /^account key [0-9a-f]{16}: refused on blob, queue, table, file$/,
      ) as string,
    });
    expect(events[0]).toMatchObject({
      type: 'revocation',
      account: 'media',
      detail: 'regenerate-key of key2: seen in a log',
    });
  });

  it('is saved together with the mark and with the death of the value that the key had', async () => {
    const world = await steadyWorld();
    const keyId = keyIdOf(hashKey(new SecretText(world.value('key2'))));
    const marks: RotationJournal[] = [];
    world.effects.after = async ({ name }) => {
      if (name !== 'save' || marks.length > 0) return;
      const { text } = world.azure.journals.get('media')!;
      const saved = parseJournal(text, 'media');
      if (saved.ok) marks.push(saved.value);
    };
    await act(world, 'key2');
    const death = {
      id: `key-${keyId}`,
      account: 'media',
      dead: { what: 'key', keyId },
      order: { by: 'local/otto', byName: null, reason: 'seen in a log' },
    };
    expect(marks).toMatchObject([{ compromised: ['key2'], unrecordedDeaths: [death] }]);
    await world.settle();
    expect(await world.azure.deaths.list('media')).toMatchObject([death]);
  });

  it('says that it was forced', async () => {
    const world = await steadyWorld();
    await act(world, 'key2', null);
    expect(world.audit.events.find(({ type }) => type === 'revocation')?.detail).toBe(
      'regenerate-key of key2, forced without a plan: seen in a log',
    );
  });

  it('is a condition for every step: while it cannot be written nothing is regenerated, and the order stays in force', async () => {
    const world = await steadyWorld();
    const key2 = world.value('key2');
    const { planHash } = await plan(world, 'key2');
    world.audit.failWith('refuse');
    expect(await act(world, 'key2', planHash)).toMatchObject({ state: 'running', proved: null });
    expect(opens(world, key2)).toBe(true);
    world.audit.failWith(null);
    await world.settle();
    expect(opens(world, key2)).toBe(false);
  });
});

describe('an order that no longer fits', () => {
  const conflictOf = async (world: World, key: Key, planHash: string | null): Promise<BrokerError> =>
    act(world, key, planHash).then(
      () => Promise.reject(new Error('It acted')),
      (error: unknown) => error as BrokerError,
    );

  it('is a conflict without any hash, and the hash of a new plan acts', async () => {
    const world = await steadyWorld();
    const { planHash } = await plan(world, 'key2');
    await act(world, 'key2', planHash);
    await world.settle();
    const before = world.value('key2');
    const conflict = await conflictOf(world, 'key2', planHash);
    expect(conflict).toMatchObject({ code: 'conflict', members: {} });
    expect(conflict.message).toBe(
      'What regenerate-key does here has changed since that plan. Read a new plan, and act with its planHash.',
    );
    expect(world.value('key2')).toBe(before);
    const { planHash: present } = await plan(world, 'key2');
    expect((await act(world, 'key2', present)).state).toBe('done');
  });

  it('still fits after any number of tokens and ticks', async () => {
    const world = await steadyWorld();
    const { planHash } = await plan(world, 'key2');
    world.tokens.push(...Array.from({ length: 100 }, () => liveToken()));
    await world.tick();
    world.pass(60);
    await world.tick();
    expect((await act(world, 'key2', planHash)).state).toBe('done');
  });

  it('is rejected for an account whose keys are not managed', async () => {
    const world = await steadyWorld();
    const unmanaged = { ...world.media, rotation: null };
    await expect(
      revoke(world.ports, orderFor(world, 'key1', { account: unmanaged }), world.call()),
    ).rejects.toMatchObject({
      code: 'conflict',
      members: { command: expect.stringContaining('az storage account keys renew') as string },
    });
  });
});

describe('the reply to a revocation', () => {
  it('lists tokens that the dead key signed since the call began, and no older tokens', async () => {
    const world = await steadyWorld();
    const since = { issuedAt: addSeconds(world.clock(), 1) };
    world.tokens.push(
      liveToken({ issuedAt: addSeconds(start, -60) }),
      liveToken({ ...since, id: 'hit', signedWith: { keyId: world.keyId('key2') } }),
      liveToken({ ...since, id: 'other', signedWith: { keyId: world.keyId('key1') } }),
      liveToken({ ...since, id: 'nameless', signedWith: { keyId: null } }),
      liveToken({ ...since, id: 'delegated', signedWith: { delegationKeyStartsAt: start } }),
    );
    expect((await act(world, 'key2')).issuedSince).toEqual(['hit', 'nameless']);
  });

  it('is sent even if the audit table can no longer be read', async () => {
    const world = await steadyWorld();
    const { planHash } = await plan(world, 'key2');
    const deaf = { ...world.ports, liveTokens: { scan: () => Promise.reject(new Error('down')) } };
    const answer = await revoke(deaf, orderFor(world, 'key2', { planHash }), world.call());
    expect(answer).toMatchObject({ state: 'done', issuedSince: [], scannedAll: false });
  });

  it('says that storage still accepted the old key, or that it was not tested', async () => {
    const world = await steadyWorld();
    const still = { ...world.ports.rotation, probe: { opens: () => Promise.resolve(true) } };
    const { planHash } = await plan(world, 'key2');
    const lenient = { ...world.ports, rotation: still };
    expect(await revoke(lenient, orderFor(world, 'key2', { planHash }), world.call())).toMatchObject({
      state: 'done',
      proved: false,
    });
    const other = await steadyWorld();
    other.effects.always('opens', { kind: 'fail' });
    expect(await act(other, 'key2')).toMatchObject({ state: 'done', proved: null });
  });

  it('says by when instances have dropped the dead key', async () => {
    const world = await steadyWorld();
    const { deadBy } = await act(world, 'key2');
    expect(Date.parse(deadBy) - world.clock().getTime()).toBe(world.media.keyCache * 1000);
  });

  it.each(['list', 'save', 'regenerate', 'latest'] as const)(
    'of a call whose %s is lost is followed by the key’s death all the same',
    async (name) => {
      const world = await steadyWorld();
      const old = world.value('key1');
      const { planHash } = await plan(world, 'key1');
      world.effects.next(name, { kind: 'lose' });
      await act(world, 'key1', planHash).catch(() => undefined);
      await world.settle();
      expect(opens(world, old)).toBe(false);
    },
  );
});
