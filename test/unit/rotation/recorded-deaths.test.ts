import { describe, expect, it } from 'vitest';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { live, ordered, steadyWorld, worldIn } from './prepared-worlds.ts';
import type { RotationWorld } from './rotation-world.ts';

const deathsOf = (world: RotationWorld) => world.azure.deaths.list(world.account.name);
const deathId = (value: string): string => `key-${keyIdOf(hashKey(new SecretText(value)))}`;

describe('the death of a key', () => {
  it('is not recorded in a routine rotation, because no token depends on the key any more', async () => {
    const world = await ordered(steadyWorld());
    await live(world, 60);
    expect(world.azure.regenerations).toHaveLength(2);
    expect(await deathsOf(world)).toEqual([]);
  });

  it('is not recorded if the broker’s own request takes effect late', async () => {
    const world = await ordered(steadyWorld());
    const rotator = world.rotator('one', true);
    rotator.effects.next('regenerate', { kind: 'late' });
    await rotator.tick(world);
    expect(world.azure.late).toHaveLength(1);
    world.pass(20);
    world.azure.landLate();
    await live(world, 60);
    expect(world.journal?.phase).toBe('steady');
    expect(await deathsOf(world)).toEqual([]);
  });

  it.each(['steady', 'observed', 'paused', 'draining'] as const)(
    'is recorded without an operator if something else regenerates the active key while %s',
    async (phase) => {
      const world = await worldIn(phase);
      const known = (await deathsOf(world)).length;
      const active = world.journal!.active;
      const former = world.value(active);
      world.azure.byHand(() => world.azure.regenerate(world.account.name, active));
      await live(world, 4);
      expect((await deathsOf(world)).slice(known)).toMatchObject([
        {
          id: deathId(former),
          order: { by: null, byName: null, reason: `${active} was regenerated outside the broker` },
        },
      ]);
    },
  );

  it('names the value at the order, and also the one that something else gave the key meanwhile', async () => {
    const world = await worldIn('publishing');
    const named = world.value('key1');
    world.revoke('key1');
    world.azure.byHand(() => world.azure.regenerate(world.account.name, 'key1'));
    const between = world.value('key1');
    await live(world, 30);
    const deaths = await deathsOf(world);
    expect(deaths.map(({ id }) => id).sort()).toEqual([deathId(named), deathId(between)].sort());
    for (const { order } of deaths) expect(order).toMatchObject({ by: 'tests/operator', reason: 'leaked' });
    expect([named, between].map((value) => world.azure.isAlive(value))).toEqual([false, false]);
  });
});
