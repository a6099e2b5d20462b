import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { AccountFacts } from '../../../shared/revocation/account-facts.ts';
import { knownGeneration, readLeverStates } from '../../../shared/revocation/lever-state.ts';
import { type Lever, policyGeneration, type PolicyLever } from '../../../shared/revocation/lever.ts';
import { TokenTally } from '../../../shared/revocation/token-tally.ts';
import type { PolicyPlace } from '../../../shared/stored-policies/stored-policy.ts';
import { account } from '../../fakes/configuration.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { memoryPolicyKeeper, storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { start } from './revocation-world.ts';

const on = { account: 'media' };
const role: Lever = { name: 'remove-role', on };
const delegation: Lever = { name: 'revoke-delegation-keys', on };
const key1: Lever = { name: 'regenerate-key', on: { ...on, key: 'key1' } };
const policyOf = (policy: string, container = 'photos', of = 'media'): PolicyLever => ({
  name: 'delete-policy',
  on: { account: of, service: 'blob', container, policy },
});

const facts: AccountFacts = {
  account: account(),
  waits: null,
  journal: someJournal(),
  deaths: [],
  clockSkew: 300,
};
const readers = storedPolicy({ id: 'readers', permissions: 'r' });
const writers = storedPolicy({ id: 'writers', permissions: 'w' });

/** Reads the states of levers of the account `media`; reports the places that were read and what was logged. */
async function statesOf(levers: readonly Lever[], failing = false) {
  const { policies } = memoryPolicyKeeper(memoryAuditLog(), () => start);
  const place = (name: string): PolicyPlace => ({ account: account(), service: 'blob', name });
  policies.make(place('photos'), { policies: [readers, writers] });
  policies.make(place('videos'), { policies: [storedPolicy({ ...readers, permissions: 'rl' })] });
  if (failing) policies.failing = 'read';
  const read: string[] = [];
  const logged: unknown[] = [];
  const ports = {
    policies: {
      policies: {
        read: (one: PolicyPlace) => {
          read.push(`${one.account.name}/${one.service}/${one.name}`);
          return policies.read(one);
        },
      },
    },
    rotation: { log: (event: string, fields: object) => void logged.push([event, fields]) },
  };
  const tallies = levers.map((lever) => ({
    lever,
    tally: new TokenTally(),
    delegators: new Set<string>(),
  }));
  const states = await readLeverStates(
    ports as unknown as Parameters<typeof readLeverStates>[0],
    tallies,
    new Map([['media', facts]]),
    addSeconds(start, 5),
  );
  return {
    states: states.map(({ lever, generation, isKnown }) => ({ lever, generation, isKnown })),
    read,
    logged,
  };
}

describe('the state of a lever', () => {
  it('is that of the key, of the user delegation keys, or of nothing for a role', async () => {
    const { hashes } = someJournal();
    const expected = [
      { lever: key1, generation: [[hashes.key1, false]] },
      { lever: delegation, generation: [null, []] },
      { lever: role, generation: null },
    ];
    for (const { lever, generation } of expected) expect(knownGeneration(lever, facts)).toEqual(generation);
    const { states, read } = await statesOf([key1, delegation, role]);
    expect(states).toEqual(expected.map((one) => ({ ...one, isKnown: true })));
    expect(read).toEqual([]);
  });

  it('is that of the policy which it names, at the place which it names', async () => {
    const levers = [policyOf('writers'), policyOf('readers'), policyOf('readers', 'videos')];
    const { states, read } = await statesOf(levers);
    expect(states).toEqual([
      { lever: levers[0], generation: policyGeneration(writers), isKnown: true },
      { lever: levers[1], generation: policyGeneration(readers), isKnown: true },
      { lever: levers[2], generation: [null, null, 'rl'], isKnown: true },
    ]);
    expect(read.sort()).toEqual(['media/blob/photos', 'media/blob/videos']);
  });

  it.each([
    ['policy', policyOf('unknown')],
    ['place', policyOf('readers', 'archive')],
  ])('is known to be gone if the %s does not exist', async (_name, lever) => {
    const { states, logged } = await statesOf([lever]);
    expect(states).toEqual([{ lever, generation: null, isKnown: true }]);
    expect(logged).toEqual([]);
  });

  it('is not known if the policies cannot be read, and the log says of which place', async () => {
    const { states, logged } = await statesOf([policyOf('readers'), key1], true);
    expect(states.map(({ isKnown }) => isKnown)).toEqual([false, true]);
    expect(states[0]?.generation).not.toEqual(policyGeneration(readers));
    expect(states[0]?.generation).not.toBeNull();
    expect(logged).toEqual([
      [
        'policies unread in a plan',
        { place: 'media/blob/photos', reason: expect.stringMatching(/./) as string },
      ],
    ]);
  });

  it('is left out, and not read, for an account that is not known', async () => {
    const strange: Lever = { name: 'remove-role', on: { account: 'archive' } };
    const { states, read, logged } = await statesOf([
      policyOf('readers', 'photos', 'archive'),
      strange,
      role,
    ]);
    expect(states).toEqual([{ lever: role, generation: null, isKnown: true }]);
    expect(read).toEqual([]);
    expect(logged).toEqual([]);
  });
});
