import { beforeEach, describe, expect, it } from 'vitest';
import { tokenState } from '../../../shared/deaths/token-state.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { revoke } from '../../../shared/revocation/revoke.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { revocationWorld, start, times } from './revocation-world.ts';

type World = ReturnType<typeof revocationWorld>;

const target = { account: 'media' };
const lever = { name: 'revoke-delegation-keys', on: target } as const;
const CALL = 'revokeDelegationKeys';
let world: World;

beforeEach(async () => {
  world = revocationWorld();
  await world.settle();
  world.pass(3600);
});

const act = (by = 'local/otto') =>
  revoke(world.ports, world.order(target, lever, { reason: 'laptop lost' }), { ...world.call(), by });

/** A token by a key from before the order. */
const state = async (issuedAt = addSeconds(start, 60), keyStartsAt = addSeconds(start, -900)) => {
  const token = {
    issuedAt,
    expiresAt: addSeconds(world.clock(), 86_400),
    services: ['blob' as const],
    place: 'photos',
    policy: null,
    signedWith: { delegationKeyStartsAt: keyStartsAt },
  };
  const circumstances = { now: world.clock(), clockSkew: times.clockSkew };
  return tokenState(token, await world.deaths(), circumstances).state;
};

const order = async () => (await world.journal()).delegationOrder;
const eventTypes = () => world.audit.events.map(({ type }) => type);
const rejectionOf = (acting: Promise<unknown>): Promise<unknown> =>
  acting.then(
    () => Promise.reject(new Error('It acted')),
    (error: unknown) => error,
  );

/** Lets the account's journal change behind the broker's back. */
async function changeJournal(change: (journal: RotationJournal) => Partial<RotationJournal>): Promise<void> {
  const { journals } = world.ports.rotation;
  const { journal, etag } = await journals.load('media');
  await journals.save({ ...journal!, ...change(journal!) }, etag);
}

describe('an order to revoke user delegation keys that Resource Manager turns down', () => {
  it('is a conflict with the command, and no token counts as revoked', async () => {
    world.effects.next(CALL, { kind: 'refuse' });
    expect(await rejectionOf(act())).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Nothing was revoked') as string,
      members: { command: expect.stringContaining('revoke-delegation-keys') as string },
    });
    expect(await world.journal()).toMatchObject({ delegationOrder: null, delegationRevokedAt: null });
    expect(await world.deaths()).toEqual([]);
    expect(await state()).toBe('live');
    expect(world.audit.events.at(-1)).toMatchObject({
      type: 'revocation-refused',
      actor: 'local/otto',
      phase: 'steady',
      activeKey: 'key1',
    });
  });

  it('restores the mark of an earlier revocation', async () => {
    await act();
    const { delegationRevokedAt } = await world.journal();
    world.pass(60);
    world.effects.next(CALL, { kind: 'refuse' });
    await rejectionOf(act());
    expect((await world.journal()).delegationRevokedAt).toEqual(delegationRevokedAt);
  });

  it('stays dead, without proof, if an earlier request of the order may have revoked the keys', async () => {
    world.effects.next(CALL, { kind: 'fail' });
    expect(await act()).toMatchObject({ state: 'running' });
    world.pass(300);
    world.effects.next(CALL, { kind: 'refuse' });
    await world.continueOrders();
    const { delegationOrder, delegationRevokedAt } = await world.journal();
    expect(delegationOrder).toBeNull();
    expect(delegationRevokedAt! > world.clock()).toBe(true);
    expect(await state()).toBe('unproved');
    expect(world.audit.events.at(-1)).toMatchObject({
      type: 'revocation-refused',
      detail: expect.stringContaining('an earlier request may have revoked the keys') as string,
    });
  });

  it('is withdrawn by the timer too, if no request can have revoked them', async () => {
    world.effects.next(CALL, { kind: 'throttle', retryAfter: 1 });
    expect(await act()).toMatchObject({ state: 'running' });
    expect(await state()).toBe('unproved');
    world.pass(300);
    world.effects.next(CALL, { kind: 'refuse' });
    await world.continueOrders();
    expect(await world.journal()).toMatchObject({ delegationOrder: null, delegationRevokedAt: null });
    expect(await state()).toBe('live');
  });
});

