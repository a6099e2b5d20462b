import { expect, test } from 'vitest';
import { PurgeWorld } from './purge-world.ts';

type Boundary = 'before' | 'after';

function filled(): PurgeWorld {
  const world = new PurgeWorld();
  world.fill(150);
  return world;
}

/** Runs a purge that dies at one boundary of its effect number `index`; returns false if it has no such effect. */
async function dieAt(world: PurgeWorld, boundary: Boundary, index: number): Promise<boolean> {
  const never = new Promise<never>(() => undefined);
  let effects = 0;
  const died = new Promise<true>((resolve) => {
    world.partitions[boundary] = () => {
      if (effects++ !== index) return undefined;
      resolve(true);
      return never;
    };
  });
  const hasDied = await Promise.race([died, world.purge().then(() => false as const)]);
  world.partitions[boundary] = () => undefined;
  return hasDied;
}

async function effectsOfOneRun(): Promise<number> {
  const world = filled();
  let effects = 0;
  world.partitions.before = () => void (effects += 1);
  await world.purge();
  return effects;
}

test('a purge that dies at any boundary takes no live row, hides no removal, and is ended by the next', async () => {
  const effects = await effectsOfOneRun();
  expect(effects).toBeGreaterThan(30);
  for (const boundary of ['before', 'after'] as const)
    for (let index = 0; index < effects; index += 1) {
      const world = filled();
      const all = world.partitions.list();
      const rest = world.expectedRest();
      const where = `${boundary} effect ${index}`;

      expect(await dieAt(world, boundary, index), where).toBe(true);
      const left = world.partitions.list();
      expect(
        rest.filter((row) => !left.includes(row)),
        where,
      ).toEqual([]);
      if (left.length < all.length) expect(world.details[0], where).toMatch(/^begins: /);

      await world.purge();
      expect(world.partitions.list(), where).toEqual(rest);
    }
});

test('a purge that is killed at its first deletion each time still ends', async () => {
  const world = filled();
  const rest = world.expectedRest();
  for (let kills = 0; kills < 200 && world.partitions.list().length > rest.length; kills += 1) {
    const never = new Promise<never>(() => undefined);
    await new Promise<void>((resolve) => {
      world.partitions.after = (call) => {
        if (call !== 'deleteRows') return undefined;
        resolve();
        return never;
      };
      void world.purge().then(resolve);
    });
  }
  world.partitions.after = () => undefined;
  expect(world.partitions.list()).toEqual(rest);
});
