import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../shared/audit/audit-record.ts';
import type { KeyName } from '../../shared/azure-storage.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import type { LiveTokenCounts } from '../../shared/rotation/live-tokens.ts';
import { someRecord } from '../unit/audit/records.ts';

/** What a suite needs of an implementation: an audit table of its own. */
export interface LiveTokensHarness {
  readonly liveTokens: LiveTokenCounts;
  /** Writes a token's row; the shard is the record's. */
  add(record: AuditRecord): Promise<void>;
}

const NOW = new Date('2026-11-22T15:20:00.500Z');
let sigs = 0;

/** A token of `media`, issued an hour ago; `expiresIn` seconds from now. */
function token(expiresIn: number, over: Partial<AuditRecord> & { shard?: number; by?: KeyName | null } = {}) {
  const { shard = 3, by = 'key1', ...members } = over;
  const expiresAt = new Date(Math.floor(addSeconds(NOW, expiresIn).getTime() / 1000) * 1000);
  const record = someRecord({
    ...{ sig: `live-${(sigs += 1)}`, expiresAt, issuedAt: new Date('2026-11-22T14:20:00Z') },
    signedWith: { key: by, secretVersion: 'v1' },
    ...members,
  });
  return { ...record, key: { ...record.key, shard } };
}

export function liveTokensContract(name: string, open: () => Promise<LiveTokensHarness>): void {
  describe(`live tokens (${name})`, () => {
    let harness: LiveTokensHarness;
    const signedWith = (
      key: KeyName,
      { account = 'media', issuedSince = null }: { account?: string; issuedSince?: Date | null } = {},
    ) => {
      const deadline = addSeconds(new Date(), 10);
      return harness.liveTokens.signedWith(account, key, { issuedSince, now: NOW, deadline });
    };
    const add = async (...records: AuditRecord[]) => {
      for (const record of records) await harness.add(record);
    };

    beforeEach(async () => {
      harness = await open();
    });

    test('there are none at first', async () => {
      expect(await signedWith('key1')).toEqual({ count: 0, latestExpiry: null });
    });

    test('those of the key are counted in every shard, with the latest expiry', async () => {
      const latest = token(7 * 86_400, { shard: 7 });
      await add(token(60), token(3600, { shard: 0 }), latest, token(60, { by: 'key2' }));
      expect(await signedWith('key1')).toEqual({ count: 3, latestExpiry: latest.expiresAt });
      expect((await signedWith('key2')).count).toBe(1);
    });

    test('shards that a later version may add are counted too', async () => {
      const shards = [8, 9, 10, 19, 47, 99, 100, 999];
      await add(...shards.map((shard) => token(60, { shard })));
      expect((await signedWith('key1')).count).toBe(shards.length);
    });

    test('those that expired are not, to the second', async () => {
      // Now is half a second past 15:20:00.
      await add(token(0), token(-1), token(-3600), token(-86_400, { shard: 12 }));
      expect((await signedWith('key1')).count).toBe(0);
      await add(token(1));
      expect((await signedWith('key1')).count).toBe(1);
    });

    test('other accounts and delegation keys do not count', async () => {
      const other = { account: 'archive', service: 'blob', container: 'c' } as const;
      await add(token(60, { resource: other }));
      expect((await signedWith('key1')).count).toBe(0);
      expect((await signedWith('key1', { account: 'archive' })).count).toBe(1);
    });

    test('a token whose secret did not name its key may be of either', async () => {
      const nameless = token(60, { by: null });
      await add(nameless);
      const found = { count: 1, latestExpiry: nameless.expiresAt };
      expect([await signedWith('key1'), await signedWith('key2')]).toEqual([found, found]);
    });

    test('those issued before the key was made are left out, those of the same second are not', async () => {
      const made = new Date('2026-11-22T15:00:00.700Z');
      await add(
        token(60, { issuedAt: new Date('2026-11-22T14:59:59Z') }),
        token(120, { issuedAt: new Date('2026-11-22T15:00:00Z') }),
      );
      expect((await signedWith('key1', { issuedSince: made })).count).toBe(1);
      expect((await signedWith('key1')).count).toBe(2);
    });

    test('a count that runs out of time is none', async () => {
      await add(token(60));
      const range = { issuedSince: null, now: NOW, deadline: new Date(Date.now() - 1) };
      const counting = harness.liveTokens.signedWith('media', 'key1', range);
      await expect(counting).rejects.toMatchObject({ code: 'audit_unavailable' });
    });
  });
}
