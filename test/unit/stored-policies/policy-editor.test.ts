import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { deletePolicy } from '../../../shared/stored-policies/delete-policy.ts';
import { withPolicy, type PolicyEdit } from '../../../shared/stored-policies/policy-edit.ts';
import { ledgerKey, type PolicyLedger } from '../../../shared/stored-policies/policy-ledger.ts';
import { putPolicy } from '../../../shared/stored-policies/put-policy.ts';
import type { PolicyPlace, StoredPolicy } from '../../../shared/stored-policies/stored-policy.ts';
import { account } from '../../fakes/configuration.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { memoryPolicyKeeper, storedPolicy } from '../../fakes/memory-stored-policies.ts';

const start = new Date('2026-11-22T12:00:00Z');
const place: PolicyPlace = { account: account(), service: 'blob', name: 'photos' };

/** Two hosts on one storage and one state table. Time passes as it does, from `start`. */
function twoHosts(policies: StoredPolicy[] = []) {
  const audit = memoryAuditLog();
  const began = performance.now();
  let ahead = 0;
  const clock = () => new Date(start.getTime() + performance.now() - began + ahead * 1000);
  const one = memoryPolicyKeeper(audit, clock);
  const other = memoryPolicyKeeper(audit, clock, one);
  one.policies.make(place, { policies, publicAccess: 'blob' });
  const list = () => one.policies.lists.get('media/blob/photos')!;
  const deadline = (seconds = 5) => addSeconds(clock(), seconds);
  return { one, other, audit, clock, list, deadline, forward: (seconds: number) => (ahead += seconds) };
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof BrokerError ? error.code : String(error)),
  );

/** Adds a second to what the policy holds: an edit that is lost is missed in the sum. */
const oneSecondMore: PolicyEdit<undefined> = {
  endangers: ['counter'],
  async decide(state, _uses, now) {
    const current = state.policies.find(({ id }) => id === 'counter')!;
    const next = { ...current, expiresAt: addSeconds(current.expiresAt!, 1) };
    return { state: withPolicy(state, next, now), events: [], answer: () => undefined };
  },
};

