import { describe, expect, it } from 'vitest';
import { planRevocation } from '../../../shared/revocation/plan-revocation.ts';
import { resolveOrder } from '../../../shared/revocation/resolve-order.ts';
import { revoke } from '../../../shared/revocation/revoke.ts';
import { rotateKeys } from '../../../shared/rotation/rotate-keys.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { rotationState } from '../../../shared/rotation/rotation-view.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { REQUEST_DEADLINE, revocationWorld } from './revocation-world.ts';

type World = ReturnType<typeof revocationWorld>;

const target = { account: 'media' };
const plan = (world: World) => planRevocation(world.ports, { target, lever: null, act: null }, world.call());

async function act(world: World, name: 'revoke-delegation-keys' | 'regenerate-key') {
  const shown = (await plan(world)).levers.find((one) => one.lever === name)!;
  const order = await resolveOrder(
    world.ports,
    target,
    {
      lever: name,
      reason: 'leaked',
      planHash: shown.planHash,
      plannedAt: null,
      block: false,
    },
    world.call(),
  );
  return revoke(world.ports, order, world.call());
}

/** Every call that would change a key or a secret, or test a key. */
function untouched(world: World): void {
  expect(world.azure.regenerations).toEqual([]);
  expect(world.azure.secret(world.media)).toBeNull();
}

describe('an account with allowSharedKeyAccess: false', () => {
  it('has its delegation keys revoked by the first order, and nothing else changes', async () => {
    const world = revocationWorld({ closed: true });
    world.effects.next('opens', { kind: 'fail' });
    const answer = await act(world, 'revoke-delegation-keys');
    expect(answer).toMatchObject({ lever: 'revoke-delegation-keys', state: 'done' });
    expect(world.azure.account('media').delegationRevokedAt).toEqual(world.clock());
    expect((await world.journal()).delegationRevokedAt).not.toBeNull();
    expect(answer.rotation).toMatchObject({ nextDueAt: null, overdue: false });
    untouched(world);
  });

  it('keeps its keys, and the plan tells the operator to use the command', async () => {
    const world = revocationWorld({ closed: true });
    expect((await plan(world)).levers).toMatchObject([
      { lever: 'revoke-delegation-keys', byHand: false },
      { lever: 'regenerate-key', byHand: true },
      { lever: 'remove-role', byHand: true },
    ]);
    expect((await plan(world)).notes.join()).toContain('allowSharedKeyAccess: false');
    await expect(act(world, 'regenerate-key')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('does not manage the account’s keys') as string,
      members: { command: expect.stringContaining('keys renew') as string },
    });
    untouched(world);
  });

  it('is not rotated, however long a rotation has been due', async () => {
    const world = revocationWorld({ closed: true });
    const ports: RotationPorts = world.ports.rotation;
    for (let ticks = 0; ticks < 5; ticks += 1) {
      await rotateKeys(ports, [world.media], REQUEST_DEADLINE);
      world.pass(40 * 86_400);
    }
    await world.tick();
    world.pass(400 * 86_400);
    for (let ticks = 0; ticks < 5; ticks += 1) await world.tick();
    untouched(world);
    const waits = rotationWaits(world.media, REQUEST_DEADLINE);
    const state = (account = world.media) =>
      world
        .journal()
        .then((journal) =>
          rotationState(account, journal, waits, { liveTokens: null, deaths: null }, world.clock()),
        );
    expect(await state()).toMatchObject({
      overdue: false,
      nextDueAt: null,
      drainingUntil: null,
      lastError: expect.stringContaining('rotation is suspended') as string,
    });
    expect(await state({ ...world.media, allowSharedKeyAccess: true })).toMatchObject({ overdue: true });
  });
});
