import { expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { ensureManagedPolicy } from '../../../shared/stored-policies/managed-policies.ts';
import { ledgerKey } from '../../../shared/stored-policies/policy-ledger.ts';
import type { PolicyList } from '../../../shared/stored-policies/stored-policy.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { codeOf, place, start, twoHosts } from './two-hosts.ts';

/** A host whose reads of a list wait until they are released, in order. */
function setUp() {
  const { one } = twoHosts();
  const sent: (() => void)[] = [];
  const read = one.policies.read.bind(one.policies);
  one.policies.read = async (at): Promise<PolicyList> => {
    // What storage returns is settled when it gets the request.
    const list = await read(at);
    await new Promise<void>((resolve) => sent.push(resolve));
    return list;
  };
  const until = addSeconds(start, 5);
  const ask = (deadline = until) => one.reads.readPolicies(place, deadline);
  const isSent = (count: number) => expect.poll(() => sent.length).toBe(count);
  return { one, sent, ask, isSent, until };
}

it('callers that ask at the same time share one read', async () => {
  const { ask, sent, isSent } = setUp();
  const asked = [ask(), ask(), ask()];
  await isSent(1);
  sent[0]!();
  const lists = await Promise.all(asked);
  expect(new Set(lists).size).toBe(1);
});

it('a caller never gets what was read before it asked', async () => {
  const { one, ask, sent, isSent } = setUp();
  const early = ask();
  await isSent(1);
  one.policies.make(place, { policies: [storedPolicy()] });
  const late = ask();
  await isSent(2);
  for (const release of sent) release();
  expect((await early).policies).toEqual([]);
  expect((await late).policies).toEqual([storedPolicy()]);
});

it('callers with other deadlines or places do not share a read', async () => {
  const { one, ask, isSent, until } = setUp();
  one.policies.make({ ...place, name: 'other' });
  void ask();
  void ask(addSeconds(until, 1));
  void one.reads.readPolicies({ ...place, name: 'other' }, until);
  await isSent(3);
});

it('a read that fails fails for those who share it, and the next is sent again', async () => {
  const { one, sent, ask, isSent } = setUp();
  one.policies.failing = 'read';
  expect(await Promise.all([codeOf(ask()), codeOf(ask())])).toEqual([
    'storage_unavailable',
    'storage_unavailable',
  ]);
  one.policies.failing = null;
  const again = ask();
  await isSent(1);
  sent[0]!();
  expect((await again).policies).toEqual([]);
});

it('a policy that the list has and the ledger had not yet is found, although no slot is free', async () => {
  const { one, other, deadline } = twoHosts(['a', 'b', 'c', 'd'].map((id) => storedPolicy({ id })));
  const ask = (host: typeof one) =>
    ensureManagedPolicy(host, place, { grant: 'g', permissions: 'r' }, deadline());
  const before = { ledger: { lease: null, managed: [], changed: [] }, etag: null };
  const made = await ask(other);
  const load = one.ledgers.load.bind(one.ledgers);
  let loads = 0;
  // The other host recorded its policy after this host had loaded the ledger, and before it read the list.
  one.ledgers.load = (key) => ((loads += 1) === 1 ? Promise.resolve(before) : load(key));
  expect(await ask(one)).toEqual(made);
  expect(one.ledgers.rows.get(ledgerKey(place))?.ledger.managed).toHaveLength(1);
});
