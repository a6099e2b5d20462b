import type { KeyName } from '../../../shared/azure/services.ts';
import type { Phase } from '../../../shared/rotation/rotation-journal.ts';
import { RotationWorld, TICK } from './rotation-world.ts';

type Options = ConstructorParameters<typeof RotationWorld>[0];

/** Returns a steady account (observed if it is not taken over): the status of both keys is known, key1 has live tokens. */
export async function steadyWorld(options: Options = {}): Promise<RotationWorld> {
  const world = new RotationWorld(options);
  world.azure.publish(world.account, 'key1');
  await world.rotator('founder', false).tick(world);
  world.write({ demotedAt: null });
  world.pass(10 * TICK);
  return world;
}

export async function ordered(world: Promise<RotationWorld>): Promise<RotationWorld> {
  const started = await world;
  started.order();
  return started;
}

export async function revoked(world: Promise<RotationWorld>, ...keys: KeyName[]): Promise<RotationWorld> {
  const struck = await world;
  struck.revoke(...keys);
  return struck;
}

/** Returns a rotation that has just reached the phase and whose instance is dead. From `draining` on, key2 is active. */
export async function worldIn(phase: Phase): Promise<RotationWorld> {
  if (phase === 'observed') return steadyWorld({ takeOver: false });
  if (phase === 'steady') return steadyWorld();
  if (phase === 'paused') return pausedWorld();
  const world = await ordered(steadyWorld());
  const rotator = world.rotator('former', true);
  rotator.effects.after = ({ name }) =>
    name === 'save' && world.journal?.phase === phase ? rotator.halt() : undefined;
  while (!rotator.isHalted) {
    world.pass(TICK);
    await rotator.tick(world);
  }
  world.pass(TICK);
  return world;
}

/** Returns an account whose standby key2 was regenerated outside the broker. */
async function pausedWorld(): Promise<RotationWorld> {
  const world = await steadyWorld();
  world.azure.byHand(() => world.azure.regenerate(world.account.name, 'key2'));
  await world.rotator('finder', false).tick(world);
  return world;
}

/** Returns an account whose journal was lost while key1 drained. A rotation has been ordered and waits for key1. */
export async function forgetfulWorld(): Promise<RotationWorld> {
  const world = await worldIn('draining');
  world.pass(2 * TICK);
  world.azure.journals.delete(world.account.name);
  const rotator = world.rotator('finder', false);
  await rotator.tick(world);
  await ordered(Promise.resolve(world));
  await rotator.tick(world);
  return world;
}

/** Lets two instances tick in turn. */
export async function live(world: RotationWorld, ticks: number): Promise<void> {
  const pair = [world.rotator('one', true), world.rotator('another', false)];
  for (let tick = 0; tick < ticks; tick += 1) {
    world.pass(TICK);
    await pair[tick % 2]!.tick(world);
  }
}
