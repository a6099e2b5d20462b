import { describe, expect, it } from 'vitest';
import { live, steadyWorld } from './prepared-worlds.ts';
import { RotationWorld } from './rotation-world.ts';

/** Returns a paused account whose secret another manager publishes; it holds key1. */
async function managedElsewhere(): Promise<RotationWorld> {
  const world = new RotationWorld({ takeOver: false });
  world.azure.byHand(() =>
    world.azure.setSecret(world.account, world.value('key1'), { ManagedBy: 'another', CredentialId: 'key1' }),
  );
  await live(world, 2);
  expect(world.journal).toMatchObject({ phase: 'paused', takenOver: false, deadSecret: null });
  return world;
}
const latest = (world: RotationWorld) => world.azure.secret(world.account)?.versions.at(-1)?.version;

describe('a paused account that the broker has not taken over', () => {
  it('has the version of its secret journalled once something else regenerates the key in it', async () => {
    const world = await managedElsewhere();
    world.azure.byHand(() => world.azure.regenerate(world.account.name, 'key1'));
    await live(world, 3);
    expect(world.journal).toMatchObject({ phase: 'paused', deadSecret: latest(world) });
    expect(world.events.at(-1)).toMatchObject({ type: 'drift', phase: 'paused' });
    const known = world.events.length;
    await live(world, 5);
    expect(world.events).toHaveLength(known);
    world.azure.byHand(() =>
      world.azure.setSecret(world.account, world.value('key1'), { ManagedBy: 'another' }),
    );
    await live(world, 1);
    expect(world.journal).toMatchObject({ phase: 'paused', deadSecret: null });
  });

  it('has nothing journalled while the storage cannot be asked', async () => {
    const world = await managedElsewhere();
    world.azure.byHand(() => world.azure.regenerate(world.account.name, 'key1'));
    const rotator = world.rotator('one', true);
    rotator.effects.always('opens', { kind: 'fail' });
    await rotator.tick(world);
    expect(world.journal?.deadSecret).toBeNull();
  });
});

describe('an account in rotation whose secret was overwritten with a dead key', () => {
  it('has its version journalled while nothing better can be published, and forgets it then', async () => {
    const world = await steadyWorld();
    world.azure.byHand(() => world.azure.setSecret(world.account, Buffer.alloc(64, 7).toString('base64')));
    const dead = latest(world);
    const rotator = world.rotator('one', true);
    rotator.effects.always('publish', { kind: 'fail' });
    await rotator.tick(world);
    expect(world.journal).toMatchObject({ phase: 'steady', deadSecret: dead });
    await live(world, 2);
    expect(world.journal?.deadSecret).toBeNull();
    expect(world.azure.published()).toBe(world.value('key1'));
    expect(world.azure.wrongs).toEqual([]);
  });
});
