import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { type PolicyChange } from '../../../shared/stored-policies/policy-change.ts';
import { ledgerKey } from '../../../shared/stored-policies/policy-ledger.ts';
import { withPolicy } from '../../../shared/stored-policies/policy-state.ts';
import { putPolicy } from '../../../shared/stored-policies/put-policy.ts';
import { deleteBy, storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { codeOf, place, start, twoHosts } from './two-hosts.ts';

/** Moves the policy's expiry by a second, so that a lost change shows in the sum. */
const oneSecondMore: PolicyChange<undefined> = {
  blockedPolicies: ['counter'],
  async decide(state, _findUses, now) {
    const current = state.policies.find(({ id }) => id === 'counter')!;
    const next = { ...current, expiresAt: addSeconds(current.expiresAt!, 1) };
    return { state: withPolicy(state, next, now), events: [], toValue: () => undefined };
  },
};

describe('changes of one place', () => {
  it('lose nothing and keep the public access level if two hosts make 200 at once', async () => {
    const { one, other, list, deadline } = twoHosts([storedPolicy({ id: 'counter', expiresAt: start })]);
    // Slow enough that the hosts' changes overlap, and spread out so that each host takes many leases.
    one.policies.delayMs = 5;
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        await pause((index % 50) * 10);
        await (index % 2 === 0 ? one : other).changes.apply(place, oneSecondMore, deadline());
      }),
    );
    expect(one.policies.replacements).toBeGreaterThan(10);
    expect(list().policies[0]?.expiresAt).toEqual(addSeconds(start, 200));
    expect(list().publicAccess).toBe('blob');
  });

  it('need few replacements if many wait at once', async () => {
    const { one, list, deadline } = twoHosts([storedPolicy({ id: 'counter', expiresAt: start })]);
    await Promise.all(Array.from({ length: 50 }, () => one.changes.apply(place, oneSecondMore, deadline())));
    expect(list().policies[0]?.expiresAt).toEqual(addSeconds(start, 50));
    expect(one.policies.replacements).toBeLessThan(5);
  });

  it('are refused one by one: a refused change does not stop the next', async () => {
    const { one, list, deadline } = twoHosts();
    const outcomes = await Promise.all([
      codeOf(one.changes.apply(place, deleteBy('local/otto', 'absent'), deadline())),
      codeOf(
        one.changes.apply(place, putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto'), deadline()),
      ),
    ]);
    expect(outcomes).toEqual(['not_found', 'none']);
    expect(list().policies.map(({ id }) => id)).toEqual(['readers']);
  });

  it('are decided again if something outside the broker writes in between', async () => {
    const { one, audit, list, deadline } = twoHosts();
    let writesLeft = 1;
    one.policies.afterReplace = () => {
      if ((writesLeft -= 1) < 0) return;
      one.policies.make(place, { policies: [storedPolicy({ id: 'portal', permissions: 'r' })] });
    };
    await one.changes.apply(place, putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto'), deadline());
    expect(list().policies.map(({ id }) => id)).toEqual(['portal', 'readers']);
    expect(audit.events.map(({ type }) => type)).toEqual(['policy-put']);
  });

  it('report when they apply, even if something outside the broker writes in between', async () => {
    const { one, deadline, clock } = twoHosts();
    let writesLeft = 1;
    one.policies.afterReplace = () => {
      // It leaves the new policy and adds its own.
      if ((writesLeft -= 1) >= 0)
        one.policies.make(place, { ...list(), policies: [...list().policies, portal] });
    };
    const list = () => one.policies.lists.get('media/blob/photos')!;
    const portal = storedPolicy({ id: 'portal', permissions: 'r' });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    const { usableAfter } = await one.changes.apply(place, put, deadline());
    expect(usableAfter?.getTime()).toBeGreaterThan(clock().getTime());
    const { ledger } = one.ledgers.rows.get(ledgerKey(place))!;
    expect(ledger.changed.map(({ id, at }) => [id, addSeconds(at, 30)])).toEqual([['readers', usableAfter]]);
  });

  it('count the 30 seconds from when storage accepted them', async () => {
    const { one, audit, deadline, forward } = twoHosts();
    let recordedAt = 0;
    const append = audit.appendEvent.bind(audit);
    audit.appendEvent = async (...event) => {
      // The audit table is slow: the delay is longer than the clock's own steps.
      forward(3);
      recordedAt = one.clock().getTime();
      await append(...event);
    };
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    const { usableAfter } = await one.changes.apply(place, put, deadline());
    expect(usableAfter?.getTime()).toBeGreaterThanOrEqual(recordedAt + 30_000);
  });

  it('that delete a policy succeed if something outside the broker deletes it in between', async () => {
    const { one, audit, deadline, list } = twoHosts([storedPolicy()]);
    let writesLeft = 1;
    one.policies.afterReplace = () => {
      if ((writesLeft -= 1) >= 0) one.policies.make(place, { policies: [storedPolicy({ id: 'portal' })] });
    };
    expect(await codeOf(one.changes.apply(place, deleteBy('local/otto', 'readers'), deadline()))).toBe(
      'none',
    );
    expect(list().policies.map(({ id }) => id)).toEqual(['portal']);
    expect(audit.events).toHaveLength(1);
  });

  it('are recorded if a write from outside makes a difference where there was none', async () => {
    const readers = storedPolicy({ permissions: 'rl' });
    const { one, audit, deadline, list } = twoHosts([readers]);
    let replacements = 0;
    one.policies.afterReplace = () => {
      if ((replacements += 1) !== 2) return;
      one.policies.make(place, { policies: [{ ...readers, permissions: 'l' }] });
    };
    // The last two wait for the first, and are made under one lease.
    const changes = [storedPolicy({ id: 'first' }), readers, storedPolicy({ id: 'other' })].map((policy) =>
      one.changes.apply(place, putPolicy(policy, `local/${policy.id}`), deadline()),
    );
    await Promise.all(changes);
    expect(list().policies.map(({ id, permissions }) => [id, permissions])).toEqual([
      ['readers', 'rl'],
      ['other', ''],
    ]);
    const [event] = audit.events.filter(({ actor }) => actor === 'local/readers');
    expect(event?.detail).toContain(
      'readers now has permissions rl, no expiry; before, it had permissions l',
    );
  });

  it('are recorded with what they actually replaced', async () => {
    const { one, audit, deadline } = twoHosts([storedPolicy({ permissions: 'r' })]);
    let writesLeft = 1;
    one.policies.afterReplace = () => {
      if ((writesLeft -= 1) < 0) return;
      one.policies.make(place, { policies: [storedPolicy({ permissions: 'rwdl' })] });
    };
    await one.changes.apply(place, putPolicy(storedPolicy({ permissions: 'rl' }), 'local/otto'), deadline());
    expect(audit.events.map(({ detail }) => detail.split('before, it had ')[1])).toEqual([
      'permissions r, no expiry',
      'permissions rwdl, no expiry',
    ]);
  });

  it('are each recorded even if they cancel each other out', async () => {
    const { one, audit, deadline, list } = twoHosts();
    const changes: PolicyChange<unknown>[] = [
      putPolicy(storedPolicy({ id: 'first', permissions: 'l' }), 'local/otto'),
      // These two wait for the first, and are made under one lease.
      putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto'),
      deleteBy('local/olga', 'readers'),
    ];
    await Promise.all(changes.map((change) => one.changes.apply(place, change, deadline())));
    expect(one.policies.replacements).toBe(1);
    expect(list().policies.map(({ id }) => id)).toEqual(['first']);
    expect(audit.events.map(({ actor }) => actor)).toEqual(['local/otto', 'local/otto', 'local/olga']);
  });

  it('are decided again if something outside the broker changes only the public access level, which is kept', async () => {
    const { one, deadline, list } = twoHosts();
    const retries: boolean[] = [];
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    const watched: typeof put = {
      ...put,
      decide(state, findUses, now, isRetry) {
        retries.push(isRetry);
        return put.decide(state, findUses, now, isRetry);
      },
    };
    let writesLeft = 1;
    one.policies.afterReplace = () => {
      if ((writesLeft -= 1) >= 0) one.policies.make(place, { ...list(), publicAccess: null });
    };
    await one.changes.apply(place, watched, deadline());
    expect(retries).toEqual([false, true]);
    expect(list().publicAccess).toBeNull();
  });

  it('end in a conflict if something outside the broker keeps writing', async () => {
    const { one, deadline } = twoHosts();
    one.policies.afterReplace = () => one.policies.make(place, { policies: [] });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('conflict');
    // Each replacement got a reply: none can take effect later, so nobody has to wait.
    expect(one.ledgers.rows.get(ledgerKey(place))?.ledger.lease).toBeNull();
  });

  it('are not made without their event', async () => {
    const { one, audit, list, deadline } = twoHosts();
    audit.failWith('refuse');
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('audit_unavailable');
    expect(list().policies).toEqual([]);
    audit.failWith(null);
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('none');
  });
});
