import { beforeEach, describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { recordAnswer } from '../../../shared/revocation/delegation-answer.ts';
import type { DelegationRevocation } from '../../../shared/rotation/managed-keys.ts';
import type { DelegationOrder, RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { REQUEST_DEADLINE, revocationWorld, start } from './revocation-world.ts';

const DEATH = 'delegation-keys-aaaaaaaaaaaaaaaa';
const mark = addSeconds(start, 130);
const order: DelegationOrder = {
  death: DEATH,
  by: 'local/otto',
  byName: null,
  reason: 'leaked',
  at: start,
  revokedAtBefore: null,
  mayHaveLanded: false,
  lastError: null,
};
const DONE: DelegationRevocation = { outcome: 'done' };
const TURNED_DOWN: DelegationRevocation = { outcome: 'turned-down', reason: 'no' };
const HELD_UP: DelegationRevocation = {
  outcome: 'held-up',
  reason: 'busy',
  retryAt: null,
  mayHaveLanded: false,
};

let world: ReturnType<typeof revocationWorld>;

beforeEach(() => {
  world = revocationWorld();
});

/** Records the answer to the request with `mark`, while the journal is another; null: someone removed it. */
async function record(
  answer: DelegationRevocation,
  parts: Partial<RotationJournal> | null,
  earlierMark: Date | null = null,
) {
  const { rotation } = world.ports;
  const { death: id, at, by, byName, reason } = order;
  await rotation.deaths.order(
    {
      id,
      account: 'media',
      dead: { what: 'delegation-keys', before: mark, settled: false },
      order: { at, by, byName, reason },
    },
    addSeconds(start, 10),
  );
  if (parts !== null)
    await rotation.journals.save(
      someJournal({ delegationOrder: order, delegationRevokedAt: mark, ...parts }),
      null,
    );
  const waits = rotationWaits(world.media, REQUEST_DEADLINE)!;
  const attempt = {
    account: world.media,
    waits,
    order,
    mark,
    until: addSeconds(start, 10),
    earlierMark,
  };
  const { outcome } = await recordAnswer(rotation, attempt, answer);
  const [death] = await world.deaths();
  return { outcome, journal: await world.journal(), death: death ?? null };
}

describe('an answer', () => {
  it.each([
    ['done', DONE, null, null],
    ['refused', TURNED_DOWN, null, null],
    ['running', HELD_UP, order.death, mark],
  ])('to the latest request decides the order: %s', async (outcome, answer, pending, revokedAt) => {
    const found = await record(answer, {});
    expect(found.outcome).toBe(outcome);
    expect(found.journal.delegationOrder?.death ?? null).toBe(pending);
    expect(found.journal.delegationRevokedAt).toEqual(answer === DONE ? start : revokedAt);
  });

  it.each([DONE, TURNED_DOWN, HELD_UP])(
    'to a request that another has followed changes neither order nor death: %j',
    async (answer) => {
      const later = { delegationRevokedAt: addSeconds(mark, 30) };
      const { outcome, journal, death } = await record(answer, later);
      expect(outcome).toBe('running');
      expect(journal).toMatchObject({ ...later, delegationOrder: order, outbox: [] });
      expect(death).not.toBeNull();
    },
  );

  it.each([
    [DONE, 'done'],
    [TURNED_DOWN, 'running'],
    [HELD_UP, 'running'],
  ] as const)('does not bring an order back that another request has ended: %j', async (answer, outcome) => {
    const found = await record(answer, { delegationOrder: null });
    expect(found).toMatchObject({ outcome, journal: { delegationOrder: null, outbox: [] } });
    expect(found.death).not.toBeNull();
  });

  it.each([DONE, TURNED_DOWN, HELD_UP])('fails if the journal is gone: %j', async (answer) => {
    await expect(record(answer, null)).rejects.toThrow('the journal of media is gone');
  });
});

describe('a request that was confirmed while an earlier one may take effect', () => {
  it('leaves a death that is not settled until the earlier one cannot any more', async () => {
    const earlier = addSeconds(start, 60);
    const { journal } = await record(DONE, {}, earlier);
    expect(journal.delegationRevokedAt).toEqual(earlier);
    const deaths = (await world.deaths()).map(({ id, dead }) => ({ id, ...dead }));
    expect(deaths).toEqual(
      expect.arrayContaining([
        { id: DEATH, what: 'delegation-keys', before: start, settled: true },
        { id: `${DEATH}-late`, what: 'delegation-keys', before: earlier, settled: false },
      ]),
    );
  });

  it.each([
    ['could not take effect after it', 0],
    ['has a mark that only a wrong clock can have set', 130],
  ])('leaves no other death if the earlier one %s', async (_, seconds) => {
    const { journal } = await record(DONE, {}, addSeconds(start, seconds));
    expect(journal.delegationRevokedAt).toEqual(start);
    expect((await world.deaths()).map(({ id }) => id)).toEqual([DEATH]);
  });
});

describe('a request that was held up', () => {
  const pause = addSeconds(start, 300);

  it.each([
    ['keeps the pause that another service asked for meanwhile', null, pause, pause],
    ['waits as long as it was asked to', addSeconds(start, 20), pause, addSeconds(start, 20)],
    ['waits for an hour at most', addSeconds(start, 3601), null, addSeconds(start, 3600)],
  ])('%s', async (_what, retryAt, notBefore, expected) => {
    const { journal } = await record({ ...HELD_UP, retryAt }, { notBefore });
    expect(journal.notBefore).toEqual(expected);
  });
});
