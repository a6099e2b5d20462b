import { describe, expect, it, vi } from 'vitest';
import { auditReadFailure } from '../../../shared/audit/audit-unavailable.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { ensureManagedPolicy } from '../../../shared/stored-policies/managed-policies.ts';
import { sweepPolicies } from '../../../shared/stored-policies/sweep-policies.ts';
import { freeSlot } from '../../../shared/stored-policies/sweep-place.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { deleteBy, memoryPolicyKeeper } from '../../fakes/memory-stored-policies.ts';
import { codeOf, place, start } from './two-hosts.ts';

/** Five managed policies of different grants, old enough to be removed, with a token each that lives for an hour. */
async function setUp() {
  let now = start;
  const one = memoryPolicyKeeper(memoryAuditLog(), () => now);
  one.policies.make(place);
  const list = () => one.policies.lists.get('media/blob/photos')!;
  const deadline = (seconds = 5) => addSeconds(now, seconds);
  const forward = (seconds: number) => (now = addSeconds(now, seconds));
  const ask = (grant = 'f', seconds = 5) =>
    codeOf(ensureManagedPolicy(one, place, { grant, permissions: 'r' }, deadline(seconds)));
  for (const grant of ['a', 'b', 'c', 'd', 'e']) await ask(grant);
  const ids = list().policies.map(({ id }) => id);
  for (const id of ids) one.uses.add(place, id, addSeconds(now, 3600));
  forward(200);
  /** Makes every look for uses wait until the returned function is called. */
  const holdUses = () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const find = one.uses.find.bind(one.uses);
    one.uses.find = async (...question) => {
      await released;
      return find(...question);
    };
    return release;
  };
  return { one, ids, ask, deadline, forward, list, holdUses };
}

const sweepOf = (host: Awaited<ReturnType<typeof setUp>>['one']) =>
  sweepPolicies(host, new Map([['media', place.account]]), 5, () => undefined);

describe('a sweep of a place', () => {
  it('is shared by all who need it at the same time, the timer included', async () => {
    const { one, ask, deadline, holdUses } = await setUp();
    const release = holdUses();
    const run = vi.spyOn(one.sweeps, 'run');
    const asked = Array.from({ length: 50 }, () => ask());
    const swept = sweepOf(one);
    const operator = freeSlot(one, place, 'own', deadline());
    await expect.poll(() => run.mock.calls.length).toBe(52);
    release();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['conflict']));
    await Promise.all([swept, operator]);
    expect(one.uses.asked).toBe(5);
  });

  it('that removed nothing answers for 30 seconds', async () => {
    const { one, ask, forward } = await setUp();
    expect([await ask(), await ask()]).toEqual(['conflict', 'conflict']);
    expect(one.uses.asked).toBe(5);
    forward(20);
    await ask();
    expect(one.uses.asked).toBe(5);
    forward(11);
    await ask();
    expect(one.uses.asked).toBe(10);
  });

  it('does not answer for long enough to hide a policy that has become old enough', async () => {
    const { one, ask, ids, deadline, forward } = await setUp();
    await one.changes.apply(place, deleteBy('local/otto', ids[0]!), deadline());
    // Its only token is never delivered, so nothing uses it two minutes later.
    expect(await ask('young')).toBe('none');
    forward(110);
    expect(await ask()).toBe('conflict');
    forward(11);
    expect(await ask()).toBe('none');
  });

  it('does not answer for other managed policies than it looked at', async () => {
    const { one, ask, ids, deadline } = await setUp();
    expect(await ask()).toBe('conflict');
    await one.changes.apply(place, deleteBy('local/otto', ids[0]!), deadline());
    expect([await ask('g'), await ask('h')]).toEqual(['none', 'conflict']);
    // The four that are old enough.
    expect(one.uses.asked).toBe(5 + 4);
  });

  it('is made again for an operator, and by the timer', async () => {
    const { one, ask, ids, deadline, list } = await setUp();
    expect(await ask()).toBe('conflict');
    one.uses.tokens.splice(0, 1);
    expect(await ask()).toBe('conflict');
    await freeSlot(one, place, 'own', deadline());
    expect(list().policies.map(({ id }) => id)).toEqual(ids.slice(1));
    one.uses.tokens.splice(0, 1);
    await sweepOf(one);
    expect(list().policies.map(({ id }) => id)).toEqual(ids.slice(2));
  });

  it('is not remembered if it failed', async () => {
    const { one, ask } = await setUp();
    const find = one.uses.find.bind(one.uses);
    one.uses.find = () => Promise.reject(auditReadFailure('told to fail'));
    expect(await Promise.all([ask(), ask()])).toEqual(['audit_unavailable', 'audit_unavailable']);
    one.uses.find = find;
    expect(await ask()).toBe('conflict');
    expect(one.uses.asked).toBe(5);
  });

  it('keeps nobody past their own deadline', async () => {
    const { ask, holdUses } = await setUp();
    const release = holdUses();
    const patient = ask('patient', 60);
    expect(await ask('hasty', 0.2)).toBe('audit_unavailable');
    release();
    expect(await patient).toBe('conflict');
  });
});