describe('an order to revoke user delegation keys that is not confirmed', () => {
  it.each(['fail', 'lose', 'late'] as const)('stays ordered (%s): tokens are unproved', async (kind) => {
    world.effects.next(CALL, { kind });
    const answer = await act();
    expect(answer).toMatchObject({ state: 'running', proved: null, provedOn: [] });
    expect(await order()).toMatchObject({ mayHaveLanded: true, lastError: `told to ${kind}` });
    // The mark outlasts whatever may still take effect.
    const { delegationRevokedAt } = await world.journal();
    expect(delegationRevokedAt!.getTime()).toBeGreaterThan(addSeconds(world.clock(), times.settle).getTime());
    expect(await state()).toBe('unproved');
  });

  it('is sent again by the timer until it is confirmed, and then proved', async () => {
    const orderedAt = world.clock();
    world.effects.next(CALL, { kind: 'fail' });
    await act();
    const first = (await world.journal()).delegationRevokedAt!;
    world.pass(300);
    world.effects.next(CALL, { kind: 'fail' });
    await world.continueOrders();
    const second = (await world.journal()).delegationRevokedAt!;
    expect(second > first).toBe(true);
    expect(await world.deaths()).toMatchObject([{ dead: { before: second } }]);
    world.pass(300);
    await world.continueOrders();
    const { delegationRevokedAt, delegationOrder } = await world.journal();
    expect([delegationOrder, delegationRevokedAt]).toEqual([null, world.clock()]);
    expect(await world.deaths()).toMatchObject([
      {
        order: { at: orderedAt, by: 'local/otto', reason: 'laptop lost' },
        dead: { before: delegationRevokedAt },
        proof: { refused: true, on: ['blob'] },
      },
    ]);
    expect(await state()).toBe('revoked');
    expect(eventTypes().slice(-2)).toEqual(['revocation', 'revocation-proved']);
    expect(world.effects.count(CALL)).toBe(3);
  });

  it('waits as long as Resource Manager asks, and at most an hour', async () => {
    world.effects.next(CALL, { kind: 'throttle', retryAfter: 600 });
    await act();
    expect((await world.journal()).notBefore).toEqual(addSeconds(world.clock(), 600));
    world.pass(599);
    await world.continueOrders();
    expect(world.effects.count(CALL)).toBe(1);
    world.pass(1);
    world.effects.next(CALL, { kind: 'throttle', retryAfter: 999_999_999 });
    await world.continueOrders();
    expect((await world.journal()).notBefore).toEqual(addSeconds(world.clock(), 3600));
  });

  it('does not keep an operator from ordering again at once, whatever Retry-After said', async () => {
    world.effects.next(CALL, { kind: 'throttle', retryAfter: 600 });
    await act();
    expect(await act()).toMatchObject({ state: 'done' });
    expect((await world.journal()).notBefore).toBeNull();
  });

  it('is joined by a second order: dead by the first operator, and what the first request may still end is unproved', async () => {
    world.effects.next(CALL, { kind: 'fail' });
    const { deaths } = await act();
    const first = (await world.journal()).delegationRevokedAt;
    world.pass(5);
    expect(deaths).toHaveLength(1);
    expect(await act('local/olga')).toMatchObject({
      state: 'done',
      deaths,
      rotation: { ended: [{ id: `${deaths[0]}-late` }, { id: deaths[0], by: 'local/otto', proved: true }] },
    });
    // The first request may still take effect.
    expect(await world.deaths()).toMatchObject([
      { order: { by: 'local/otto' }, dead: { before: world.clock() }, proof: { refused: true } },
      { order: { by: 'local/otto' }, dead: { before: first }, proof: null },
    ]);
    expect(await world.journal()).toMatchObject({ delegationOrder: null, delegationRevokedAt: first });
    const orders = world.audit.events.filter(({ detail }) => detail.endsWith('laptop lost'));
    expect(orders.map(({ actor }) => actor)).toEqual(['local/otto', 'local/olga']);
  });

  it('counts as possibly carried out after a crash, and the timer continues it', async () => {
    const crashed = new Promise<void>((resolve) => {
      world.effects.before = ({ name }) => {
        if (name !== CALL) return;
        resolve();
        return new Promise(() => undefined);
      };
    });
    void act();
    await crashed;
    world.effects.before = () => undefined;
    expect(await order()).toMatchObject({ mayHaveLanded: true, lastError: null });
    expect(await state()).toBe('unproved');
    // Whoever sent it may still wait for the answer.
    await world.continueOrders();
    expect(await order()).not.toBeNull();
    world.pass(60);
    await world.continueOrders();
    expect(await order()).toBeNull();
    expect(world.azure.account('media').delegationRevokedAt).toEqual(world.clock());
  });

  it('is not held up for long by a mark that a clock a year ahead has left', async () => {
    world.effects.next(CALL, { kind: 'fail' });
    await act();
    await changeJournal((journal) => ({
      delegationRevokedAt: addSeconds(journal.delegationRevokedAt!, 365 * 86_400),
      delegationOrder: { ...journal.delegationOrder!, lastError: null },
    }));
    await world.continueOrders();
    expect(await world.journal()).toMatchObject({
      delegationOrder: null,
      delegationRevokedAt: world.clock(),
    });
  });

  it('is not sent if its death cannot be recorded', async () => {
    world.azure.deaths.failing = new Error('down');
    expect(await act().catch(() => null)).toBeNull();
    world.azure.deaths.failing = null;
    expect(world.effects.count(CALL)).toBe(0);
    const { deaths } = world.ports.rotation;
    const recording = deaths.order.bind(deaths);
    deaths.order = () => Promise.reject(new Error('down'));
    expect(await act()).toMatchObject({ state: 'running' });
    expect(world.effects.count(CALL)).toBe(0);
    expect(await order()).toMatchObject({ mayHaveLanded: false, lastError: 'Error' });
    deaths.order = recording;
    await world.continueOrders();
    expect(await order()).toBeNull();
  });
});

