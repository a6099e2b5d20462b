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
    expect(answer).toMatchObject({
      lever: 'revoke-delegation-keys',
      state: 'done',
      proved: true,
      provedOn: ['blob'],
    });
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
    const event = { account: 'media', actor: 'local/otto', phase: 'steady', activeKey: 'key1' };
    const [ahead, before] = seen as [boolean, object];
    expect(ahead).toBe(true);
    expect(before).toMatchObject({
      ...event,
      type: 'revocation',
      detail: 'revoke-delegation-keys: laptop lost',
    });
    expect(world.audit.events.slice(-2)).toMatchObject([
      { ...event, type: 'revocation', detail: 'revoke-delegation-keys: done' },
      { ...event, type: 'revocation-proved', detail: 'user delegation keys: refused on blob' },
    ]);
  });

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

  it('are not revoked, and no mark is moved back, by an instance that was frozen before it began', async () => {
    const world = await steadyWorld();
    const { planHash } = await plan(world);
    world.ports.delegationProbes.make = async () => (world.pass(3600), []);
    await expect(act(world, planHash)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(world.effects.count('revokeDelegationKeys')).toBe(0);
    expect(await world.journal()).toMatchObject({ delegationRevokedAt: null, delegationOrder: null });
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

  it.each([
    ['was never revoked', null, null],
    ['was revoked before', -100, -100],
    ['was revoked at this instant', 0, 0],
    ['has a mark in the future, before which every key would be dead', 1, null],
  ])('are probed with keys from after the last revocation: the account %s', async (_, known, since) => {
    const world = await steadyWorld();
    world.pass(1000);
    const now = world.clock();
    const at = (seconds: number | null) => (seconds === null ? null : addSeconds(now, seconds));
    const { journals } = world.ports.rotation;
    const { journal, etag } = await journals.load('media');
    await journals.save({ ...journal!, delegationRevokedAt: at(known) }, etag);
    const asked: unknown[] = [];
    world.ports.delegationProbes.make = async (_account, ...parts) => {
      asked.push(parts);
      return [];
    };
    await act(world);
    // A call of 10 seconds leaves 3 for it.
    expect(asked).toEqual([[at(since), now, 3000]]);
  });

  it('stay ordered if the journal fails once they are revoked, and the reply shows the order', async () => {
    const world = await steadyWorld();
    const { journals, managedKeys } = world.ports.rotation;
    const load = journals.load.bind(journals);
    const revokeKeys = managedKeys.revokeDelegationKeys.bind(managedKeys);
    managedKeys.revokeDelegationKeys = async (...parts) => {
      const answer = await revokeKeys(...parts);
      journals.load = () => Promise.reject(new Error('down'));
      return answer;
    };
    const answer = await act(world);
    expect(answer).toMatchObject({ state: 'running', proved: null, rotation: { phase: 'steady' } });
    expect(world.logs).toContainEqual({ event: 'revocation held up', account: 'media', reason: 'Error' });
    journals.load = load;
    expect((await world.journal()).delegationOrder).not.toBeNull();
  });

  it.each([
    ['is gone', null, 'conflict'],
    ['was begun again', {}, 'conflict'],
    ['names an older revocation only', { delegationRevokedAt: addSeconds(start, -3600) }, 'conflict'],
    ['says that another request of the order was confirmed', { delegationRevokedAt: start }, null],
  ])('of an order without an answer whose journal %s', async (_what, parts, code) => {
    const world = await steadyWorld();
    const { journal } = await world.ports.rotation.journals.load('media');
    world.ports.rotation.managedKeys.revokeDelegationKeys = async () => {
      world.azure.journals.delete('media');
      const again = { ...journal!, delegationOrder: null, ...parts };
      if (parts !== null) await world.ports.rotation.journals.save(again, null);
      return { outcome: 'held-up', reason: 'busy', retryAt: null, mayHaveLanded: true };
    };
    const answer = await act(world).catch((error: unknown) => error);
    if (code === null) expect(answer).toMatchObject({ state: 'running' });
    else
      expect(answer).toMatchObject({
        code,
        message: expect.stringContaining('Read a new plan') as string,
      });
  });

  it('have the event of their end written by the timer if the audit table fails then', async () => {
    const world = await steadyWorld();
    world.effects.after = ({ name }) => {
      if (name === 'revokeDelegationKeys') world.audit.failWith('refuse');
    };
    world.azure.silent.add('blob');
    expect(await act(world)).toMatchObject({ state: 'done', proved: null });
    const reason = 'the test made it fail';
    expect(world.logs.slice(-1)).toEqual([{ event: 'revocation held up', account: 'media', reason }]);
    world.audit.failWith(null);
    await world.tick();
    expect(world.audit.events.at(-1)).toMatchObject({ detail: 'revoke-delegation-keys: done' });
  });
});
