import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { ledgerKey } from '../../../shared/stored-policies/policy-ledger.ts';
import { sweepPolicies } from '../../../shared/stored-policies/sweep-policies.ts';
import { deleteBy, storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { codeOf, place, twoHosts } from './two-hosts.ts';

const kept = storedPolicy({ permissions: 'l' });

async function setUp() {
  const { one, list, deadline, forward } = twoHosts([kept]);
  const deleteIt = (id = kept.id) => codeOf(one.changes.apply(place, deleteBy('local/olga', id), deadline()));
  const deaths = () => one.deaths.list('media');
  const isThere = () => list().policies.some(({ id }) => id === kept.id);
  return { one, forward, deleteIt, deaths, isThere };
}

describe('the death of a policy that an operator deletes', () => {
  it('is recorded before storage is told to delete it', async () => {
    const { one, deleteIt, deaths } = await setUp();
    const order = one.deaths.order.bind(one.deaths);
    const sent: number[] = [];
    one.deaths.order = (death) => (sent.push(one.policies.replacements), order(death));
    expect(await deleteIt()).toBe('none');
    expect(sent).toEqual([0]);
    const dead = { what: 'policy', service: 'blob', place: 'photos', policy: 'readers' };
    const by = { by: 'local/olga', byName: 'Olga', reason: 'leaked' };
    expect(await deaths()).toMatchObject([
      { id: 'policy-readers', account: 'media', dead, order: by, proof: null },
    ]);
  });

  it.each(['replace', 'lose'] as const)(
    'stays if storage may have deleted it without an answer (%s)',
    async (failing) => {
      const { one, deleteIt, deaths } = await setUp();
      one.policies.failing = failing;
      expect(await deleteIt()).toBe('storage_unavailable');
      expect(await deaths()).toHaveLength(1);
    },
  );

  it('is taken back if storage rejects the deletion', async () => {
    const { one, deleteIt, deaths, isThere } = await setUp();
    one.policies.failing = 'refuse';
    expect(await deleteIt()).toBe('invalid_request');
    expect([await deaths(), isThere()]).toEqual([[], true]);
  });

  it.each([
    ['is taken back if something outside the broker puts the policy back each time', [kept], 'conflict', 0],
    ['stays if something outside the broker adds others at the same time', [], 'none', 1],
  ])('%s', async (_, back, code, count) => {
    const { one, deleteIt, deaths } = await setUp();
    let others = 0;
    one.policies.afterReplace = () => {
      const other = storedPolicy({ id: `other-${(others += 1)}` });
      one.policies.make(place, { policies: [...back, other], publicAccess: 'blob' });
    };
    expect(await deleteIt()).toBe(code);
    expect(await deaths()).toHaveLength(count);
  });

  it('must be recorded, or nothing is deleted', async () => {
    const { one, deleteIt, deaths, isThere } = await setUp();
    one.deaths.failing = new BrokerError('storage_unavailable', 'Told to fail.');
    expect(await deleteIt()).toBe('storage_unavailable');
    one.deaths.failing = null;
    expect([await deaths(), isThere(), one.policies.replacements]).toEqual([[], true, 0]);
  });

  it('is not recorded for a policy that does not exist', async () => {
    const { deleteIt, deaths } = await setUp();
    expect(await deleteIt('absent')).toBe('not_found');
    expect(await deaths()).toEqual([]);
  });

  it('is not recorded for the sweep of an unused policy', async () => {
    const { one, forward, deaths } = await setUp();
    const managed = storedPolicy({ id: 'sb-aaaaaaaaaaaaaaaa', permissions: 'r' });
    one.policies.make(place, { policies: [managed] });
    const created = { id: managed.id, grant: 'g', permissions: 'r', createdAt: one.clock() };
    const key = ledgerKey(place);
    const { ledger, etag } = await one.ledgers.load(key);
    await one.ledgers.save(key, { ...ledger, managed: [created] }, etag);
    forward(3600);
    await sweepPolicies(one, new Map([['media', place.account]]), 5, () => undefined);
    expect(one.policies.lists.get('media/blob/photos')?.policies).toEqual([]);
    expect(await deaths()).toEqual([]);
  });
});