describe('a request without a reply', () => {
  it('may land after a later one was confirmed: what is issued until then is unproved', async () => {
    world.effects.next(CALL, { kind: 'late' });
    await act();
    const landsBy = (await world.journal()).delegationRevokedAt!;
    world.pass(5);
    await world.continueOrders();
    const { delegationOrder, delegationRevokedAt } = await world.journal();
    expect([delegationOrder, delegationRevokedAt]).toEqual([null, landsBy]);
    expect(await state()).toBe('revoked');
    expect(await state(addSeconds(world.clock(), 60), addSeconds(world.clock(), 60))).toBe('unproved');
    expect(await state(landsBy, landsBy)).toBe('live');
  });

  it('counts no longer once it can have no effect', async () => {
    world.effects.next(CALL, { kind: 'late' });
    await act();
    world.pass(300);
    await world.continueOrders();
    expect(await world.journal()).toMatchObject({ delegationRevokedAt: world.clock() });
    expect(await world.deaths()).toHaveLength(1);
  });

  it('does not count if Resource Manager has certainly not carried it out', async () => {
    world.effects.next(CALL, { kind: 'throttle', retryAfter: 1 });
    await act();
    world.pass(5);
    expect(await act()).toMatchObject({ state: 'done', proved: true });
    expect(await world.journal()).toMatchObject({ delegationRevokedAt: world.clock() });
    expect(await world.deaths()).toHaveLength(1);
  });

  it('proves nothing about later tokens if the order is turned down in the end', async () => {
    world.effects.next(CALL, { kind: 'lose' });
    await act();
    world.pass(600);
    const later = addSeconds(world.clock(), -100);
    world.effects.next(CALL, { kind: 'refuse' });
    await world.continueOrders();
    expect(await world.deaths()).toMatchObject([{ dead: { settled: false }, proof: { refused: true } }]);
    expect([await state(), await state(later)]).toEqual(['revoked', 'unproved']);
  });
});

