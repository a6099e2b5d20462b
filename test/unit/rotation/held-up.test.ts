import { describe, expect, it } from 'vitest';
import { live, ordered, steadyWorld } from './prepared-worlds.ts';
import { TICK } from './rotation-world.ts';
import { StagedRotator } from './staged-rotator.ts';

describe('several instances at once', () => {
  it('send one regeneration between them, whichever is first at each step', async () => {
    for (let lead = 0; lead < 30; lead += 1) {
      const world = await ordered(steadyWorld());
      const [one, another] = [
        new StagedRotator(world, 'one', true),
        new StagedRotator(world, 'another', false),
      ];
      await Promise.all([one.begin(), another.begin()]);
      for (let had = 0; had < lead; had += 1) await one.advance();
      while (one.at !== null || another.at !== null) {
        await another.advance();
        await one.advance();
      }
      expect(world.azure.regenerations).toHaveLength(1);
      expect(world.journal?.phase).toBe('settling');
    }
  });

  it('rotate as a single instance does when they take turns at each step', async () => {
    const world = await ordered(steadyWorld());
    const [one, another] = [
      new StagedRotator(world, 'one', true),
      new StagedRotator(world, 'another', false),
    ];
    for (let tick = 0; tick < 60; tick += 1) {
      world.pass(TICK);
      await Promise.all([one.begin(), another.begin()]);
      while (one.at !== null || another.at !== null) {
        await one.advance();
        await another.advance();
      }
    }
    expect(world.azure.regenerations).toHaveLength(2);
    expect(world.faultsAtRest()).toEqual([]);
  });
});

describe('an instance that was held up', () => {
  it('between reading a key and publishing it does not publish a key that has died since', async () => {
    const world = await steadyWorld();
    world.azure.deleteSecret(world.account);
    const sleeper = new StagedRotator(world, 'sleeper', false);
    await sleeper.begin();
    while (sleeper.at?.name !== 'opens') await sleeper.advance();
    await sleeper.advance();
    await live(world, 2);
    world.order();
    await live(world, 90);
    expect(world.journal).toMatchObject({ phase: 'steady', active: 'key2' });

    await sleeper.finish();

    expect(world.azure.published()).toBe(world.value('key2'));
    expect(world.faultsAtRest()).toEqual([]);
  });

  it('before its attempt was saved sends nothing after another instance has rotated', async () => {
    const world = await ordered(steadyWorld());
    const sleeper = new StagedRotator(world, 'sleeper', false);
    await sleeper.begin();
    while (sleeper.at?.name !== 'list') await sleeper.advance();
    await sleeper.advance();
    expect(sleeper.at).toMatchObject({ name: 'save', detail: 'preparing' });
    await live(world, 90);
    const regenerations = world.azure.regenerations.length;

    await sleeper.finish();

    expect(world.azure.regenerations).toHaveLength(regenerations);
    expect(world.faultsAtRest()).toEqual([]);
  });
});
