import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { confirmPolicy } from '../../../shared/issuing/token-policy.ts';
import { ensureManagedPolicy } from '../../../shared/stored-policies/managed-policies.ts';
import { ledgerKey } from '../../../shared/stored-policies/policy-ledger.ts';
import { putPolicy } from '../../../shared/stored-policies/put-policy.ts';
import type { PolicyPlace, StoredPolicy } from '../../../shared/stored-policies/stored-policy.ts';
import { sweepPolicies } from '../../../shared/stored-policies/sweep-policies.ts';
import { account } from '../../fakes/configuration.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { memoryPolicyKeeper, storedPolicy } from '../../fakes/memory-stored-policies.ts';

const media = account();
const place: PolicyPlace = { account: media, service: 'blob', name: 'photos' };

function setUp() {
  let now = new Date('2026-11-22T12:00:00Z');
  const keeper = memoryPolicyKeeper(memoryAuditLog(), () => now);
  keeper.policies.make(place);
  const deadline = () => addSeconds(now, 5);
  return {
    keeper,
    deadline,
    now: () => now,
    managed: () => ensureManagedPolicy(keeper, place, { grant: 'g', permissions: 'rl' }, deadline()),
    sweep: () => sweepPolicies(keeper, new Map([['media', media]]), 5, () => undefined),
    pass: (seconds: number) => (now = addSeconds(now, seconds)),
  };
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof BrokerError ? error.code : String(error)),
  );

describe('a token that depends on a policy, once its row is written', () => {
  const base = storedPolicy({ permissions: 'rl' });

  const until = (year: number) => new Date(Date.UTC(year, 0));
  const made = { ...base, expiresAt: until(2030) };

  it.each<[string, StoredPolicy | null, string]>([
    ['is gone', null, 'storage_unavailable'],
    ['was widened', { ...made, permissions: 'rwl' }, 'storage_unavailable'],
    ['was prolonged', { ...made, expiresAt: until(2040) }, 'storage_unavailable'],
    ['lost its expiry', base, 'storage_unavailable'],
    ['was narrowed', { ...made, permissions: 'r' }, 'storage_unavailable'],
    ['holds no letters any more', { ...made, permissions: '' }, 'storage_unavailable'],
    // The policy allows less than the reply says.
    ['was shortened', { ...made, expiresAt: until(2029) }, 'storage_unavailable'],
    // The token itself carries the value, if anything does: storage accepts each field only once.
    ['began to hold a start', { ...made, startsAt: until(2026) }, 'storage_unavailable'],
    ['is as it was', made, 'none'],
    ['is as it was in other words', { ...made, permissions: 'lr' }, 'none'],
  ])('if the policy %s', async (_what, now, code) => {
    const { keeper, deadline } = setUp();
    keeper.policies.make(place, { policies: now === null ? [] : [now] });
    expect(await codeOf(confirmPolicy(keeper, { place, policy: made }, deadline()))).toBe(code);
  });

  it.each(['widened', 'swept'] as const)(
    'does not leave if the policy is %s by a change that looked for rows just before this row existed',
    async (what) => {
      const { keeper, deadline, managed, pass, sweep, now } = setUp();
      const policy = await managed();
      pass(300);
      let leaving: Promise<string> | undefined;
      const replace = keeper.policies.replace.bind(keeper.policies);
      keeper.policies.replace = async (where, list) => {
        // The change has looked for rows under its lease by now, so it missed this row.
        keeper.uses.add(place, policy.id, addSeconds(now(), 60));
        leaving = codeOf(confirmPolicy(keeper, { place, policy }, deadline()));
        await Promise.race([leaving, pause(100)]);
        await replace(where, list);
      };
      const wider = { ...policy, permissions: 'rwl' };
      if (what === 'swept') await sweep();
      else await keeper.changes.apply(place, putPolicy(wider, 'local/otto'), deadline());
      expect(await leaving).toBe('storage_unavailable');
    },
  );

  it('waits for an edit that endangers it, and says when storage applies the policy', async () => {
    const { keeper, deadline, now } = setUp();
    let leaving: Promise<Date | null> | undefined;
    const replace = keeper.policies.replace.bind(keeper.policies);
    keeper.policies.replace = async (where, list) => {
      leaving = confirmPolicy(keeper, { place, policy: base }, deadline());
      // Without waiting, the check would not find the policy.
      await Promise.race([leaving.catch(() => null), pause(100)]);
      await replace(where, list);
    };
    await keeper.changes.apply(place, putPolicy(base, 'local/otto'), deadline());
    expect(await leaving).toEqual(addSeconds(now(), 30));
    expect(await confirmPolicy(keeper, { place, policy: base }, deadline())).toEqual(addSeconds(now(), 30));
  });

  it('does not leave while another host may be widening the policy', async () => {
    const { keeper, now } = setUp();
    keeper.policies.make(place, { policies: [base] });
    const lease = { holder: 'other', durationSeconds: 60, blockedPolicies: [base.id] };
    keeper.ledgers.rows.set(ledgerKey(place), { ledger: { lease, managed: [], changed: [] }, etag: 'x' });
    const confirming = confirmPolicy(keeper, { place, policy: base }, new Date(now().getTime() + 20));
    expect(await codeOf(confirming)).toBe('storage_unavailable');
    const other = { ...base, id: 'another' };
    keeper.policies.make(place, { policies: [other] });
    expect(await confirmPolicy(keeper, { place, policy: other }, addSeconds(now(), 1))).toBeNull();
  });
});
