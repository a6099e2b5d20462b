import { beforeEach, describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { continueDelegationOrder } from '../../../shared/revocation/continue-delegation-order.ts';
import { continueRevocations } from '../../../shared/revocation/continue-revocations.ts';
import { nextMark } from '../../../shared/revocation/delegation-attempt.ts';
import type { DelegationOrder, RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { account } from '../../fakes/configuration.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { REQUEST_DEADLINE, revocationWorld, start, times } from './revocation-world.ts';

const CALL = 'revokeDelegationKeys';
const order: DelegationOrder = {
  death: 'delegation-keys-a',
  by: 'local/otto',
  byName: null,
  reason: 'leaked',
  at: start,
  revokedAtBefore: null,
  mayHaveLanded: true,
  lastError: null,
};
let world: ReturnType<typeof revocationWorld>;

beforeEach(() => {
  world = revocationWorld();
});

const saveJournal = async (parts: Partial<RotationJournal>): Promise<void> => {
  const { journals } = world.ports.rotation;
  const { etag } = await journals.load('media');
  await journals.save(someJournal({ account: 'media', ...parts }), etag);
};
/** Continues the order of the account directly, so that no failure goes unnoticed. */
const continueOrder = () =>
  continueDelegationOrder(world.ports.rotation, world.media, rotationWaits(world.media, REQUEST_DEADLINE)!);

describe('a pending order to revoke user delegation keys', () => {
  /** Returns the mark of a request whose answer is due so many seconds from now. */
  const answeredIn = (seconds: number) => addSeconds(start, seconds + times.settle);
  const lastError = 'told to fail';

  it.each([
    ['a request may still be answered', { delegationRevokedAt: answeredIn(1) }, 0],
    ['a request is not answered any more', { delegationRevokedAt: answeredIn(0) }, 1],
    ['a request is in flight by a clock that is ahead', { delegationRevokedAt: answeredIn(40) }, 0],
    ['a request lasts longer than any does', { delegationRevokedAt: answeredIn(41) }, 1],
    ['the journal has no mark', { delegationRevokedAt: null }, 1],
    [
      'a request has failed',
      { delegationRevokedAt: answeredIn(1), delegationOrder: { ...order, lastError } },
      1,
    ],
    ['Resource Manager asked for a pause', { delegationRevokedAt: null, notBefore: addSeconds(start, 1) }, 0],
    ['the pause is over', { delegationRevokedAt: null, notBefore: start }, 1],
    ['there is none', { delegationOrder: null }, 0],
  ] as const)('is sent only if nobody waits for its answer: %s', async (_, parts, calls) => {
    await saveJournal({ delegationOrder: order, ...parts });
    await continueOrder();
    expect(world.effects.count(CALL)).toBe(calls);
    expect((await world.journal()).delegationOrder).toEqual(
      calls === 1 || 'delegationOrder' in parts ? null : order,
    );
  });

  it('is not sent for an account without a journal', async () => {
    await continueOrder();
    expect([world.effects.count(CALL), world.azure.journals.size]).toEqual([0, 0]);
  });

  it('is not sent once another instance has carried it out meanwhile', async () => {
    await saveJournal({ delegationOrder: order });
    let saves = 0;
    world.effects.before = async ({ name }) => {
      if (name !== 'save' || (saves += 1) > 1) return;
      await saveJournal({ delegationOrder: null, delegationRevokedAt: start });
    };
    await continueOrder();
    expect(world.effects.count(CALL)).toBe(0);
    expect(await world.journal()).toMatchObject({ delegationOrder: null, delegationRevokedAt: start });
  });
});

describe('an instance that was frozen for an hour', () => {
  it('does not move the mark of a request in flight back', async () => {
    await saveJournal({ delegationOrder: { ...order, lastError: 'told to fail' } });
    const inFlight = addSeconds(start, 3600 + 130);
    let reads = 0;
    world.effects.before = async ({ name }) => {
      if (name !== 'load' || (reads += 1) > 1) return;
      world.pass(3600);
      await saveJournal({
        delegationOrder: { ...order, lastError: 'told to fail' },
        delegationRevokedAt: inFlight,
      });
    };
    let mark: Date | null = null;
    world.effects.after = async ({ name }) => {
      if (name === CALL) mark = (await world.journal()).delegationRevokedAt;
    };
    await continueOrder();
    expect(mark).toEqual(addSeconds(inFlight, 1));
  });
});

describe('the mark of a request', () => {
  it.each([
    ['none is known', null, 130],
    ['the known one is earlier', 129, 130],
    ['the known one is the same', 130, 131],
    ['the known one is later', 140, 141],
    ['the known one is an hour later', 3730, 3731],
    ['the known one comes from a wrong clock', 3731, 130],
  ])('is later than every request’s before, on a whole second: %s', (_, known, mark) => {
    const delegationRevokedAt = known === null ? null : addSeconds(start, known);
    expect(nextMark(someJournal({ delegationRevokedAt }), addSeconds(start, 9.4), 120)).toEqual(
      addSeconds(start, mark),
    );
  });
});

describe('what the timer continues', () => {
  const heldUp = { event: 'revocation held up', reason: 'Error' };

  it('goes on with the next account, and with proofs, after a failure', async () => {
    const archive = account({ name: 'archive', rotation: world.media.rotation });
    await saveJournal({ delegationOrder: order });
    const { deaths } = world.ports.rotation;
    const listed: string[] = [];
    deaths.order = () => Promise.reject(new Error('down'));
    deaths.list = (name) => {
      listed.push(name);
      return name === 'media' ? Promise.reject(new Error('down')) : Promise.resolve([]);
    };
    await continueRevocations(world.ports, [world.media, archive]);
    expect(listed.toSorted()).toEqual(['archive', 'media']);
    expect(world.logs).toEqual([
      { ...heldUp, account: 'media' },
      { ...heldUp, account: 'media' },
    ]);
  });

  it('is only proofs for an account that is not rotated', async () => {
    const unrotated = { ...world.media, rotation: null };
    const reads = world.effects.count('load');
    await continueRevocations(world.ports, [unrotated]);
    expect([world.effects.count('load') - reads, world.logs]).toEqual([0, []]);
  });
});
