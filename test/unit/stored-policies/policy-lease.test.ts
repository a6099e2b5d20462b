import { describe, expect, it } from 'vitest';
import { ledgerKey, type PolicyLedger } from '../../../shared/stored-policies/policy-ledger.ts';
import { putPolicy } from '../../../shared/stored-policies/put-policy.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { codeOf, place, twoHosts } from './two-hosts.ts';

describe('a lease', () => {
  const held = (durationSeconds: number): PolicyLedger => ({
    lease: { holder: 'other', durationSeconds, blockedPolicies: [] },
    managed: [],
    changed: [],
  });

  it('of another host is waited for, until the deadline', async () => {
    const { one, deadline } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(60), etag: 'x' });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline(0.3)))).toBe('conflict');
    expect(one.policies.replacements).toBe(0);
  });

  it('is of one place, however a table’s name is written, and outlasts what is sent under it', async () => {
    const { one, deadline } = twoHosts();
    const table = { ...place, service: 'table', name: 'Inventory' } as const;
    const spelled = { ...table, name: 'inventory' };
    one.policies.make(table);
    const until = deadline();
    let lease: PolicyLedger['lease'] = null;
    one.policies.afterReplace = () => {
      ({ lease } = one.ledgers.rows.get(ledgerKey(spelled))!.ledger);
    };
    await one.changes.apply(table, putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto'), until);
    expect(lease).toMatchObject({ blockedPolicies: ['readers'] });
    // The five seconds of the deadline, but for what reading the ledger took, and ten.
    expect(lease!.durationSeconds).toBeGreaterThan(14);
    expect(lease!.durationSeconds).toBeLessThanOrEqual(15);
  });

  it('names what all of its edits endanger', async () => {
    const { one, deadline } = twoHosts();
    const named: (readonly string[] | undefined)[] = [];
    one.policies.afterReplace = () =>
      named.push(one.ledgers.rows.get(ledgerKey(place))?.ledger.lease?.blockedPolicies);
    const put = (id: string) => putPolicy(storedPolicy({ id, permissions: 'l' }), 'local/otto');
    // The last two wait for the first, and are done under one lease.
    await Promise.all(['a', 'b', 'c'].map((id) => one.changes.apply(place, put(id), deadline())));
    expect(named).toEqual([['a'], ['b', 'c']]);
  });

  it('holds up nobody past a deadline of their own, whoever else waits for it', async () => {
    const { one, deadline } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(60), etag: 'x' });
    const ends: string[] = [];
    const put = async (id: string, seconds: number) => {
      const edit = putPolicy(storedPolicy({ id, permissions: 'l' }), 'local/otto');
      ends.push(`${id} ${await codeOf(one.changes.apply(place, edit, deadline(seconds)))}`);
    };
    await Promise.all([put('patient', 1), put('hasty', 0.2)]);
    expect(ends).toEqual(['hasty conflict', 'patient conflict']);
    expect(one.policies.replacements).toBe(0);
  });

  it('that comes late does nothing for those who were told so, and all for the others', async () => {
    const { one, audit, deadline, list } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(0.5), etag: 'x' });
    const put = (id: string, seconds: number) => {
      const edit = putPolicy(storedPolicy({ id, permissions: 'l' }), `local/${id}`);
      return codeOf(one.changes.apply(place, edit, deadline(seconds)));
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
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('none');
  });

  it('stays where what was sent may land yet, and is given back where nothing was', async () => {
    const { one, other, deadline, forward } = twoHosts();
    const put = (letters: string) => putPolicy(storedPolicy({ permissions: letters }), 'local/otto');
    one.policies.failing = 'read';
    expect(await codeOf(one.changes.apply(place, put('r'), deadline()))).toBe('storage_unavailable');
    one.policies.failing = 'lose';
    expect(await codeOf(one.changes.apply(place, put('r'), deadline()))).toBe('storage_unavailable');
    one.policies.failing = null;
    expect(await codeOf(other.changes.apply(place, put('l'), deadline(0.3)))).toBe('conflict');
    forward(30);
    expect(await codeOf(other.changes.apply(place, put('l'), deadline()))).toBe('none');
  });

  it('of this process is over once its own time is', async () => {
    const { one, deadline, forward } = twoHosts();
    const put = putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto');
    one.policies.failing = 'lose';
    expect(await codeOf(one.changes.apply(place, put, deadline(5)))).toBe('storage_unavailable');
    one.policies.failing = null;
    forward(16);
    // Nobody has looked at it meanwhile.
    expect(await codeOf(one.changes.apply(place, put, deadline(0.3)))).toBe('none');
  });

  it('is not made where the deadline has passed', async () => {
    const { one, deadline, forward } = twoHosts();
    const load = one.ledgers.load.bind(one.ledgers);
    one.ledgers.load = (key) => {
      forward(6);
      return load(key);
    };
    const put = putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline(5)))).toBe('conflict');
    expect(one.ledgers.rows.size).toBe(0);
  });

  it('stays where a replacement failed in a way that nobody knows', async () => {
    const { one, other, deadline } = twoHosts();
    const put = putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto');
    const replace = one.policies.replace.bind(one.policies);
    one.policies.replace = () => Promise.reject(new TypeError('Told to fail.'));
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toContain('TypeError');
    one.policies.replace = replace;
    expect(await codeOf(other.changes.apply(place, put, deadline(0.3)))).toBe('conflict');
  });

  it('is given back where only the look after a replacement failed', async () => {
    const { one, deadline } = twoHosts();
    one.policies.afterReplace = () => (one.policies.failing = 'read');
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('storage_unavailable');
    const { ledger } = one.ledgers.rows.get(ledgerKey(place))!;
    expect(ledger.lease).toBeNull();
    expect(ledger.changed.map(({ id }) => id)).toEqual(['readers']);
  });

  it('is given back at once where storage says no, to one and to several', async () => {
    const { one, other, deadline } = twoHosts();
    const put = (id: string) => putPolicy(storedPolicy({ id, permissions: 'r' }), 'local/otto');
    one.policies.failing = 'refuse';
    expect(await codeOf(one.changes.apply(place, put('a'), deadline()))).toBe('invalid_request');
    // Whose policy it is that storage does not take is not known of two under one lease: each may ask again, alone.
    const three = ['a', 'b', 'c'].map((id) => codeOf(one.changes.apply(place, put(id), deadline())));
    expect(await Promise.all(three)).toEqual(['invalid_request', 'conflict', 'conflict']);
    one.policies.failing = null;
    expect(await codeOf(other.changes.apply(place, put('b'), deadline(0.3)))).toBe('none');
  });

  it('that ran out under its holder makes the edit a conflict', async () => {
    const { one, deadline } = twoHosts();
    one.policies.afterReplace = () => {
      const { ledger } = one.ledgers.rows.get(ledgerKey(place))!;
      one.ledgers.rows.set(ledgerKey(place), { ledger, etag: 'stolen' });
    };
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('conflict');
  });
});
