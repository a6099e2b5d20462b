import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../shared/audit/audit-record.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import {
  EMPTY_LEDGER,
  type PolicyLedger,
  type PolicyLedgers,
} from '../../shared/stored-policies/policy-ledger.ts';
import type { PolicyUses } from '../../shared/stored-policies/policy-uses.ts';
import type { PolicyPlace } from '../../shared/stored-policies/stored-policy.ts';
import { account } from '../fakes/configuration.ts';
import { someRecord } from '../unit/audit/records.ts';

const soon = () => addSeconds(new Date(), 10);

export function policyLedgersContract(name: string, open: () => Promise<PolicyLedgers>): void {
  describe(`policy ledgers (${name})`, () => {
    let ledgers: PolicyLedgers;
    const key = 'media:blob:$web';
    const full: PolicyLedger = {
      lease: { holder: 'h-1', durationSeconds: 20.123, blockedPolicies: ['a', 'b"ü'] },
      managed: [{ id: 'sb-a', grant: 'g', permissions: 'rl', createdAt: new Date(1_800_000_000_001) }],
      changed: [{ id: 'a', at: new Date(1_800_000_000_002) }],
    };

    beforeEach(async () => {
      ledgers = await open();
    });

    test('a ledger is empty until it is saved', async () => {
      expect(await ledgers.load(key, soon())).toEqual({ ledger: EMPTY_LEDGER, etag: null });
    });

    test('a ledger is loaded as it was saved', async () => {
      const saved = await ledgers.save(key, full, null, soon());
      expect(await ledgers.load(key, soon())).toEqual({ ledger: full, etag: saved?.etag });
      expect((await ledgers.load('media:blob:other', soon())).etag).toBeNull();
    });

    test('only one of ten concurrent saves succeeds, the first time and later', async () => {
      let etag: string | null = null;
      for (let round = 0; round < 2; round += 1) {
        const saves = Array.from({ length: 10 }, () => ledgers.save(key, full, etag, soon()));
        const [saved, ...others] = (await Promise.all(saves)).filter((entry) => entry !== null);
        expect(others).toEqual([]);
        etag = saved!.etag;
      }
    });

    test('ledgers with managed policies are listed', async () => {
      await ledgers.save(key, full, null, soon());
      await ledgers.save('media:queue:jobs', { ...full, managed: [] }, null, soon());
      expect(await ledgers.withManaged(soon())).toEqual([{ key, managed: full.managed }]);
    });
  });
}

/** What the suite needs from an implementation: a separate audit table. */
export interface PolicyUsesHarness {
  readonly uses: PolicyUses;
  add(record: AuditRecord): Promise<void>;
}

export function policyUsesContract(name: string, open: () => Promise<PolicyUsesHarness>): void {
  describe(`policy uses (${name})`, () => {
    let harness: PolicyUsesHarness;
    const now = new Date('2026-11-22T15:20:00.500Z');
    const photos = { account: account(), service: 'blob', name: 'photos' } as const;
    let sigs = 0;
    const add = (expiresIn: number, over: Partial<AuditRecord> = {}, shard = 3) => {
      const expiresAt = new Date(Math.floor(addSeconds(now, expiresIn).getTime() / 1000) * 1000);
      const resource = { account: 'media', service: 'blob', container: 'photos', blob: 'a/b' } as const;
      const record = someRecord({ sig: `use-${(sigs += 1)}`, expiresAt, resource, policy: "it's", ...over });
      return harness.add({ ...record, key: { ...record.key, shard } });
    };
    const count = async (id = "it's", place: PolicyPlace = photos) =>
      (await harness.uses.find(place, id, now, addSeconds(now, 3_153_600_000))).count;

    beforeEach(async () => {
      harness = await open();
    });

    test('tokens that have not expired are found in every shard', async () => {
      await add(1);
      await add(86_400, {}, 11);
      await add(0);
      await add(-3600);
      expect(await count()).toBe(2);
    });

    test('tokens of other policies, containers, services and accounts do not count', async () => {
      await add(60, { policy: 'another' });
      await add(60, { policy: null });
      await add(60, { resource: { account: 'media', service: 'blob', container: 'photos-2' } });
      await add(60, { resource: { account: 'media', service: 'queue', queue: 'photos' } });
      await add(60, { resource: { account: 'archive', service: 'blob', container: 'photos' } });
      expect(await count()).toBe(0);
      await add(60, { resource: { account: 'media', service: 'blob', container: 'photos' } });
      expect(await count()).toBe(1);
    });

    test('a table is found whatever the case of its name', async () => {
      await add(60, { resource: { account: 'media', service: 'table', table: 'Inventory' } });
      const table = { account: account(), service: 'table', name: 'inventory' } as const;
      expect(await count("it's", table)).toBe(1);
    });

    test('at most a hundred ids are returned', async () => {
      await Promise.all(Array.from({ length: 105 }, () => add(60)));
      const found = await harness.uses.find(photos, "it's", now, addSeconds(now, 3_153_600_000));
      expect(found.count).toBe(105);
      expect(new Set(found.ids).size).toBe(100);
    });

    test('a search that times out fails, rather than return what it has found', async () => {
      const searching = harness.uses.find(photos, "it's", now, new Date(0));
      await expect(searching).rejects.toMatchObject({ code: 'audit_unavailable' });
    });
  });
}
