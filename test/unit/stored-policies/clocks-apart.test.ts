import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { confirmPolicy } from '../../../shared/issuing/token-policy.ts';
import { ensureManagedPolicy } from '../../../shared/stored-policies/managed-policies.ts';
import { ledgerKey } from '../../../shared/stored-policies/policy-ledger.ts';
import { putPolicy } from '../../../shared/stored-policies/put-policy.ts';
import type { StoredPolicy } from '../../../shared/stored-policies/stored-policy.ts';
import { sweepPolicies } from '../../../shared/stored-policies/sweep-policies.ts';
import { account } from '../../fakes/configuration.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { memoryPolicyKeeper, storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { codeOf, place, start } from './two-hosts.ts';

const policy = storedPolicy({ permissions: 'r' });
const put = (parts: Partial<StoredPolicy>) => putPolicy({ ...policy, ...parts }, 'local/otto');

/** Two hosts; the clock of `other` is `ahead` seconds ahead of that of `one`. */
function hosts(ahead: number, policies: StoredPolicy[] = []) {
  const audit = memoryAuditLog();
  const began = performance.now();
  let passed = 0;
  const clock = (seconds: number) => () =>
    new Date(start.getTime() + performance.now() - began + (passed + seconds) * 1000);
  const one = memoryPolicyKeeper(audit, clock(0));
  const other = memoryPolicyKeeper(audit, clock(ahead), one);
  one.policies.make(place, { policies });
  const replace = one.policies.replace.bind(one.policies);
  return {
    one,
    other,
    pass: (seconds: number) => (passed += seconds),
    deadline: (keeper: { clock: () => Date }, seconds: number) => addSeconds(keeper.clock(), seconds),
    list: () => one.policies.lists.get('media/blob/photos')!.policies,
    /** Runs `work` once, when a host has the lease on the place and is about to replace its policies. */
    beforeReplacing: (work: () => Promise<void>) => {
      one.policies.replace = async (where, list) => {
        one.policies.replace = replace;
        await work();
        await replace(where, list);
      };
    },
  };
}

describe.each([-60, 600])('two hosts whose clocks are %i seconds apart', (ahead) => {
  it('lose no change', async () => {
    const { one, other, list, deadline, beforeReplacing } = hosts(ahead);
    let second = '';
    beforeReplacing(async () => {
      second = await codeOf(other.changes.apply(place, put({ id: 'b' }), deadline(other, 0.3)));
    });
    expect(await codeOf(one.changes.apply(place, put({ id: 'a' }), deadline(one, 10)))).toBe('none');
    expect(second).toBe('conflict');
    expect(await codeOf(other.changes.apply(place, put({ id: 'b' }), deadline(other, 10)))).toBe('none');
    expect(list().map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('do not widen a policy with a live token', async () => {
    const { one, other, deadline, beforeReplacing } = hosts(ahead, [policy]);
    let token = '';
    beforeReplacing(async () => {
      // Host `one` has already looked for rows, so it does not see this one.
      one.uses.add(place, policy.id, deadline(one, 600));
      token = await codeOf(confirmPolicy(other, { place, policy }, deadline(other, 0.3)));
    });
    const widening = one.changes.apply(place, put({ permissions: 'rwdl' }), deadline(one, 10));
    expect(await codeOf(widening)).toBe('none');
    expect(token).toBe('storage_unavailable');
  });

  it('take over a lease once they have known it for as long as it lasts', async () => {
    const { one, other, pass, deadline } = hosts(ahead);
    one.policies.failing = 'replace';
    expect(await codeOf(one.changes.apply(place, put({}), deadline(one, 10)))).toBe('storage_unavailable');
    one.policies.failing = null;
    const change = () => codeOf(other.changes.apply(place, put({ id: 'b' }), deadline(other, 0.3)));
    pass(3600);
    // This host sees the lease for the first time, and cannot know how old it is.
    expect(await change()).toBe('conflict');
    pass(15);
    expect(await change()).toBe('conflict');
    pass(5);
    expect(await change()).toBe('none');
  });
});

describe('a token that has expired by the clock of a host that is a minute ahead', () => {
  const rotation = { every: 30 * 86_400, takeOver: true, overlap: 60, settle: 120, clockSkew: 120 };
  const media = account({ rotation });
  const here = { ...place, account: media };
  const wanted = { grant: 'g', permissions: 'r' };

  it('keeps its managed policy until clockSkew has passed', async () => {
    const { one, other, pass, deadline, list } = hosts(60);
    const { id } = await ensureManagedPolicy(one, here, wanted, deadline(one, 5));
    one.uses.add(here, id, deadline(one, 900));
    pass(850);
    const sweep = () => sweepPolicies(other, new Map([['media', media]]), 10, () => undefined);
    const row = one.ledgers.rows.get(ledgerKey(here));
    await sweep();
    // The sweep does not even take a lease on the place, which it would do at every tick.
    expect(one.ledgers.rows.get(ledgerKey(here))).toBe(row);
    // A host that needs a slot looks for live tokens as well.
    for (const grant of ['a', 'b', 'c', 'd'])
      await ensureManagedPolicy(other, here, { ...wanted, grant }, deadline(other, 5));
    const sixth = ensureManagedPolicy(other, here, { ...wanted, grant: 'e' }, deadline(other, 5));
    expect(await codeOf(sixth)).toBe('conflict');
    expect(list().map((kept) => kept.id)).toContain(id);
    pass(120);
    await sweep();
    expect(list().map((kept) => kept.id)).not.toContain(id);
  });

  it('keeps its policy from being widened', async () => {
    const { one, other, pass, deadline } = hosts(60, [policy]);
    one.uses.add(here, policy.id, deadline(one, 900));
    pass(850);
    const widen = () => codeOf(other.changes.apply(here, put({ permissions: 'rw' }), deadline(other, 5)));
    expect(await widen()).toBe('conflict');
    pass(120);
    expect(await widen()).toBe('none');
  });
});
