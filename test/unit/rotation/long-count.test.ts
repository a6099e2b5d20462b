import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { advanceRotation } from '../../../shared/rotation/advance-rotation.ts';
import { rotateKeys } from '../../../shared/rotation/rotate-keys.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import type { CountRange } from '../../../shared/rotation/token-count.ts';
import { placeOf } from '../../fakes/memory-token-counter.ts';
import { live, worldIn } from './prepared-worlds.ts';
import { REQUEST_DEADLINE, type RotationWorld, TICK } from './rotation-world.ts';

/** A draining account after its freeze; every count takes as long as a request may, and reads 50 tokens. */
async function slowWorld(): Promise<RotationWorld> {
  const world = await worldIn('draining');
  world.pass(world.waits.freeze + TICK);
  world.rowsPerCount = 50;
  return world;
}

describe('a count that takes longer than a tick', () => {
  it('continues in the next tick, and the key outlives its latest token', async () => {
    const world = await slowWorld();
    const rotator = world.rotator('slow', false);
    rotator.effects.after = ({ name }) => {
      if (name === 'signedWith') world.now += REQUEST_DEADLINE * 1000;
    };
    await rotator.tick(world);
    expect(rotator.effects.count('signedWith')).toBe(1);
    expect(world.journal).toMatchObject({ phase: 'draining', drainUntil: null, lastFailure: null });
    expect(world.journal?.tally).not.toBeNull();
    await live(world, 90);
    expect(world.journal).toMatchObject({ phase: 'steady', active: 'key2', tally: null });
    expect(world.faultsAtRest()).toEqual([]);
  });

  it('is continued by another instance if the first one dies', async () => {
    const world = await slowWorld();
    const first = world.rotator('first', false);
    first.effects.after = ({ name }) => (name === 'save' && world.journal?.tally ? first.halt() : undefined);
    await first.tick(world);
    const { tally } = world.journal!;
    const second = world.rotator('second', true);
    const begun = await rangesOf(second.ports, (ports) => advanceRotation(ports, world.account, world.waits));
    expect(begun[0]?.begun?.rest).toBe(tally?.rest);
  });

  it('starts again for a key that has signed tokens since', async () => {
    const world = await slowWorld();
    const rotator = world.rotator('first', false);
    rotator.effects.after = ({ name }) =>
      name === 'save' && world.journal?.tally ? rotator.halt() : undefined;
    await rotator.tick(world);
    // It is published by hand, instances sign with it, and then the other key is published again.
    world.azure.publish(world.account, 'key1');
    await live(world, 3);
    world.azure.publish(world.account, 'key2');
    await live(world, 120);
    expect(world.journal).toMatchObject({ phase: 'steady', active: 'key2' });
    expect(world.azure.wrongs).toEqual([]);
  });

  it.each(['settings that were changed since', 'a clock that was set right since'] as const)(
    'starts again if the freeze was over only because of %s',
    async (why) => {
      const world = await worldIn('draining');
      const former = world.value('key1');
      world.rowsPerCount = world.azure.tokens.length - 1;
      const { effects, ports } = world.rotator('early', true);
      effects.after = ({ name }) => {
        if (name === 'signedWith') world.now += REQUEST_DEADLINE * 1000;
      };
      const { freeze } = world.waits;
      const ahead = { ...ports, clock: () => addSeconds(ports.clock(), freeze) };
      if (why.startsWith('a clock')) await advanceRotation(ahead, world.account, world.waits);
      else {
        // The key was demoted while a shorter freeze was configured.
        world.write({ drainWaits: { freeze: 1, overlap: world.waits.overlap } });
        await advanceRotation(ports, world.account, { ...world.waits, freeze: 1 });
      }
      expect(world.journal?.tally).not.toBeNull();
      issueBefore(world, Number(world.journal?.tally?.rest.split(' ')[1]), former);
      world.rowsPerCount = Infinity;
      world.azure.wrongs.length = 0;
      await live(world, 90);
      expect(world.journal).toMatchObject({ phase: 'steady', active: 'key2' });
      expect(world.azure.wrongs).toEqual([]);
    },
  );

  it('may take longer in a tick of the timer than in a request', async () => {
    const world = await slowWorld();
    const { ports } = world.rotator('one', false);
    const now = ports.clock().getTime();
    const [called] = await rangesOf(ports, (told) => advanceRotation(told, world.account, world.waits));
    expect(called?.deadline.getTime()).toBe(now + REQUEST_DEADLINE * 1000);
    const again = await slowWorld();
    const [ticked] = await rangesOf(again.rotator('one', false).ports, (told) =>
      rotateKeys(told, [again.account], REQUEST_DEADLINE),
    );
    expect(ticked!.deadline.getTime()).toBeGreaterThan(now + 3 * REQUEST_DEADLINE * 1000);
  });
});

/** Returns the ranges of the counts that `run` made. */
async function rangesOf(
  ports: RotationPorts,
  run: (ports: RotationPorts) => Promise<unknown>,
): Promise<CountRange[]> {
  const ranges: CountRange[] = [];
  await run({
    ...ports,
    tokenCounter: {
      countSignedWith: (account, key, range) => {
        ranges.push(range);
        return ports.tokenCounter.countSignedWith(account, key, range);
      },
    },
  });
  return ranges;
}

/** Issues a token of key1 within the freeze, whose row is before the position of a count. */
function issueBefore({ azure, account, now }: RotationWorld, place: number, value: string): void {
  const issuedAt = new Date(now);
  const expiresAt = new Date(now + 600_000);
  while (placeOf(azure.tokens.length) >= place)
    azure.tokens.push({ account: 'elsewhere', keyId: null, issuedAt, expiresAt });
  azure.tokens.push({
    account: account.name,
    keyId: keyIdOf(hashKey(new SecretText(value))),
    issuedAt,
    expiresAt,
  });
  azure.handedOut.push({ value, expiresAt: expiresAt.getTime() });
}
