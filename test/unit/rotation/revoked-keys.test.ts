import { describe, expect, it } from 'vitest';
import { KEY_NAMES, type KeyName } from '../../../shared/azure/services.ts';
import type { Phase } from '../../../shared/rotation/rotation-journal.ts';
import { requestRotation } from '../../../shared/rotation/request-rotation.ts';
import { otherKey } from '../../../shared/rotation/standby.ts';
import { forgetfulWorld, live, worldIn } from './prepared-worlds.ts';
import { type RotationWorld, TICK } from './rotation-world.ts';

/** Two regenerations with their settle times, one tick each to start, and one attempt that must end first. */
const SOON = 14;
/** Long enough for any revocation and a whole rotation after it. */
const LONG = 60;

type Given = 'active' | 'standby' | 'both';
const keysOf = (world: RotationWorld, given: Given): KeyName[] => {
  const active = world.journal!.active;
  return KEY_NAMES.filter((key) => given === 'both' || (key === active) === (given === 'active'));
};

const PHASES: readonly Phase[] = [
  ...(['observed', 'paused', 'steady', 'preparing'] as const),
  ...(['settling', 'publishing', 'draining', 'retiring'] as const),
];
const CASES = PHASES.flatMap((phase) =>
  (['active', 'standby', 'both'] as const).map((given) => [given, phase] as const),
);