describe('a request that is overtaken', () => {
  /** Lets another operator act, and be confirmed, just before the next request's death is recorded. */
  const overtake = () => {
    const { deaths } = world.ports.rotation;
    const recording = deaths.order.bind(deaths);
    deaths.order = async (death, deadline) => {
      deaths.order = recording;
      await act('local/olga');
      return recording(death, deadline);
    };
  };

  it('is not sent for an order that is settled by then, and its operator plans again', async () => {
    overtake();
    expect(await rejectionOf(act())).toMatchObject({ code: 'conflict' });
    expect(world.effects.count(CALL)).toBe(1);
    expect(await world.journal()).toMatchObject({ delegationOrder: null });
    const [death] = await world.deaths();
    expect(death).toMatchObject({ dead: { before: world.clock(), settled: true }, proof: { refused: true } });
  });

  it('is done for the timer', async () => {
    world.effects.next(CALL, { kind: 'throttle', retryAfter: 1 });
    await act();
    world.pass(300);
    overtake();
    await world.continueOrders();
    expect(world.effects.count(CALL)).toBe(2);
    expect(await world.journal()).toMatchObject({ delegationOrder: null });
  });
});

describe('the answer to one request', () => {
  it('leaves the mark of another operator, whose request may be in flight', async () => {
    let other: Date | null = null;
    world.effects.after = async ({ name }) => {
      if (name !== CALL || other !== null) return;
      await changeJournal(({ delegationRevokedAt }) => {
        other = addSeconds(delegationRevokedAt!, 30);
        return { delegationRevokedAt: other };
      });
    };
    expect(await act()).toMatchObject({ state: 'running' });
    expect((await world.journal()).delegationRevokedAt).toEqual(other);
    expect(await order()).not.toBeNull();
  });

  it('never shares its mark with another request of the same second', async () => {
    world.effects.always(CALL, { kind: 'fail' });
    await act();
    const first = (await world.journal()).delegationRevokedAt!;
    await act('local/olga');
    expect((await world.journal()).delegationRevokedAt! > first).toBe(true);
  });
});

describe('the proof that user delegation keys are dead', () => {
  it('is missing if no service gave a key beforehand', async () => {
    world.azure.silent.add('blob');
    expect(await act()).toMatchObject({ state: 'done', proved: null, provedOn: [] });
    world.azure.silent.clear();
    await world.continueOrders();
    expect(await state()).toBe('unproved');
  });

  it('is false while storage still accepts them, and the timer tries again', async () => {
    const { delegationProbes } = world.ports;
    const isRefused = delegationProbes.isRefused.bind(delegationProbes);
    delegationProbes.isRefused = () => Promise.resolve(false);
    expect(await act()).toMatchObject({ state: 'done', proved: false, provedOn: ['blob'] });
    expect(await state()).toBe('unproved');
    delegationProbes.isRefused = isRefused;
    await world.continueOrders();
    expect(await state()).toBe('revoked');
  });

  it('does not survive a restart, and is never taken from a probe of another order', async () => {
    const { delegationProbes } = world.ports;
    delegationProbes.isRefused = () => Promise.resolve(false);
    await act();
    const [death] = await world.deaths();
    world.proofs.forget('media', death!.id);
    delegationProbes.isRefused = () => Promise.resolve(true);
    await world.continueOrders();
    expect(await world.deaths()).toMatchObject([{ proof: { refused: false } }]);
  });
});
