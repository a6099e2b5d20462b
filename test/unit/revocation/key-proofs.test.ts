import { beforeEach, describe, expect, it } from 'vitest';
import type { KeyName, Service } from '../../../shared/azure/services.ts';
import { keyDeathId } from '../../../shared/deaths/death.ts';
import { tokenState } from '../../../shared/deaths/token-state.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { revoke } from '../../../shared/revocation/revoke.ts';
import { liveToken, revocationWorld, start, times } from './revocation-world.ts';

type World = ReturnType<typeof revocationWorld>;
type Key = KeyName | 'both';

let world: World;

async function steadyWorld(options: Parameters<typeof revocationWorld>[0] = {}): Promise<World> {
  const made = revocationWorld(options);
  await made.settle();
  return made;
}

beforeEach(async () => {
  world = await steadyWorld();
});

const act = (key: Key, parts: Parameters<World['order']>[2] = {}) => {
  const on = { account: 'media', key };
  return revoke(world.ports, world.order(on, { name: 'regenerate-key', on }, parts), world.call());
};
const idOf = (value: string) => keyIdOf(hashKey(new SecretText(value)));
const deathOf = async (value: string) =>
  (await world.deaths()).find(({ id }) => id === keyDeathId(idOf(value)));
/** The state of a token that a key signed for one service. */
const state = async (value: string, service: Service) => {
  const token = {
    issuedAt: start,
    expiresAt: addSeconds(world.clock(), 86_400),
    services: [service],
    place: 'photos',
    policy: null,
    signedWith: { keyId: idOf(value) },
  };
  const circumstances = { now: world.clock(), clockSkew: times.clockSkew };
  return tokenState(token, await world.deaths(), circumstances).state;
};

describe('the proof that a key is dead', () => {
  it('is about the services that answered; tokens of the others stay unproved', async () => {
    const key2 = world.value('key2');
    world.azure.silent.add('file').add('table');
    expect(await act('key2')).toMatchObject({ state: 'done', proved: true, provedOn: ['blob', 'queue'] });
    expect(await deathOf(key2)).toMatchObject({
      order: { by: 'local/otto', reason: 'leaked' },
      proof: { refused: true, on: ['blob', 'queue'] },
    });
    expect([await state(key2, 'blob'), await state(key2, 'file')]).toEqual(['revoked', 'unproved']);
    expect(await state(world.value('key1'), 'blob')).toBe('live');
  });

  it('is missing while no service answers, and the timer proves it later', async () => {
    const key2 = world.value('key2');
    for (const service of ['blob', 'queue', 'table', 'file'] as const) world.azure.silent.add(service);
    expect(await act('key2')).toMatchObject({ state: 'done', proved: null, provedOn: [] });
    expect(await state(key2, 'blob')).toBe('unproved');
    world.azure.silent.clear();
    await world.continueOrders();
    expect(await state(key2, 'blob')).toBe('revoked');
  });

  it('of one of both keys is not the proof of both', async () => {
    world = await steadyWorld({ settle: 1, clockSkew: 1 });
    const [key1, key2] = [world.value('key1'), world.value('key2')];
    const { probe } = world.ports.rotation;
    const opens = probe.opens.bind(probe);
    probe.opens = (account, key, service) =>
      key.reveal() === key1 ? Promise.reject(new Error('no answer')) : opens(account, key, service);
    expect(await act('both')).toMatchObject({ state: 'done', proved: null, provedOn: [] });
    expect([await state(key1, 'blob'), await state(key2, 'blob')]).toEqual(['unproved', 'revoked']);
  });

  it('is of the value that was replaced, not of one that was read instead', async () => {
    const known = world.value('key2');
    // Something else has regenerated the key, and the journal does not know that yet.
    const present = world.azure.regenerate('media', 'key2');
    const answer = await act('key2');
    expect(answer.proved).not.toBe(true);
    expect((await deathOf(known))?.proof).toBeNull();
    for (let ticks = 0; ticks < 10; ticks += 1) {
      await world.tick();
      world.pass(60);
    }
    await world.continueOrders();
    expect(world.azure.opens('media', present)).toBe(false);
    expect((await deathOf(known))?.proof).toBeNull();
  });

  it('is found by the timer for keys that it has replaced after the call', async () => {
    const [key1, key2] = [world.value('key1'), world.value('key2')];
    expect(await act('both')).toMatchObject({ state: 'running', proved: null });
    await world.continueOrders();
    // Nothing is tried while a key is still in use: that storage accepts it says nothing.
    expect((await deathOf(key1))?.proof).toBeNull();
    await world.settle();
    await world.continueOrders();
    expect([await state(key1, 'table'), await state(key2, 'queue')]).toEqual(['revoked', 'revoked']);
    const proofs = world.audit.events.filter(({ type }) => type === 'revocation-proved');
    expect(proofs.map(({ actor }) => actor)).toEqual(['local/otto', 'local/otto']);
    await world.continueOrders();
    expect(world.audit.events.filter(({ type }) => type === 'revocation-proved')).toEqual(proofs);
  });

  it('is found for a value that only the timer could read', async () => {
    const key2 = world.value('key2');
    world.audit.failWith('refuse');
    world.effects.next('list', { kind: 'fail' });
    expect(await act('key2')).toMatchObject({ state: 'running' });
    world.audit.failWith(null);
    await world.settle();
    await world.continueOrders();
    expect(await state(key2, 'blob')).toBe('revoked');
  });

  it('needs a value that this process remembers', async () => {
    const key2 = world.value('key2');
    for (const service of ['blob', 'queue', 'table', 'file'] as const) world.azure.silent.add(service);
    await act('key2');
    world.proofs.forget('media', keyDeathId(idOf(key2)));
    world.azure.silent.clear();
    await world.continueOrders();
    expect(await state(key2, 'blob')).toBe('unproved');
  });
});

