import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { planRevocation } from '../../../shared/revocation/plan-revocation.ts';
import { revoke } from '../../../shared/revocation/revoke.ts';
import { liveToken, revocationWorld, start } from './revocation-world.ts';

type World = ReturnType<typeof revocationWorld>;

const target = { account: 'media' };
const plan = (world: World) => planRevocation(world.ports, { target, lever: null, act: null }, world.call());

async function act(world: World, planHash: string | null = null) {
  const hash = planHash ?? (await plan(world)).planHash;
  const lever = { name: 'revoke-delegation-keys', on: target } as const;
  const order = world.order(target, lever, { reason: 'laptop lost', planHash: hash });
  return revoke(world.ports, order, world.call());
}

async function steadyWorld(): Promise<World> {
  const world = revocationWorld();
  await world.settle();
  return world;
}

describe('revoked user delegation keys', () => {
  it('are dead on storage, and the journal records the instant', async () => {
    const world = await steadyWorld();
    world.pass(0.4);
    const answer = await act(world);
    expect(answer).toMatchObject({ lever: 'revoke-delegation-keys', state: 'done', proved: null });
    expect(world.azure.account('media').delegationRevokedAt).toEqual(world.clock());
    const { delegationRevokedAt } = await world.journal();
    // Rounded up to a whole second, because keys start on whole seconds.
    expect(delegationRevokedAt!.getTime() % 1000).toBe(0);
    expect(delegationRevokedAt!.getTime() - world.clock().getTime()).toBeLessThan(1000);
    expect(delegationRevokedAt! >= world.clock()).toBe(true);
    expect(answer.deadBy).toBe(
      addSeconds(delegationRevokedAt!, world.media.keyCache).toISOString().replace('.000Z', 'Z'),
    );
  });

  it('are recorded in the journal before they are dead, after an event', async () => {
    const world = await steadyWorld();
    let seen: unknown = null;
    world.effects.before = async ({ name }) => {
      if (name !== 'revokeDelegationKeys') return;
      const { delegationRevokedAt } = await world.journal();
      seen = [delegationRevokedAt! > world.clock(), world.audit.events.at(-1)];
    };
    await act(world);
    const event = { type: 'revocation', account: 'media', actor: 'local/otto' };
    const [ahead, before] = seen as [boolean, object];
    expect(ahead).toBe(true);
    expect(before).toMatchObject({ ...event, detail: 'revoke-delegation-keys: laptop lost' });
    expect(world.audit.events.at(-1)).toMatchObject({ ...event, detail: 'revoke-delegation-keys: done' });
  });

  it.each(['fail', 'lose', 'late'] as const)(
    'leave a mark that outlasts the request where its reply does not come (%s)',
    async (kind) => {
      const world = await steadyWorld();
      world.effects.next('revokeDelegationKeys', { kind });
      await expect(act(world)).rejects.toMatchObject({ code: 'storage_unavailable' });
      const { delegationRevokedAt } = await world.journal();
      expect(delegationRevokedAt!.getTime()).toBeGreaterThan(addSeconds(world.clock(), 120).getTime());
    },
  );

  it('stay recorded after a crash at any point from the request on', async () => {
    const world = await steadyWorld();
    const { planHash } = await plan(world);
    const crashed = new Promise<void>((resolve) => {
      world.effects.after = ({ name }) => {
        if (name !== 'revokeDelegationKeys') return;
        resolve();
        return new Promise(() => undefined);
      };
    });
    void act(world, planHash);
    await crashed;
    world.effects.after = () => undefined;
    const { delegationRevokedAt } = await world.journal();
    expect(delegationRevokedAt! > world.azure.account('media').delegationRevokedAt!).toBe(true);
  });

  it('are not revoked if the event cannot be written', async () => {
    const world = await steadyWorld();
    const { planHash } = await plan(world);
    world.audit.failWith('refuse');
    await expect(act(world, planHash)).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect(world.azure.account('media').delegationRevokedAt).toBeNull();
    expect((await world.journal()).delegationRevokedAt).toBeNull();
  });

  it('are not revoked again with the same plan', async () => {
    const world = await steadyWorld();
    const { planHash } = await plan(world);
    await act(world, planHash);
    await expect(act(world, planHash)).rejects.toMatchObject({ code: 'conflict' });
    world.pass(5);
    await act(world);
    expect(world.azure.account('media').delegationRevokedAt).toEqual(world.clock());
  });

  it('end the tokens of older keys and no tokens of newer keys', async () => {
    const world = await steadyWorld();
    world.pass(10);
    const now = { issuedAt: world.clock() };
    world.tokens.push(
      liveToken({ ...now, id: 'old', signedWith: { delegationKeyStartsAt: start } }),
      liveToken({ ...now, id: 'new', signedWith: { delegationKeyStartsAt: addSeconds(world.clock(), 1) } }),
      liveToken({ ...now, id: 'key', signedWith: { keyId: null } }),
    );
    expect((await act(world)).issuedSince).toEqual(['old']);
    // Nothing has proved that storage refuses the old one.
    expect((await plan(world)).tokens).toBe(3);
  });
});
