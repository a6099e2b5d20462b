import { describe, expect, it } from 'vitest';
import { keyIdOf } from '../../../shared/keys/key-hash.ts';
import { TokenFold } from '../../../shared/revocation/token-fold.ts';
import { MAX_COUNTED_CALLERS } from '../../../shared/revocation/token-tally.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { account } from '../../fakes/configuration.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { delegated, ofKey, planWorld } from './plan-world.ts';
import { REQUEST_DEADLINE, start, times } from './revocation-world.ts';

const media = account({ rotation: times });
const facts = {
  account: media,
  waits: rotationWaits(media, REQUEST_DEADLINE),
  journal: someJournal(),
  deaths: [],
  clockSkew: times.clockSkew,
};
const fold = (target = {}) => new TokenFold({ grant: 'read', ...target }, new Map([['media', facts]]), start);

/** Returns a page of tokens of as many callers and policies. */
const page = (from: number, size = 1000) =>
  Array.from({ length: size }, (_, index) =>
    ofKey('key1', {
      policy: `p${from + index}`,
      caller: { issuer: 'local', subject: `caller-${from + index}`, name: null },
    }),
  );

describe('the count of a plan', () => {
  it('counts every token, and keeps no more for many of them', () => {
    const counted = fold();
    const kept: number[][] = [];
    for (let from = 0; from < 20_000; from += 1000) {
      counted.take(page(from));
      kept.push([counted.tallyCount, counted.targeted.callerCount]);
    }
    expect(counted.targeted.targeted).toBe(20_000);
    expect(kept[0]).toEqual(kept.at(-1));
    expect(kept.at(-1)).toEqual([1001, MAX_COUNTED_CALLERS]);
    expect(counted.targeted.hasMoreCallers).toBe(true);
    const { levers, hasMore } = counted.levers();
    expect([levers.length, hasMore, counted.hasMorePolicies]).toEqual([100, true, true]);
    expect(levers.at(-1)).toMatchObject({ lever: { name: 'regenerate-key' } });
    expect(levers.at(-1)!.tally.targeted).toBe(20_000);
  });

  it('is exact for the first 1,000 callers, however late their other tokens come', () => {
    const counted = fold();
    counted.take(page(0));
    counted.take(page(5000));
    counted.take(Array.from({ length: 3 }, () => page(999, 1)[0]!));
    expect(counted.targeted.callers()[0]).toMatchObject({ subject: 'caller-999', tokens: 4 });
    expect(counted.targeted.callers()).toHaveLength(100);
  });

  it('distinguishes at most 50,000 callers for all levers together', () => {
    const counted = fold();
    for (let policy = 0; policy < 60; policy += 1)
      counted.take(page(0).map((token) => ({ ...token, policy: `p${policy}` })));
    const { levers } = counted.levers();
    expect(levers).toHaveLength(61);
    expect(levers.reduce((sum, { tally }) => sum + tally.callerCount, 0)).toBe(50_000);
  });

  it('lists 100 levers, half of them for policies, however many accounts there are', () => {
    const names = Array.from({ length: 60 }, (_, index) => `account${index}`);
    const counted = new TokenFold({ grant: 'read' }, new Map(names.map((name) => [name, facts])), start);
    for (const of of names)
      counted.take([ofKey('key1', { account: of }), ofKey('key2', { account: of, policy: 'p' })]);
    const { levers, hasMore } = counted.levers();
    const listed = levers.map(({ lever }) => lever.name);
    expect([listed.length, listed.filter((name) => name === 'delete-policy').length]).toEqual([100, 50]);
    expect(hasMore).toBe(true);
  });

  it('counts tokens of the target that are ordered to end without proof', () => {
    const order = { at: start, by: 'local/otto', byName: null, reason: 'leaked' };
    const keyId = keyIdOf(facts.journal.hashes.key1);
    const death = { id: 'one', account: 'media', dead: { what: 'key', keyId }, order, proof: null } as const;
    const counted = new TokenFold(
      { grant: 'read' },
      new Map([['media', { ...facts, deaths: [death] }]]),
      start,
    );
    counted.take([ofKey('key1'), ofKey('key1'), ofKey('key2'), ofKey('key1', { grant: 'write' })]);
    expect([counted.targeted.targeted, counted.unproved]).toEqual([3, 2]);
  });

  it('keeps ten of the identities that obtained user delegation keys', () => {
    const counted = fold();
    counted.take(Array.from({ length: 12 }, (_, index) => delegated({ delegator: `oid-${index}` })));
    expect(counted.levers().levers.map(({ lever, delegators }) => [lever.name, delegators.size])).toEqual([
      ['revoke-delegation-keys', 10],
      ['remove-role', 10],
    ]);
  });

  it('lists levers of one name by other tokens they end, then by those of the target, then by what they act on', () => {
    const counted = fold();
    const other = { grant: 'write' };
    counted.take(
      ['a', 'd', 'b', 'c', 'c']
        .map((policy) => ofKey('key1', { policy }))
        .concat(ofKey('key1', { policy: 'a', ...other })),
    );
    const policies = counted.levers().levers.slice(0, -1);
    expect(policies.map(({ lever }) => 'policy' in lever.on && lever.on.policy)).toEqual([
      'c',
      'b',
      'd',
      'a',
    ]);
  });

  it('says in the plan that there are more callers and policies than it lists', async () => {
    const world = planWorld();
    world.tokens.push(...page(0), ...page(1000));
    const plan = await world.plan({ grant: 'read' });
    expect(plan.tokens).toBe(2000);
    expect(plan.notes.join()).toContain('More than 1000 callers');
    expect(plan.notes.join()).toContain('more stored policies than the plan lists');
  });

  it('ignores tokens of accounts that are no longer configured', () => {
    const counted = fold();
    counted.take([ofKey('key1', { account: 'gone' })]);
    expect(counted.targeted.targeted).toBe(0);
  });
});