describe('edits of one place', () => {
  it('of two hosts, 200 times at once, lose none and keep the public access level', async () => {
    const { one, other, list, deadline } = twoHosts([storedPolicy({ id: 'counter', expiresAt: start })]);
    // Slow enough that the hosts' edits overlap, and spread out so that each host makes many claims.
    one.policies.slowness = 5;
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        await pause((index % 50) * 10);
        await (index % 2 === 0 ? one : other).editor.edit(place, oneSecondMore, deadline());
      }),
    );
    expect(one.policies.replaced).toBeGreaterThan(10);
    expect(list().policies[0]?.expiresAt).toEqual(addSeconds(start, 200));
    expect(list().publicAccess).toBe('blob');
  });

  it('that wait together cost few replacements', async () => {
    const { one, list, deadline } = twoHosts([storedPolicy({ id: 'counter', expiresAt: start })]);
    await Promise.all(Array.from({ length: 50 }, () => one.editor.edit(place, oneSecondMore, deadline())));
    expect(list().policies[0]?.expiresAt).toEqual(addSeconds(start, 50));
    expect(one.policies.replaced).toBeLessThan(5);
  });

  it('are refused one by one: what one may not, the next may', async () => {
    const { one, list, deadline } = twoHosts();
    const outcomes = await Promise.all([
      codeOf(one.editor.edit(place, deletePolicy('absent', 'local/otto'), deadline())),
      codeOf(one.editor.edit(place, putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto'), deadline())),
    ]);
    expect(outcomes).toEqual(['not_found', 'none']);
    expect(list().policies.map(({ id }) => id)).toEqual(['readers']);
  });

  it('are decided again where somebody outside the broker wrote in between', async () => {
    const { one, audit, list, deadline } = twoHosts();
    let hands = 1;
    one.policies.afterwards = () => {
      if ((hands -= 1) < 0) return;
      one.policies.make(place, { policies: [storedPolicy({ id: 'portal', permissions: 'r' })] });
    };
    await one.editor.edit(place, putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto'), deadline());
    expect(list().policies.map(({ id }) => id)).toEqual(['portal', 'readers']);
    expect(audit.events.map(({ type }) => type)).toEqual(['policy-put']);
  });

  it('are told when they act, also where another hand came in between', async () => {
    const { one, deadline, clock } = twoHosts();
    let hands = 1;
    one.policies.afterwards = () => {
      // It leaves what was put, and adds its own.
      if ((hands -= 1) >= 0) one.policies.make(place, { ...list(), policies: [...list().policies, portal] });
    };
    const list = () => one.policies.lists.get('media/blob/photos')!;
    const portal = storedPolicy({ id: 'portal', permissions: 'r' });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    const { usableAfter } = await one.editor.edit(place, put, deadline());
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
    const { usableAfter } = await one.editor.edit(place, put, deadline());
    expect(usableAfter?.getTime()).toBeGreaterThanOrEqual(taken + 30_000);
  });

  it('that delete are done where another hand came in between, and not absent', async () => {
    const { one, audit, deadline, list } = twoHosts([storedPolicy()]);
    let hands = 1;
    one.policies.afterwards = () => {
      if ((hands -= 1) >= 0) one.policies.make(place, { policies: [storedPolicy({ id: 'portal' })] });
    };
    expect(await codeOf(one.editor.edit(place, deletePolicy('readers', 'local/otto'), deadline()))).toBe(
      'none',
    );
    expect(list().policies.map(({ id }) => id)).toEqual(['portal']);
    expect(audit.events).toHaveLength(1);
  });

  it('are recorded where another hand makes a change of what was none', async () => {
    const readers = storedPolicy({ permissions: 'rl' });
    const { one, audit, deadline, list } = twoHosts([readers]);
    let replacements = 0;
    one.policies.afterwards = () => {
      if ((replacements += 1) !== 2) return;
      one.policies.make(place, { policies: [{ ...readers, permissions: 'l' }] });
    };
    // The last two wait for the first, and are done under one claim.
    const edits = [storedPolicy({ id: 'first' }), readers, storedPolicy({ id: 'other' })].map((policy) =>
      one.editor.edit(place, putPolicy(policy, `local/${policy.id}`), deadline()),
    );
    await Promise.all(edits);
    expect(list().policies.map(({ id, permissions }) => [id, permissions])).toEqual([
      ['readers', 'rl'],
      ['other', ''],
    ]);
    const [event] = audit.events.filter(({ actor }) => actor === 'local/readers');
    expect(event?.detail).toContain('readers now permissions rl, no expiry; before permissions l');
  });

  it('are recorded with what they really replaced', async () => {
    const { one, audit, deadline } = twoHosts([storedPolicy({ permissions: 'r' })]);
    let hands = 1;
    one.policies.afterwards = () => {
      if ((hands -= 1) < 0) return;
      one.policies.make(place, { policies: [storedPolicy({ permissions: 'rwdl' })] });
    };
    await one.editor.edit(place, putPolicy(storedPolicy({ permissions: 'rl' }), 'local/otto'), deadline());
    expect(audit.events.map(({ detail }) => detail.split('before ')[1])).toEqual([
      'permissions r, no expiry',
      'permissions rwdl, no expiry',
    ]);
  });

  it('that cancel each other are each recorded', async () => {
    const { one, audit, deadline, list } = twoHosts();
    const edits: PolicyEdit<unknown>[] = [
      putPolicy(storedPolicy({ id: 'first', permissions: 'l' }), 'local/otto'),
      // These two wait for it, and are done under one claim.
      putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto'),
      deletePolicy('readers', 'local/olga'),
    ];
    await Promise.all(edits.map((edit) => one.editor.edit(place, edit, deadline())));
    expect(one.policies.replaced).toBe(1);
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
    one.policies.afterwards = () => {
      if ((hands -= 1) >= 0) one.policies.make(place, { ...list(), publicAccess: null });
    };
    await one.editor.edit(place, edit, deadline());
    expect(decided).toEqual([false, true]);
    expect(list().publicAccess).toBeNull();
  });

  it('end in a conflict where somebody outside keeps writing', async () => {
    const { one, deadline } = twoHosts();
    one.policies.afterwards = () => one.policies.make(place, { policies: [] });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.editor.edit(place, put, deadline()))).toBe('conflict');
    // Each replacement was answered: nothing of it can land any more, and nobody need wait.
    expect(one.ledgers.rows.get(ledgerKey(place))?.ledger.claim).toBeNull();
  });

  it('are not done without their event', async () => {
    const { one, audit, list, deadline } = twoHosts();
    audit.failWith('refuse');
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.editor.edit(place, put, deadline()))).toBe('audit_unavailable');
    expect(list().policies).toEqual([]);
    audit.failWith(null);
    expect(await codeOf(one.editor.edit(place, put, deadline()))).toBe('none');
  });
});

