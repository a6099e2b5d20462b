import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyDeathId } from '../../../shared/deaths/death.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { revoke } from '../../../shared/revocation/revoke.ts';
import { advanceRotation } from '../../../shared/rotation/advance-rotation.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { REQUEST_DEADLINE, revocationWorld } from './revocation-world.ts';

type World = ReturnType<typeof revocationWorld>;

/** A call of 10 seconds advances the rotation for 6 of them. */
const ADVANCING_MS = 6000;
let pauses: number[];

async function steadyWorld(options: Parameters<typeof revocationWorld>[0] = {}): Promise<World> {
  const world = revocationWorld(options);
  await world.settle();
  return world;
}

function act(world: World, key: 'key1' | 'key2' | 'both') {
  const on = { account: 'media', key };
  const pause = async (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    if (pauses.length > 100) throw new Error('The act does not end');
    await world.ports.pause(milliseconds);
  };
  const order = world.order(on, { name: 'regenerate-key', on });
  return revoke({ ...world.ports, pause }, order, world.call());
}

const deathOf = (value: string) => keyDeathId(keyIdOf(hashKey(new SecretText(value))));
const heldUp = (world: World) => world.logs.filter(({ event }) => event === 'revocation held up');

beforeEach(() => {
  pauses = [];
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a regeneration within a call', () => {
  it.each([
    ['both', 1, 'done', [2000]],
    ['both', 4, 'done', [5000]],
    ['both', 5, 'running', []],
    // Its successor settles as well, but nothing is left to replace then.
    ['key2', 1, 'done', []],
  ] as const)(
    'of %s waits once for a settle of %d s and a skew of 1 s, if that ends in time',
    async (key, settle, state, waited) => {
      const world = await steadyWorld({ settle, clockSkew: 1 });
      expect(await act(world, key)).toMatchObject({ state });
      expect([pauses, heldUp(world)]).toEqual([waited, []]);
    },
  );

  it('does not wait while nothing settles', async () => {
    const world = await steadyWorld();
    world.effects.always('regenerate', { kind: 'refuse' });
    expect(await act(world, 'key2')).toMatchObject({ state: 'running' });
    expect([pauses, heldUp(world)]).toEqual([[], []]);
  });

  it('stops waiting for a settle that does not end', async () => {
    const world = await steadyWorld({ settle: 1, clockSkew: 1 });
    const { rotation } = world.ports;
    const opens = rotation.probe.opens.bind(rotation.probe);
    // Storage does not know the new key yet, so no step follows.
    rotation.probe.opens = (account, key, service) =>
      deathOf(key.reveal()) === deathOf(world.value('key2')) && world.azure.regenerations.length > 0
        ? Promise.resolve(false)
        : opens(account, key, service);
    const began = world.clock();
    expect(await act(world, 'both')).toMatchObject({ state: 'running', proved: null });
    expect(pauses).toEqual([2000, ...Array.from({ length: 40 }, () => 100)]);
    expect(world.clock()).toEqual(addSeconds(began, ADVANCING_MS / 1000));
    expect(heldUp(world)).toEqual([]);
  });

  it('goes on without the former values if they are not listed in three seconds', async () => {
    const world = await steadyWorld();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { managedKeys } = world.ports.rotation;
    const list = managedKeys.list.bind(managedKeys);
    managedKeys.list = () => {
      managedKeys.list = list;
      return new Promise(() => undefined);
    };
    const acting = act(world, 'key2');
    await vi.advanceTimersByTimeAsync(2999);
    expect(heldUp(world)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    const reason = expect.stringContaining('Timeout') as string;
    expect(heldUp(world)).toEqual([{ event: 'revocation held up', account: 'media', reason }]);
    expect(await acting).toMatchObject({ state: 'done' });
  });
});

describe('the former value of a key', () => {
  it('is remembered by the call, in case another instance replaces the key', async () => {
    const world = await steadyWorld();
    const former = world.value('key2');
    world.audit.failWith('refuse');
    expect(await act(world, 'key2')).toMatchObject({ state: 'running' });
    world.audit.failWith(null);
    const { onReplaced: _, ...other } = world.ports.rotation;
    const advance = () => advanceRotation(other, world.media, rotationWaits(world.media, REQUEST_DEADLINE)!);
    for (let ticks = 0; ticks < 3; ticks += 1) {
      await advance();
      world.pass(60);
    }
    expect(world.azure.opens('media', former)).toBe(false);
    await world.continueOrders();
    expect(await world.deaths()).toMatchObject([{ id: deathOf(former), proof: { refused: true } }]);
  });

  it('is not remembered if it is not the one that the journal marks', async () => {
    const world = await steadyWorld();
    world.audit.failWith('refuse');
    const present = world.azure.regenerate('media', 'key2');
    expect(await act(world, 'key2')).toMatchObject({ state: 'running' });
    expect(world.proofs.find('media', deathOf(present))).toBeNull();
  });
});