describe('a compromised key', () => {
  it.each(CASES)('(%s while %s) dies soon, after another key has been published', async (given, phase) => {
    const world = await worldIn(phase);
    expect(world.journal?.phase).toBe(phase);
    const keys = keysOf(world, given);
    const leaked = keys.map((key) => world.value(key));
    world.revoke(...keys);

    await live(world, SOON);

    for (const value of leaked) expect(world.azure.isAlive(value)).toBe(false);
    expect(world.azure.published()).toBe(world.value(world.journal!.active));
    await live(world, 40);
    const leftAlone = phase === 'observed' || phase === 'paused';
    expect(world.faultsAtRest(leftAlone ? phase : 'steady')).toEqual([]);
    expect(world.journal).toMatchObject({ request: null, returnTo: null });
  });

  it.each(['observed', 'paused'] as const)(
    'is the only key that dies on an account that is %s, which stays so with its reason',
    async (phase) => {
      for (const key of KEY_NAMES) {
        const world = await worldIn(phase);
        const { lastError, takenOver } = world.journal!;
        const other = otherKey(key);
        const untouched = world.value(other);
        world.revoke(key);
        await live(world, LONG);
        expect(world.value(other)).toBe(untouched);
        expect(world.azure.published()).toBe(untouched);
        expect(world.journal).toMatchObject({ phase, lastError, takenOver, active: other, returnTo: null });
        world.now += world.waits.every * 3000;
        await live(world, LONG);
        expect(world.value(other)).toBe(untouched);
      }
    },
  );

  it('leaves an account paused that another tool regenerates a key of meanwhile, with the new reason', async () => {
    const world = await worldIn('steady');
    world.revoke('key2');
    const rotator = world.rotator('former', true);
    rotator.effects.after = ({ name }) =>
      name === 'save' && (world.journal?.settleUntil ?? null) !== null ? rotator.halt() : undefined;
    await rotator.tick(world);
    world.azure.byHand(() => world.azure.regenerate(world.account.name, 'key1'));
    const regenerations = world.azure.regenerations.length;
    await live(world, LONG);
    expect(world.journal).toMatchObject({
      phase: 'paused',
      request: null,
      lastError: 'key1 was regenerated outside the broker',
    });
    expect(world.azure.regenerations).toHaveLength(regenerations);
  });

  it('dies although another tool regenerates the other key meanwhile; the account stays paused', async () => {
    const world = await worldIn('steady');
    const leaked = world.value('key1');
    world.revoke('key1');
    const rotator = world.rotator('former', true);
    rotator.effects.after = ({ name }) =>
      name === 'save' && world.journal?.phase === 'publishing' ? rotator.halt() : undefined;
    for (let ticks = 0; ticks < 20 && !rotator.isHalted; ticks += 1) {
      world.pass(TICK);
      await rotator.tick(world);
    }
    expect(world.journal?.phase).toBe('publishing');
    world.azure.byHand(() => world.azure.regenerate(world.account.name, 'key2'));
    await live(world, LONG);
    expect(world.azure.isAlive(leaked)).toBe(false);
    expect(world.azure.published()).toBe(world.value('key2'));
    expect(world.journal).toMatchObject({
      phase: 'paused',
      compromised: [],
      request: null,
      lastError: 'key2 was regenerated outside the broker',
    });
    const operator = world.events.filter(({ actor }) => actor === 'tests/operator');
    expect(operator.at(-1)).toMatchObject({ type: 'rotation-paused' });
  });

  it.each(['observed', 'paused'] as const)(
    'does not keep an account %s that an operator takes over meanwhile',
    async (phase) => {
      for (const started of [false, true]) {
        const world = await worldIn(phase);
        const leaked = world.value('key1');
        world.revoke('key1');
        if (started) await live(world, 1);
        const { ports } = world.rotator('api', true);
        const order = { by: 'tests/other', byName: null, reason: 'ours', takeOver: true };
        expect(await requestRotation(ports, world.account, world.waits, order)).toMatchObject({
          accepted: true,
          journal: { takenOver: true, returnTo: null },
        });
        await live(world, LONG);
        expect(world.azure.isAlive(leaked)).toBe(false);
        await live(world, LONG);
        expect(world.faultsAtRest()).toEqual([]);
        expect(world.journal?.takenOver).toBe(true);
      }
    },
  );

  it('does not let an order without takeOver in', async () => {
    const world = await worldIn('paused');
    world.revoke('key1');
    const { ports } = world.rotator('api', true);
    const order = { by: 'tests/other', byName: null, reason: 'ours', takeOver: false };
    expect(await requestRotation(ports, world.account, world.waits, order)).toMatchObject({
      accepted: false,
    });
    await live(world, 1);
    expect(await requestRotation(ports, world.account, world.waits, order)).toMatchObject({
      accepted: false,
    });
  });

  it('is the only key that dies if other applications may depend on the standby', async () => {
    const world = await worldIn('observed');
    const untouched = world.value('key2');
    world.revoke('key1');
    await live(world, SOON);
    expect(world.value('key2')).toBe(untouched);
    expect(world.azure.published()).toBe(untouched);
  });

  it('is replaced by the draining key as it is, whose tokens stay alive', async () => {
    const world = await worldIn('draining');
    const draining = world.value('key1');
    world.revoke('key2');
    await live(world, SOON);
    expect(world.azure.published()).toBe(draining);
  });

  it('does not wait for a standby of unknown status, and does not regenerate it', async () => {
    const world = await forgetfulWorld();
    expect(world.journal).toMatchObject({ phase: 'preparing', active: 'key2' });
    const [unknown, leaked] = [world.value('key1'), world.value('key2')];
    world.revoke('key2');
    await live(world, 4);
    expect(world.azure.published()).toBe(unknown);
    expect(world.azure.isAlive(leaked)).toBe(false);
    expect(world.azure.wrongs).toEqual([]);
  });

  it('is not published again after an operator has published the standby by hand', async () => {
    const world = await worldIn('steady');
    const standby = world.value('key2');
    world.azure.byHand(() => world.azure.setSecret(world.account, standby));
    world.pass(3 * TICK);
    world.revoke('key1');
    await live(world, SOON);
    expect(world.azure.published()).toBe(standby);
    expect(world.faultsAtRest()).toEqual([]);
  });

  it('is the last of both to die if it was published by hand', async () => {
    const world = await worldIn('steady');
    const leaked = [world.value('key1'), world.value('key2')];
    world.azure.publish(world.account, 'key2');
    world.pass(3 * TICK);
    world.revoke('key1', 'key2');
    await live(world, SOON);
    expect(leaked.map((value) => world.azure.isAlive(value))).toEqual([false, false]);
    // The published key died only after the other one was regenerated and published.
    expect(world.azure.regenerations.map(({ key }) => key)).toEqual(['key1', 'key2']);
    await live(world, 40);
    expect(world.faultsAtRest()).toEqual([]);
  });

  it('is replaced by the other key even if it is published and the journal does not show that yet', async () => {
    const world = await worldIn('publishing');
    world.azure.publish(world.account, 'key2');
    world.pass(3 * TICK);
    const [standing, leaked] = [world.value('key1'), world.value('key2')];
    world.revoke('key2');
    await live(world, SOON);
    expect(world.azure.published()).toBe(standing);
    expect(world.azure.isAlive(leaked)).toBe(false);
    expect(world.azure.wrongs).toEqual([]);
  });
});
