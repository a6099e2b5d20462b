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

  it('of another host is waited for until the deadline', async () => {
    const { one, deadline } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(60), etag: 'x' });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline(0.3)))).toBe('conflict');
    expect(one.policies.replacements).toBe(0);
  });

  it('is for one place, whatever the case of a table’s name, and outlasts the requests that are sent under it', async () => {
    const { one, deadline } = twoHosts();
    const table = { ...place, service: 'table', name: 'Inventory' } as const;
    const lowerCase = { ...table, name: 'inventory' };
    one.policies.make(table);
    const until = deadline();
    let lease: PolicyLedger['lease'] = null;
    one.policies.afterReplace = () => {
      ({ lease } = one.ledgers.rows.get(ledgerKey(lowerCase))!.ledger);
    };
    await one.changes.apply(table, putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto'), until);
    expect(lease).toMatchObject({ blockedPolicies: ['readers'] });
    // The five seconds to the deadline, less the time to read the ledger, plus ten.
    expect(lease!.durationSeconds).toBeGreaterThan(14);
    expect(lease!.durationSeconds).toBeLessThanOrEqual(15);
  });

  it('names the policies that any of its changes blocks', async () => {
    const { one, deadline } = twoHosts();
    const named: (readonly string[] | undefined)[] = [];
    one.policies.afterReplace = () =>
      named.push(one.ledgers.rows.get(ledgerKey(place))?.ledger.lease?.blockedPolicies);
    const put = (id: string) => putPolicy(storedPolicy({ id, permissions: 'l' }), 'local/otto');
    // The last two wait for the first, and are made under one lease.
    await Promise.all(['a', 'b', 'c'].map((id) => one.changes.apply(place, put(id), deadline())));
    expect(named).toEqual([['a'], ['b', 'c']]);
  });

  it('delays nobody past their own deadline, even if others wait longer', async () => {
    const { one, deadline } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(60), etag: 'x' });
    const ends: string[] = [];
    const put = async (id: string, seconds: number) => {
      const change = putPolicy(storedPolicy({ id, permissions: 'l' }), 'local/otto');
      ends.push(`${id} ${await codeOf(one.changes.apply(place, change, deadline(seconds)))}`);
    };
    await Promise.all([put('patient', 1), put('hasty', 0.2)]);
    expect(ends).toEqual(['hasty conflict', 'patient conflict']);
    expect(one.policies.replacements).toBe(0);
  });

  it('that is taken late serves only the changes whose callers still wait', async () => {
    const { one, audit, deadline, list } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(0.5), etag: 'x' });
    const put = (id: string, seconds: number) => {
      const change = putPolicy(storedPolicy({ id, permissions: 'l' }), `local/${id}`);
      return codeOf(one.changes.apply(place, change, deadline(seconds)));
    };
    // The first times out; the others then run together, until the deadline of the last.
    const outcomes = await Promise.all([put('first', 0.05), put('hasty', 0.25), put('patient', 3)]);
    expect(outcomes).toEqual(['conflict', 'conflict', 'none']);
    expect(list().policies.map(({ id }) => id)).toEqual(['patient']);
    expect(audit.events.map(({ actor }) => actor)).toEqual(['local/patient']);
  });

  it('expires on its own if its holder dies', async () => {
    const { one, deadline } = twoHosts();
    one.ledgers.rows.set(ledgerKey(place), { ledger: held(0.2), etag: 'x' });
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('none');
  });

  it('is kept while a request may still take effect, and released if none was sent', async () => {
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

  it('of this process expires when its own time is over', async () => {
    const { one, deadline, forward } = twoHosts();
    const put = putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto');
    one.policies.failing = 'lose';
    expect(await codeOf(one.changes.apply(place, put, deadline(5)))).toBe('storage_unavailable');
    one.policies.failing = null;
    forward(16);
    // Nobody has looked at the lease in the meantime.
    expect(await codeOf(one.changes.apply(place, put, deadline(0.3)))).toBe('none');
  });

  it('is not taken once the deadline has passed', async () => {
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

  it('is kept if a replacement failed with an unknown outcome', async () => {
    const { one, other, deadline } = twoHosts();
    const put = putPolicy(storedPolicy({ permissions: 'r' }), 'local/otto');
    const replace = one.policies.replace.bind(one.policies);
    one.policies.replace = () => Promise.reject(new TypeError('Told to fail.'));
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toContain('TypeError');
    one.policies.replace = replace;
    expect(await codeOf(other.changes.apply(place, put, deadline(0.3)))).toBe('conflict');
  });

  it('is released if only the read after a replacement failed', async () => {
    const { one, deadline } = twoHosts();
    one.policies.afterReplace = () => (one.policies.failing = 'read');
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('storage_unavailable');
    const { ledger } = one.ledgers.rows.get(ledgerKey(place))!;
    expect(ledger.lease).toBeNull();
    expect(ledger.changed.map(({ id }) => id)).toEqual(['readers']);
  });

  it('is released at once if storage rejects one change or several', async () => {
    const { one, other, deadline } = twoHosts();
    const put = (id: string) => putPolicy(storedPolicy({ id, permissions: 'r' }), 'local/otto');
    one.policies.failing = 'refuse';
    expect(await codeOf(one.changes.apply(place, put('a'), deadline()))).toBe('invalid_request');
    // Nobody knows which of two policies under one lease storage rejects, so each caller may retry on its own.
    const three = ['a', 'b', 'c'].map((id) => codeOf(one.changes.apply(place, put(id), deadline())));
    expect(await Promise.all(three)).toEqual(['invalid_request', 'conflict', 'conflict']);
    one.policies.failing = null;
    expect(await codeOf(other.changes.apply(place, put('b'), deadline(0.3)))).toBe('none');
  });

  it('that expires before its holder is done makes the change a conflict', async () => {
    const { one, deadline } = twoHosts();
    one.policies.afterReplace = () => {
      const { ledger } = one.ledgers.rows.get(ledgerKey(place))!;
      one.ledgers.rows.set(ledgerKey(place), { ledger, etag: 'stolen' });
    };
    const put = putPolicy(storedPolicy({ permissions: 'l' }), 'local/otto');
    expect(await codeOf(one.changes.apply(place, put, deadline()))).toBe('conflict');
  });
});
