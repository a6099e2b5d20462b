import { beforeEach, describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { planHash, policyGeneration } from '../../../shared/revocation/lever.ts';
import { continueRevocations } from '../../../shared/revocation/continue-revocations.ts';
import { revoke } from '../../../shared/revocation/revoke.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { REQUEST_DEADLINE, revocationWorld, start, times } from './revocation-world.ts';

type World = ReturnType<typeof revocationWorld>;

const managedId = 'sb-aaaaaaaaaaaaaaaa';
const target = { account: 'media', service: 'blob', container: 'photos' } as const;
const leverFor = (policy: string) => ({ name: 'delete-policy', on: { ...target, policy } }) as const;
const readers = storedPolicy({ id: 'readers', permissions: 'r', expiresAt: addSeconds(start, 86_400) });
let world: World;

beforeEach(async () => {
  world = revocationWorld();
  await world.settle();
  world.policies.policies.make(place(), { policies: [readers, storedPolicy({ id: managedId })] });
});

const place = () => ({ account: world.media, service: 'blob', name: 'photos' }) as const;
const hashOf = (policy = readers) => planHash(target, leverFor(policy.id), policyGeneration(policy));
const act = (policy = 'readers', hash: string | null = null, account = world.media) =>
  revoke(
    world.ports,
    { ...world.order(target, leverFor(policy), { planHash: hash, reason: 'shared too widely' }), account },
    world.call(),
  );
const ids = () => world.policies.policies.read(place()).then(({ policies }) => policies.map(({ id }) => id));
/** Storage has applied a deletion, by every clock. */
const APPLIED = REQUEST_DEADLINE + 30 + times.clockSkew;

describe('the lever delete-policy', () => {
  it.each(['readers', managedId])(
    'deletes %s alone, says when storage applies that, and proves it later',
    async (policy) => {
      const answer = await act(policy);
      expect(answer).toMatchObject({ lever: 'delete-policy', state: 'done', proved: null, provedOn: [] });
      expect(Date.parse(answer.deadBy) - world.clock().getTime()).toBe(30_000);
      expect(await ids()).toEqual(['readers', managedId].filter((id) => id !== policy));
      const [death] = await world.deaths();
      expect(answer.deaths).toEqual([death!.id]);
      expect(death).toMatchObject({
        id: expect.stringMatching(/^policy-[a-z2-7]{16}$/) as string,
        dead: { what: 'policy', service: 'blob', place: 'photos', policy },
        order: { by: 'local/otto', reason: 'shared too widely' },
        proof: null,
      });
      world.pass(APPLIED - 1);
      await world.continueOrders();
      expect(await world.deaths()).toMatchObject([{ proof: null }]);
      world.pass(1);
      await world.continueOrders();
      expect(await world.deaths()).toMatchObject([{ proof: { refused: true, on: ['blob'] } }]);
      expect(world.audit.events.at(-1)).toMatchObject({
        type: 'revocation-proved',
        actor: 'local/otto',
        detail: `policy ${policy} of blob/photos: refused on blob`,
      });
    },
  );

  it('records the order before it changes anything, and nothing happens without the audit table', async () => {
    world.audit.failWith('refuse');
    await expect(act()).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect(await ids()).toContain('readers');
    expect(await world.deaths()).toEqual([]);
    world.audit.failWith(null);
    await act();
    const [first] = world.audit.events.slice(-2);
    expect(first).toMatchObject({
      type: 'revocation',
      detail: 'delete-policy of readers of blob/photos, forced without a plan: shared too widely',
    });
  });

  it('shows the account’s rotation in the event, the log and the reply', async () => {
    expect((await act()).rotation).toMatchObject({ phase: 'steady', activeKey: 'key1' });
    const detail = 'delete-policy of readers of blob/photos, forced without a plan: shared too widely';
    const order = world.audit.events.findLast(({ type }) => type === 'revocation');
    expect(order).toMatchObject({ phase: 'steady', activeKey: 'key1', detail });
    expect(world.logs.slice(-1)).toEqual([
      { event: 'event recorded', type: 'revocation', account: 'media', actor: 'local/otto', detail },
    ]);
  });

  it('does not depend on the journal', async () => {
    world.effects.always('load', { kind: 'fail' });
    expect(await act()).toMatchObject({ state: 'done', rotation: { phase: null, activeKey: null } });
    const order = world.audit.events.findLast(({ type }) => type === 'revocation');
    expect(order).toMatchObject({ phase: null, activeKey: null });
  });

  it('is done if something else deletes the policy, or its place, meanwhile', async () => {
    for (const list of [{ policies: [] }, null]) {
      world.policies.policies.make(place(), { policies: [readers] });
      const { policies } = world.policies;
      const appendEvent = world.audit.appendEvent.bind(world.audit);
      world.audit.appendEvent = async (...parts) => {
        if (list === null) policies.lists.clear();
        else policies.make(place(), list);
        await appendEvent(...parts);
      };
      expect(await act()).toMatchObject({ state: 'done' });
      world.audit.appendEvent = appendEvent;
    }
  });

  it('names the death that another operator’s deletion recorded if that was faster', async () => {
    await act();
    world.pass(APPLIED);
    await world.continueOrders();
    world.policies.policies.make(place(), { policies: [readers] });
    const appendEvent = world.audit.appendEvent.bind(world.audit);
    world.audit.appendEvent = async (...parts) => {
      world.audit.appendEvent = appendEvent;
      await act();
      await appendEvent(...parts);
    };
    const answer = await act();
    const [earlier, faster, ...others] = await world.deaths();
    expect(others).toEqual([]);
    expect(earlier).toMatchObject({ proof: { refused: true } });
    expect(answer).toMatchObject({ state: 'done', deaths: [faster!.id] });
  });

  it('names no death if something outside the broker was faster, or if deaths cannot be read', async () => {
    const { deaths } = world.azure;
    const other = await act(managedId);
    for (const fault of [null, new BrokerError('storage_unavailable', 'Told to fail.')]) {
      world.policies.policies.make(place(), { policies: [readers] });
      const appendEvent = world.audit.appendEvent.bind(world.audit);
      world.audit.appendEvent = async (...parts) => {
        world.policies.policies.make(place(), { policies: [] });
        deaths.failing = fault;
        await appendEvent(...parts);
      };
      expect(await act()).toMatchObject({ state: 'done', deaths: [] });
      world.audit.appendEvent = appendEvent;
      deaths.failing = null;
    }
    expect((await world.deaths()).map(({ id }) => id)).toEqual(other.deaths);
  });

  it('forgets a managed policy, so that its id never comes back', async () => {
    await act(managedId);
    expect((await world.policies.ledgers.load('media:blob:photos')).ledger.managed).toEqual([]);
  });

  it('is a conflict if the policy has changed since the plan, or is gone', async () => {
    const hash = hashOf();
    world.policies.policies.make(place(), { policies: [{ ...readers, permissions: 'rw' }] });
    await expect(act('readers', hash)).rejects.toMatchObject({ code: 'conflict' });
    world.policies.policies.make(place(), { policies: [] });
    await expect(act('readers', hash)).rejects.toMatchObject({ code: 'conflict' });
    world.policies.policies.make(place(), { policies: [readers] });
    expect(await act('readers', hash)).toMatchObject({ state: 'done' });
  });

  it('is not found if the policy or its place does not exist, and leaves no death', async () => {
    await expect(act('unknown')).rejects.toMatchObject({ code: 'not_found' });
    world.policies.policies.lists.clear();
    await expect(act()).rejects.toMatchObject({ code: 'not_found' });
    expect(await world.deaths()).toEqual([]);
  });

  it('withdraws the death if storage refuses the change', async () => {
    world.policies.policies.failing = 'refuse';
    await expect(act()).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await world.deaths()).toEqual([]);
  });

  it('keeps the death if the change may have taken effect, and the timer finds out', async () => {
    world.policies.policies.failing = 'lose';
    await expect(act()).rejects.toMatchObject({ code: 'storage_unavailable' });
    world.policies.policies.failing = null;
    expect(await world.deaths()).toMatchObject([{ proof: null }]);
    world.pass(APPLIED);
    await world.continueOrders();
    expect(await world.deaths()).toMatchObject([{ proof: { refused: true } }]);
  });

  it('reports a policy that is still there, until it is gone with its place', async () => {
    await act();
    world.policies.policies.make(place(), { policies: [readers] });
    world.pass(APPLIED);
    await world.continueOrders();
    expect(await world.deaths()).toMatchObject([{ proof: { refused: false } }]);
    world.policies.policies.failing = 'read';
    await world.continueOrders();
    world.policies.policies.failing = null;
    expect(await world.deaths()).toMatchObject([{ proof: { refused: false } }]);
    world.policies.policies.lists.clear();
    await world.continueOrders();
    expect(await world.deaths()).toMatchObject([{ proof: { refused: true, on: ['blob'] } }]);
  });

  it('acts on an account whose keys are not rotated, and the timer proves that too', async () => {
    const unrotated = { ...world.media, rotation: null };
    expect(await act('readers', null, unrotated)).toMatchObject({ state: 'done', rotation: { phase: null } });
    world.pass(REQUEST_DEADLINE + 30 + 300);
    await continueRevocations(world.ports, [unrotated]);
    expect(await world.deaths()).toMatchObject([{ proof: { refused: true } }]);
  });

  it('does not act on an account that accepts no keys', async () => {
    const closed = { ...world.media, allowSharedKeyAccess: false };
    await expect(act('readers', null, closed)).rejects.toMatchObject({ code: 'conflict' });
    expect(await ids()).toContain('readers');
  });
});

it('the lever remove-role is never acted on', async () => {
  const lever = { name: 'remove-role', on: { account: 'media' } } as const;
  await expect(
    revoke(world.ports, world.order({ account: 'media' }, lever), world.call()),
  ).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('its own role') as string,
    // An order does not say whose role to remove; the plan’s command does.
    members: { command: null },
  });
});
