import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_POLICIES } from '../../../shared/azure/limits.ts';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { ensureManagedPolicy } from '../../../shared/stored-policies/managed-policies.ts';
import { findSlotConflict } from '../../../shared/stored-policies/managed-slots.ts';
import { ledgerKey } from '../../../shared/stored-policies/policy-ledger.ts';
import { putPolicy } from '../../../shared/stored-policies/put-policy.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { place, start, twoHosts } from './two-hosts.ts';

const full =
  'No slot for a stored access policy is free here, so the token cannot be revocable. Try again later, or ask an operator to free a slot.';
const atLimit = (grant: string, allowed: string) =>
  `Grant ${grant} already holds as many stored access policies here as it may, so the token cannot be revocable. One grant may hold ${allowed} for revocable tokens here. Request the same permissions as an earlier revocable token, or try again once those tokens have expired.`;

/** Each word is one policy: in storage (`own`), of a grant (`g`, `h`), or of a grant but only in the ledger (`-g`). */
function stateOf(words: string) {
  const entries = words
    .split(' ')
    .filter((word) => word !== '')
    .map((word, index) => ({ word, id: `id-${index}` }));
  return {
    policies: entries.filter(({ word }) => !word.startsWith('-')).map(({ id }) => storedPolicy({ id })),
    managed: entries
      .filter(({ word }) => word !== 'own')
      .map(({ word, id }) => ({ id, grant: word.replace('-', ''), permissions: 'r', createdAt: start })),
  };
}

const conflictOf = (words: string, max: number) =>
  findSlotConflict(stateOf(words), 'g', max)?.message ?? null;

describe('a grant', () => {
  it.each<[string, number, string | null]>([
    ['', 2, null],
    ['g', 2, null],
    ['g', 1, atLimit('g', '1 stored access policy')],
    ['g g', 2, atLimit('g', '2 stored access policies')],
    ['g g', 3, null],
    ['g h h own', 2, null],
    ['g -g -g', 2, null],
    ['own own own own own', 2, full],
    ['g h h own own', 2, full],
    ['-g h h own own own', 2, full],
    // Its own limit is what the caller can do something about.
    ['g g h h own', 2, atLimit('g', '2 stored access policies')],
    ['g g g g g', 5, atLimit('g', '5 stored access policies')],
  ])('beside "%s" with a limit of %d', (words, max, message) => {
    expect(conflictOf(words, max)).toBe(message);
  });

  it('never holds more than its limit, and is refused only at its limit or without a free slot', () => {
    const word = fc.constantFrom('g', 'h', 'own', '-g');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.integer({ min: 1, max: 5 }), (words, max) => {
        const held = words.filter((one) => one === 'g').length;
        const stored = words.filter((one) => one !== '-g').length;
        const isRefused = conflictOf(words.join(' '), max) !== null;
        expect(isRefused).toBe(held >= max || stored >= MAX_POLICIES);
      }),
    );
  });
});

describe('revocable tokens of one grant', () => {
  const setUp = () => {
    const hosts = twoHosts();
    const ask = (host: 'one' | 'other', permissions: string, grant = 'g') =>
      ensureManagedPolicy(hosts[host], place, { grant, permissions }, hosts.deadline());
    return { ...hosts, ask, letters: () => hosts.list().policies.map(({ permissions }) => permissions) };
  };

  it('are refused beyond its limit by a conflict that names no policy and no other grant', async () => {
    const { ask, list } = setUp();
    await ask('one', 'r', 'neighbour');
    await ask('one', 'r');
    await ask('one', 'l');
    const refusal = (await ask('one', 'rl').catch((error: unknown) => error)) as BrokerError;
    expect(refusal).toMatchObject({
      code: 'conflict',
      message: atLimit('g', '2 stored access policies'),
      members: {},
      errors: [],
    });
    expect(list().policies).toHaveLength(3);
    for (const { id } of list().policies) expect(refusal.message).not.toContain(id);
    expect(refusal.message).not.toContain('neighbour');
    // Letters that it holds a policy for need no further one.
    await ask('other', 'l');
    await ask('other', 'rl', 'neighbour');
    expect(list().policies).toHaveLength(4);
  });

  it('do not exceed its limit if several letters are requested on two hosts at once', async () => {
    const { ask, letters, one } = setUp();
    const wanted = ['r', 'l', 'rl', 'w', 'c', 'd'];
    const outcomes = await Promise.allSettled(
      wanted.map((permissions, index) => ask(index % 2 === 0 ? 'one' : 'other', permissions)),
    );
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as BrokerError).message] : [],
    );
    expect(refused).toEqual(Array<string>(4).fill(atLimit('g', '2 stored access policies')));
    expect(letters()).toHaveLength(2);
    expect(one.ledgers.rows.get(ledgerKey(place))?.ledger.managed).toHaveLength(2);
  });

  it('get the slot of a policy of the grant that no live token uses, even if others are free', async () => {
    const { ask, letters, forward, one, clock } = setUp();
    const used = await ask('one', 'r');
    await ask('one', 'l');
    one.uses.add(place, used.id, new Date(clock().getTime() + 3_600_000));
    forward(200);
    await ask('one', 'rl');
    expect(letters()).toEqual(['r', 'rl']);
  });

  it('do not keep an operator from putting a policy', async () => {
    const { ask, one, deadline, letters } = setUp();
    await ask('one', 'r');
    await ask('one', 'l');
    const put = (id: string) => putPolicy(storedPolicy({ id, permissions: 'w' }), 'local/otto');
    for (const id of ['a', 'b', 'c']) await one.changes.apply(place, put(id), deadline());
    expect(letters()).toEqual(['r', 'l', 'w', 'w', 'w']);
  });
});

it('if all slots are in use, an operator learns which policies and grants hold them, and a caller does not', async () => {
  const { one, deadline, list } = twoHosts([storedPolicy({ id: 'partners', permissions: 'r' })]);
  const ask = (grant: string, permissions: string) =>
    ensureManagedPolicy(one, place, { grant, permissions }, deadline());
  const refusalOf = async (work: Promise<unknown>) =>
    (await work.catch((error: unknown) => error)) as BrokerError;
  for (const grant of ['first-grant', 'second-grant'])
    for (const permissions of ['r', 'l']) await ask(grant, permissions);
  const ids = list().policies.map(({ id }) => id);

  const caller = await refusalOf(ask('third-grant', 'r'));
  expect(caller).toMatchObject({ code: 'conflict', message: full, members: {}, errors: [] });

  const put = putPolicy(storedPolicy({ id: 'own', permissions: 'r' }), 'local/otto');
  const operator = await refusalOf(one.changes.apply(place, put, deadline()));
  expect(operator.code).toBe('conflict');
  expect(operator.members['holders']).toEqual([
    { id: 'partners', managed: false, grant: null },
    { id: ids[1], managed: true, grant: 'first-grant' },
    { id: ids[2], managed: true, grant: 'first-grant' },
    { id: ids[3], managed: true, grant: 'second-grant' },
    { id: ids[4], managed: true, grant: 'second-grant' },
  ]);
  for (const name of [...ids, 'first-grant', 'second-grant']) expect(operator.message).toContain(name);
});
