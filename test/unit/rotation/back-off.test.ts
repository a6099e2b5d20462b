import { expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { revoked, steadyWorld } from './prepared-worlds.ts';
import { SETTINGS } from './rotation-world.ts';

it('a Retry-After that ends a tick is journalled with clockSkew, so that no host calls earlier', async () => {
  const world = await steadyWorld();
  const [hasty, other] = [world.rotator('hasty', false), world.rotator('other', true)];
  hasty.effects.next('times', { kind: 'throttle', retryAfter: 100 });
  expect(await hasty.tick(world)).toBe('failed');
  expect(world.journal?.notBefore).toEqual(addSeconds(hasty.ports.clock(), 100 + SETTINGS.clockSkew));
  world.now += 99_000;
  await other.tick(world);
  expect(other.effects.count('times')).toBe(0);
});

it('a Retry-After is journalled as it is while a key is compromised', async () => {
  const world = await revoked(steadyWorld(), 'key2');
  const rotator = world.rotator('one', false);
  rotator.effects.next('list', { kind: 'throttle', retryAfter: 100 });
  await rotator.tick(world);
  expect(world.journal?.notBefore).toEqual(addSeconds(rotator.ports.clock(), 100));
  const leaked = world.value('key2');
  world.now += 100_000;
  await rotator.tick(world);
  expect(world.azure.isAlive(leaked)).toBe(false);
});