describe('a claim', () => {
  const held = (holdsFor: number): PolicyLedger => ({
    claim: { holder: 'other', holdsFor, endangers: [] },
    managed: [],
    changed: [],
  });

  it('of another host is waited for, until the deadline', async () => {
    const { one, deadline } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(60), etag: 'x' });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.editor.edit(place, put, deadline(0.3)))).toBe('conflict');
    expect(one.policies.replaced).toBe(0);
  });

  it('is of one place, however a table’s name is written, and outlasts what is sent under it', async () => {
    const { one, deadline } = twoHosts();
    const table = { ...place, service: 'table', name: 'Inventory' } as const;
    const spelled = { ...table, name: 'inventory' };
    one.policies.make(table);
    const until = deadline();
    let claim: PolicyLedger['claim'] = null;
    one.policies.afterwards = () => {
      ({ claim } = one.ledgers.rows.get(ledgerKey(spelled))!.ledger);
    };
    await one.editor.edit(table, putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto'), until);
    expect(claim).toMatchObject({ endangers: ['readers'] });
    // The five seconds of the deadline, but for what reading the ledger took, and ten.
    expect(claim!.holdsFor).toBeGreaterThan(14);
    expect(claim!.holdsFor).toBeLessThanOrEqual(15);
  });

  it('names what all of its edits endanger', async () => {
    const { one, deadline } = twoHosts();
    const named: (readonly string[] | undefined)[] = [];
    one.policies.afterwards = () =>
      named.push(one.ledgers.rows.get(ledgerKey(place))?.ledger.claim?.endangers);
    const put = (id: string) => putPolicy(storedPolicy({ id, permissions: 'l' }), 'local/otto');
    // The last two wait for the first, and are done under one claim.
    await Promise.all(['a', 'b', 'c'].map((id) => one.editor.edit(place, put(id), deadline())));
    expect(named).toEqual([['a'], ['b', 'c']]);
  });

  it('holds up nobody past a deadline of their own, whoever else waits for it', async () => {
    const { one, deadline } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(60), etag: 'x' });
    const ends: string[] = [];
    const put = async (id: string, seconds: number) => {
      const edit = putPolicy(storedPolicy({ id, permissions: 'l' }), 'local/otto');
      ends.push(`${id} ${await codeOf(one.editor.edit(place, edit, deadline(seconds)))}`);
    };
    await Promise.all([put('patient', 1), put('hasty', 0.2)]);
    expect(ends).toEqual(['hasty conflict', 'patient conflict']);
    expect(one.policies.replaced).toBe(0);
  });

  it('that comes late does nothing for those who were told so, and all for the others', async () => {
    const { one, audit, deadline, list } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(0.5), etag: 'x' });
    const put = (id: string, seconds: number) => {
      const edit = putPolicy(storedPolicy({ id, permissions: 'l' }), `local/${id}`);
      return codeOf(one.editor.edit(place, edit, deadline(seconds)));
    };
    // The first gives up; the others are then under way together, with the time of the last.
    const told = await Promise.all([put('first', 0.05), put('hasty', 0.25), put('patient', 3)]);
    expect(told).toEqual(['conflict', 'conflict', 'none']);
    expect(list().policies.map(({ id }) => id)).toEqual(['patient']);
    expect(audit.events.map(({ actor }) => actor)).toEqual(['local/patient']);
  });

  it('whose holder died ends by itself', async () => {
    const { one, deadline } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(0.2), etag: 'x' });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.editor.edit(place, put, deadline()))).toBe('none');
  });

  it('stays where what was sent may land yet, and is given back where nothing was', async () => {
    const { one, other, deadline, forward } = twoHosts();
    const put = (letters: string) => putPolicy(storedPolicy({ permissions: letters }), 'local/otto');
    one.policies.failing = 'read';
    expect(await codeOf(one.editor.edit(place, put('r'), deadline()))).toBe('storage_unavailable');
    one.policies.failing = 'lose';
    expect(await codeOf(one.editor.edit(place, put('r'), deadline()))).toBe('storage_unavailable');
    one.policies.failing = null;
    expect(await codeOf(other.editor.edit(place, put('l'), deadline(0.3)))).toBe('conflict');
    forward(30);
    expect(await codeOf(other.editor.edit(place, put('l'), deadline()))).toBe('none');
  });

  it('of this process is over once its own time is', async () => {
    const { one, deadline, forward } = twoHosts();
    const put = putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto');
    one.policies.failing = 'lose';
    expect(await codeOf(one.editor.edit(place, put, deadline(5)))).toBe('storage_unavailable');
    one.policies.failing = null;
    forward(16);
    // Nobody has looked at it meanwhile.
    expect(await codeOf(one.editor.edit(place, put, deadline(0.3)))).toBe('none');
  });

  it('is not made where the deadline has passed', async () => {
    const { one, deadline, forward } = twoHosts();
    const load = one.ledgers.load.bind(one.ledgers);
    one.ledgers.load = (key) => {
      forward(6);
      return load(key);
    };
    const put = putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto');
    expect(await codeOf(one.editor.edit(place, put, deadline(5)))).toBe('conflict');
    expect(one.ledgers.rows.size).toBe(0);
  });

  it('stays where a replacement failed in a way that nobody knows', async () => {
    const { one, other, deadline } = twoHosts();
    const put = putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto');
    const replace = one.policies.replace.bind(one.policies);
    one.policies.replace = () => Promise.reject(new TypeError('Told to fail.'));
    expect(await codeOf(one.editor.edit(place, put, deadline()))).toContain('TypeError');
    one.policies.replace = replace;
    expect(await codeOf(other.editor.edit(place, put, deadline(0.3)))).toBe('conflict');
  });

  it('is given back where only the look after a replacement failed', async () => {
    const { one, deadline } = twoHosts();
    one.policies.afterwards = () => (one.policies.failing = 'read');
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.editor.edit(place, put, deadline()))).toBe('storage_unavailable');
    const { ledger } = one.ledgers.rows.get(ledgerKey(place))!;
    expect(ledger.claim).toBeNull();
    expect(ledger.changed.map(({ id }) => id)).toEqual(['readers']);
  });

  it('is given back at once where storage says no, to one and to several', async () => {
    const { one, other, deadline } = twoHosts();
    const put = (id: string) => putPolicy(storedPolicy({ id, permissions: 'r' }), 'local/otto');
    one.policies.failing = 'refuse';
    expect(await codeOf(one.editor.edit(place, put('a'), deadline()))).toBe('invalid_request');
    // Whose policy it is that storage does not take is not known of two under one claim: each may ask again, alone.
    const three = ['a', 'b', 'c'].map((id) => codeOf(one.editor.edit(place, put(id), deadline())));
    expect(await Promise.all(three)).toEqual(['invalid_request', 'conflict', 'conflict']);
    one.policies.failing = null;
    expect(await codeOf(other.editor.edit(place, put('b'), deadline(0.3)))).toBe('none');
  });

  it('that ran out under its holder makes the edit a conflict', async () => {
    const { one, deadline } = twoHosts();
    one.policies.afterwards = () => {
      const { ledger } = one.ledgers.rows.get(ledgerKey(place))!;
      one.ledgers.rows.set(ledgerKey(place), { ledger, etag: 'stolen' });
    };
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.editor.edit(place, put, deadline()))).toBe('conflict');
  });
});
