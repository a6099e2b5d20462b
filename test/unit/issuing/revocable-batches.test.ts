import { describe, expect, it, vi } from 'vitest';
import { correlationId } from '../../../shared/audit/correlation-id.ts';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { issueBatch } from '../../../shared/issuing/issue-batch.ts';
import type { IssuingPorts } from '../../../shared/issuing/issuing-ports.ts';
import { ok } from '../../../shared/result.ts';
import { ledgerKey } from '../../../shared/stored-policies/policy-ledger.ts';
import type { PolicyPlace } from '../../../shared/stored-policies/stored-policy.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';
import { MemoryAccountKeys } from '../../fakes/memory-account-keys.ts';
import { NO_BLOCKS } from '../../fakes/memory-blocks.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { MemoryDelegationKeys } from '../../fakes/memory-delegation-keys.ts';
import { memoryPolicyKeeper, storedPolicy } from '../../fakes/memory-stored-policies.ts';

const start = new Date('2026-11-22T12:00:00Z');
const media = account();
const place: PolicyPlace = { account: media, service: 'blob', name: 'photos' };
const photos = { account: 'media', service: 'blob', container: 'photos' } as const;
const batch = Array.from({ length: 100 }, () =>
  ok(tokenRequest({ resource: photos, permissions: 'r', kind: 'service', revocable: true })),
);

/** A container with the managed policies of other grants, each an hour old and in use. */
function setUp(managedPolicies: number) {
  let now = start;
  const clock = () => now;
  const accountKeys = new MemoryAccountKeys();
  accountKeys.publish('media', Buffer.alloc(64, 9).toString('base64'));
  const audit = memoryAuditLog();
  const policies = memoryPolicyKeeper(audit, clock);
  const managed = Array.from({ length: managedPolicies }, (_, index) => {
    const id = `sb-${'abcde'.charAt(index).repeat(16)}`;
    return { id, grant: `other-${index}`, permissions: 'r', createdAt: addSeconds(start, -3600) };
  });
  const stored = managed.map(({ id, permissions }) => storedPolicy({ id, permissions }));
  policies.policies.make(place, { policies: stored });
  policies.ledgers.rows.set(ledgerKey(place), { ledger: { lease: null, managed, changed: [] }, etag: 'x' });
  for (const { id } of managed) policies.uses.add(place, id, addSeconds(start, 1800));
  const read = vi.spyOn(policies.policies, 'read');
  const load = vi.spyOn(policies.ledgers, 'load');
  const ports: IssuingPorts = {
    config: {
      accounts: new Map([['media', media]]),
      grants: [grant({ id: 'g', resources: ['media/blob/photos'], permissions: 'r' })],
    },
    accountKeys,
    delegationKeys: new MemoryDelegationKeys(),
    audit,
    blocks: NO_BLOCKS,
    policies,
    shard: 3,
    suffix: () => 'aaaaaaaa',
    correlationId: (shard, hour) => correlationId({ shard, hour, random: new Uint8Array(9) }),
    monotonicMs: () => 0,
    clock,
  };
  const issue = async () => {
    const call = { now, deadline: addSeconds(now, 10), requestId: 'request-1', log: () => undefined };
    const outcomes = await issueBatch(ports, caller(), batch, call);
    return [...new Set(outcomes.map((outcome) => codeOf(outcome)))];
  };
  const reads = () => ({
    lists: read.mock.calls.length,
    ledgers: load.mock.calls.length,
    uses: policies.uses.asked,
  });
  return { issue, policies, reads, pass: (seconds: number) => (now = addSeconds(now, seconds)) };
}

function codeOf(outcome: PromiseSettledResult<unknown>): string {
  return outcome.status === 'fulfilled' ? 'issued' : (outcome.reason as BrokerError).code;
}

const times = Array.from({ length: 5 });

describe('five batches of 100 revocable requests', () => {
  // Each of them used to read the list and the ledger twice and the uses of all five policies: 1,000, 1,000 and 2,500.
  it('one after the other, for a place without a free slot, sweep it once', async () => {
    const { issue, reads } = setUp(5);
    for (const _ of times) expect(await issue()).toEqual(['conflict']);
    expect(reads()).toEqual({ lists: 5, ledgers: 10, uses: 5 });
  });

  it('at once, for a place without a free slot, sweep it once', async () => {
    const { issue, reads } = setUp(5);
    expect(await Promise.all(times.map(() => issue()))).toEqual(times.map(() => ['conflict']));
    expect(reads()).toEqual({ lists: 1, ledgers: 2, uses: 5 });
  });

  // Each token's policy used to be chosen and confirmed by two reads of its own.
  it('one after the other, for a place with a free slot, share what they read', async () => {
    const { issue, reads } = setUp(4);
    for (const _ of times) expect(await issue()).toEqual(['issued']);
    // Two per batch and kind; creating the policy takes a few more.
    expect(reads().lists).toBeLessThanOrEqual(20);
    expect(reads().ledgers).toBeLessThanOrEqual(20);
    expect(reads().uses).toBe(0);
  });

  it('at once, for a place with a free slot, share what they read', async () => {
    const { issue, reads, policies } = setUp(4);
    expect(await Promise.all(times.map(() => issue()))).toEqual(times.map(() => ['issued']));
    expect(reads().lists).toBeLessThanOrEqual(20);
    expect(reads().ledgers).toBeLessThanOrEqual(20);
    expect(policies.policies.replacements).toBe(1);
  });

  it('are served as soon as the sweep that they share has freed a slot', async () => {
    const { issue, reads, pass } = setUp(5);
    expect(await issue()).toEqual(['conflict']);
    // All tokens have expired, and the sweep is remembered no longer.
    pass(1801);
    expect(await Promise.all(times.map(() => issue()))).toEqual(times.map(() => ['issued']));
    // Once for each policy before the lease, and once under it.
    expect(reads().uses).toBe(5 + 10);
  });

  it('lose every token whose policy is deleted before its row is confirmed', async () => {
    const { issue, policies, reads } = setUp(4);
    expect(await issue()).toEqual(['issued']);
    const before = reads().lists;
    const read = policies.policies.read.bind(policies.policies);
    // The first read finds the policy; something outside the broker deletes it before the next one.
    policies.policies.read = async (at: PolicyPlace) => {
      const list = await read(at);
      policies.policies.make(place, { policies: list.policies.slice(0, 4) });
      return list;
    };
    expect(await issue()).toEqual(['storage_unavailable']);
    expect(reads().lists - before).toBe(2);
  });
});