describe('the reply to an act', () => {
  it('counts the timer’s interval in deadBy only while it is running', async () => {
    const until = async (key: Key) =>
      (Date.parse((await act(key)).deadBy) - world.clock().getTime()) / 1000 - world.media.keyCache;
    expect(await until('key2')).toBe(0);
    await world.settle();
    // Three calls and settle, then at least five minutes, or the gap between the last two ticks.
    const effect = 3 * 10 + times.settle;
    expect(await until('both')).toBe(effect + 300);
    await world.settle();
    await world.ports.rotation.ticks.save({ lastTickAt: world.clock(), gapSeconds: 1800, nextAccount: null });
    expect(await until('both')).toBe(effect + 1800);
    await world.settle();
    const { ticks } = world.ports.rotation;
    ticks.load = () => Promise.reject(new Error('down'));
    expect(await until('both')).toBe(effect + 300);
  });

  it('lists what was issued since the plan, or else since the call, less clockSkew', async () => {
    const at = (seconds: number) => addSeconds(world.clock(), seconds);
    let keyId = idOf(world.value('key2'));
    const token = (id: string, issuedAt: Date) =>
      liveToken({ id, issuedAt, expiresAt: at(3600), signedWith: { keyId } });
    world.tokens.push(token('old', at(-601 - times.clockSkew)), token('planned', at(-600 - times.clockSkew)));
    world.tokens.push(token('before', at(-times.clockSkew - 1)), token('called', at(-times.clockSkew)));
    const { issuedSince } = await act('key2', { plannedAt: at(-600) });
    expect(issuedSince).toEqual(['planned', 'before', 'called']);
    await world.settle();
    keyId = idOf(world.value('key2'));
    world.tokens.splice(
      0,
      4,
      token('before', at(-times.clockSkew - 1)),
      token('called', at(-times.clockSkew)),
    );
    expect((await act('key2')).issuedSince).toEqual(['called']);
  });
});
