import { beforeEach, describe, expect, test } from 'vitest';
import type { RotationJournal, RotationJournals } from '../../shared/rotation/rotation-journal.ts';
import { someJournal } from '../unit/rotation/journal-samples.ts';

/** What the suite needs from an implementation: a state table that no other test uses. */
export interface RotationJournalsHarness {
  readonly journals: RotationJournals;
  /** Overwrites the stored text of an account, as a careless operator might. */
  garble(account: string, text: string): Promise<void>;
  remove(account: string): Promise<void>;
}

export function rotationJournalsContract(name: string, open: () => Promise<RotationJournalsHarness>): void {
  describe(`rotation journals (${name})`, () => {
    let harness: RotationJournalsHarness;
    const journal = (over: Partial<RotationJournal> = {}) => someJournal({ account: 'media', ...over });

    beforeEach(async () => {
      harness = await open();
    });

    test('there is no journal at first', async () => {
      expect(await harness.journals.load('media')).toEqual({ journal: null, etag: null });
    });

    test('each account’s journal is loaded as it was saved', async () => {
      const full = journal({
        phase: 'preparing',
        attempt: {
          key: 'key2',
          instance: 'i-1',
          until: new Date(1_800_000_000_123),
          before: someJournal().hashes,
          unanswered: null,
        },
        request: {
          by: 'entra/otto',
          byName: null,
          reason: 'ein Grund — "ü"',
          at: new Date(1_800_000_000_001),
        },
        outbox: [
          {
            at: new Date(1_800_000_000_000),
            type: 'drift',
            actor: 'schedule',
            actorName: null,
            phase: 'preparing',
            activeKey: 'key1',
            detail: 'key1',
          },
        ],
      });
      const saved = await harness.journals.save(full, null);
      await harness.journals.save(journal({ account: 'archive' }), null);
      expect(saved?.journal).toEqual(full);
      expect(await harness.journals.load('media')).toEqual(saved);
      expect((await harness.journals.load('archive')).journal?.account).toBe('archive');
    });

    test('the first journal is inserted only once', async () => {
      expect(await harness.journals.save(journal(), null)).not.toBeNull();
      expect(await harness.journals.save(journal({ active: 'key2' }), null)).toBeNull();
      expect((await harness.journals.load('media')).journal?.active).toBe('key1');
    });

    test('each later save replaces only the journal that was read', async () => {
      const first = await harness.journals.save(journal(), null);
      const second = await harness.journals.save(journal({ phase: 'preparing' }), first!.etag);
      expect(second?.etag).not.toBe(first?.etag);
      expect(await harness.journals.save(journal({ phase: 'paused' }), first!.etag)).toBeNull();
      expect(await harness.journals.load('media')).toEqual(second);
    });

    test('accounts with an order are listed until it is finished', async () => {
      const { journals } = harness;
      expect(await journals.withOrders()).toEqual([]);
      await journals.save(journal({ account: 'quiet' }), null);
      const leaked = await journals.save(journal({ account: 'leaked', compromised: ['key1'] }), null);
      const delegationOrder = {
        death: 'delegation-keys-a',
        by: 'entra/otto',
        byName: null,
        reason: 'leaked',
        at: new Date(1_800_000_000_000),
        revokedAtBefore: null,
        mayHaveLanded: false,
        lastError: null,
      };
      const delegated = await journals.save(journal({ account: 'delegated', delegationOrder }), null);
      expect([...(await journals.withOrders())].sort()).toEqual(['delegated', 'leaked']);
      await journals.save(journal({ account: 'leaked' }), leaked!.etag);
      await journals.save(journal({ account: 'delegated' }), delegated!.etag);
      expect(await journals.withOrders()).toEqual([]);
    });

    test('one of ten concurrent saves succeeds', async () => {
      const first = await harness.journals.save(journal(), null);
      const saves = Array.from({ length: 10 }, (_, index) =>
        harness.journals.save(journal({ lastError: `instance ${index}` }), first!.etag),
      );
      const saved = (await Promise.all(saves)).filter((entry) => entry !== null);
      expect(saved).toHaveLength(1);
      expect(await harness.journals.load('media')).toEqual(saved[0]);
    });

    test('a save does not recreate a journal that was removed meanwhile', async () => {
      const first = await harness.journals.save(journal(), null);
      await harness.remove('media');
      expect(await harness.journals.save(journal(), first!.etag)).toBeNull();
      expect(await harness.journals.load('media')).toEqual({ journal: null, etag: null });
    });

    test.each(['', 'null', '{}', '{"phase":"steady"}', 'not json'])(
      'stored text %o is never taken for no journal',
      async (text) => {
        await harness.journals.save(journal(), null);
        await harness.garble('media', text);
        await expect(harness.journals.load('media')).rejects.toMatchObject({
          code: 'storage_unavailable',
          reason: expect.stringContaining('media') as string,
        });
      },
    );

    test('a journal that could not be read back unchanged is not saved', async () => {
      const broken = journal({ settleUntil: new Date(NaN) });
      await expect((async () => harness.journals.save(broken, null))()).rejects.toMatchObject({
        code: 'internal',
      });
      expect((await harness.journals.load('media')).journal).toBeNull();
    });
  });
}
