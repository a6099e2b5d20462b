import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { deletePolicy } from '../../../shared/stored-policies/delete-policy.ts';
import { type PolicyChange } from '../../../shared/stored-policies/policy-change.ts';
import { withPolicy } from '../../../shared/stored-policies/policy-state.ts';
import { ledgerKey } from '../../../shared/stored-policies/policy-ledger.ts';
import { putPolicy } from '../../../shared/stored-policies/put-policy.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { codeOf, place, start, twoHosts } from './two-hosts.ts';

/** Adds a second to what the policy holds: an edit that is lost is missed in the sum. */
const oneSecondMore: PolicyChange<undefined> = {
  blockedPolicies: ['counter'],
  async decide(state, _findUses, now) {
    const current = state.policies.find(({ id }) => id === 'counter')!;
    const next = { ...current, expiresAt: addSeconds(current.expiresAt!, 1) };
    return { state: withPolicy(state, next, now), events: [], toValue: () => undefined };
  },
};

describe('edits of one place', () => {
  it('of two hosts, 200 times at once, lose none and keep the public access level', async () => {
    const { one, other, list, deadline } = twoHosts([storedPolicy({ id: 'counter', expiresAt: start })]);
    // Slow enough that the hosts' edits overlap, and spread out so that each host makes many leases.
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

  it('that wait together cost few replacements', async () => {
    const { one, list, deadline } = twoHosts([storedPolicy({ id: 'counter', expiresAt: start })]);
    await Promise.all(Array.from({ length: 50 }, () => one.changes.apply(place, oneSecondMore, deadline())));
    expect(list().policies[0]?.expiresAt).toEqual(addSeconds(start, 50));
    expect(one.policies.replacements).toBeLessThan(5);
  });

  it('are refused one by one: what one may not, the next may', async () => {
    const { one, list, deadline } = twoHosts();
    const outcomes = await Promise.all([
      codeOf(one.changes.apply(place, deletePolicy('absent', 'local/otto'), deadline())),
      codeOf(
        one.changes.apply(place, putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto'), deadline()),
      ),
    ]);
    expect(outcomes).toEqual(['not_found', 'none']);
    expect(list().policies.map(({ id }) => id)).toEqual(['readers']);
  });

  it('are decided again where somebody outside the broker wrote in between', async () => {
    const { one, audit, list, deadline } = twoHosts();
    let hands = 1;
    one.policies.afterReplace = () => {
      if ((hands -= 1) < 0) return;
      one.policies.make(place, { policies: [storedPolicy({ id: 'portal', permissions: 'r' })] });
    };
    await one.changes.apply(place, putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto'), deadline());
    expect(list().policies.map(({ id }) => id)).toEqual(['portal', 'readers']);
    expect(audit.events.map(({ type }) => type)).toEqual(['policy-put']);
  });

  it('are told when they act, also where another hand came in between', async () => {
    const { one, deadline, clock } = twoHosts();
    let hands = 1;
    one.policies.afterReplace = () => {
      // It leaves what was put, and adds its own.
      if ((hands -= 1) >= 0) one.policies.make(place, { ...list(), policies: [...list().policies, portal] });
    };
    const list = () => one.policies.lists.get('media/blob/photos')!;
    const portal = storedPolicy({ id: 'portal', permissions: 'r' });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    const { usableAfter } = await one.changes.apply(place, put, deadline());
    expect(usableAfter?.getTime()).toBeGreaterThan(clock().getTime());
    const { ledger } = one.ledgers.rows.get(ledgerKey(place))!;
    expect(ledger.changed.map(({ id, at }) => [id, addSeconds(at, 30)])).toEqual([['readers', usableAfter]]);
  });

  it('count the 30 seconds from when storage took them', async () => {
    const { one, audit, deadline, forward } = twoHosts();
    let taken = 0;
    const append = audit.appendEvent.bind(audit);
    audit.appendEvent = async (...event) => {
      // The audit table takes its time: more than the clock's own steps.
      forward(3);
      taken = one.clock().getTime();
      await append(...event);
    };
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    const { usableAfter } = await one.changes.apply(place, put, deadline());
    expect(usableAfter?.getTime()).toBeGreaterThanOrEqual(taken + 30_000);
  });

  it('that delete are done where another hand came in between, and not absent', async () => {
    const { one, audit, deadline, list } = twoHosts([storedPolicy()]);
    let hands = 1;
    one.policies.afterReplace = () => {
      if ((hands -= 1) >= 0) one.policies.make(place, { policies: [storedPolicy({ id: 'portal' })] });
    };
    expect(await codeOf(one.changes.apply(place, deletePolicy('readers', 'local/otto'), deadline()))).toBe(
      'none',
    );
    expect(list().policies.map(({ id }) => id)).toEqual(['portal']);
    expect(audit.events).toHaveLength(1);
  });

  it('are recorded where another hand makes a change of what was none', async () => {
    const readers = storedPolicy({ permissions: 'rl' });
    const { one, audit, deadline, list } = twoHosts([readers]);
    let replacements = 0;
    one.policies.afterReplace = () => {
      if ((replacements += 1) !== 2) return;
      one.policies.make(place, { policies: [{ ...readers, permissions: 'l' }] });
    };
    // The last two wait for the first, and are done under one lease.
    const edits = [storedPolicy({ id: 'first' }), readers, storedPolicy({ id: 'other' })].map((policy) =>
      one.changes.apply(place, putPolicy(policy, `local/${policy.id}`), deadline()),
    );
    await Promise.all(edits);
    expect(list().policies.map(({ id, permissions }) => [id, permissions])).toEqual([
      ['readers', 'rl'],
      ['other', ''],
    ]);
    const [event] = audit.events.filter(({ actor }) => actor === 'local/readers');
    expect(event?.detail).toContain(
      'readers now has permissions rl, no expiry; before, it had permissions l',
    );
  });

  it('are recorded with what they really replaced', async () => {
    const { one, audit, deadline } = twoHosts([storedPolicy({ permissions: 'r' })]);
    let hands = 1;
    one.policies.afterReplace = () => {
      if ((hands -= 1) < 0) return;
      one.policies.make(place, { policies: [storedPolicy({ permissions: 'rwdl' })] });
    };
    await one.changes.apply(place, putPolicy(storedPolicy({ permissions: 'rl' }), 'local/otto'), deadline());
    expect(audit.events.map(({ detail }) => detail.split('before, it had ')[1])).toEqual([
      'permissions r, no expiry',
      'permissions rwdl, no expiry',
    ]);
  });

  it('that cancel each other are each recorded', async () => {
    const { one, audit, deadline, list } = twoHosts();
    const edits: PolicyChange<unknown>[] = [
      putPolicy(storedPolicy({ id: 'first', permissions: 'l' }), 'local/otto'),
      // These two wait for it, and are done under one lease.
      putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto'),
      deletePolicy('readers', 'local/olga'),
    ];
    await Promise.all(edits.map((edit) => one.changes.apply(place, edit, deadline())));
    expect(one.policies.replacements).toBe(1);
    expect(list().policies.map(({ id }) => id)).toEqual(['first']);
    expect(audit.events.map(({ actor }) => actor)).toEqual(['local/otto', 'local/otto', 'local/olga']);
  });

  it('are decided again where another hand changed the public access level alone, which stays', async () => {
    const { one, deadline, list } = twoHosts();
    const decided: boolean[] = [];
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    const edit: typeof put = {
      ...put,
      decide(state, uses, now, again) {
        decided.push(again);
        return put.decide(state, uses, now, again);
      },
    };
    let hands = 1;
    one.policies.afterReplace = () => {
      if ((hands -= 1) >= 0) one.policies.make(place, { ...list(), publicAccess: null });
    };
    await one.changes.apply(place, edit, deadline());
    expect(decided).toEqual([false, true]);
    expect(list().publicAccess).toBeNull();
  });

  it('end in a conflict where somebody outside keeps writing', async () => {
    const { one, deadline } = twoHosts();
    one.policies.afterReplace = () => one.policies.make(place, { policies: [] });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('conflict');
    // Each replacement was answered: nothing of it can land any more, and nobody need wait.
    expect(one.ledgers.rows.get(ledgerKey(place))?.ledger.lease).toBeNull();
  });

  it('are not done without their event', async () => {
    const { one, audit, list, deadline } = twoHosts();
    audit.failWith('refuse');
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('audit_unavailable');
    expect(list().policies).toEqual([]);
    audit.failWith(null);
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('none');
  });
});
