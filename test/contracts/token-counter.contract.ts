import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../shared/audit/audit-record.ts';
import type { KeyName } from '../../shared/azure/services.ts';
import { type KeyHashes, keyIdOf } from '../../shared/keys/key-hash.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import type { CountProgress, TokenCounter } from '../../shared/rotation/token-count.ts';
import { someRecord } from '../unit/audit/records.ts';

/** What the suite needs from an implementation: an audit table that no other test uses. */
export interface TokenCounterHarness {
  readonly counter: TokenCounter;
  /** Writes rows of tokens to the shard of each record. */
  add(...records: AuditRecord[]): Promise<void>;
  /**
   * Decides how reads beyond the first thousand rows end from now on: they succeed; the next one fails and succeeds when it
   * is retried; the next one is refused because of its position; or they fail, and the deadline passes meanwhile.
   */
  furtherPages(fate: Fate): void;
}

export type Fate = 'pass' | 'fail once' | 'refuse once' | 'run out of time';

const NOW = new Date('2026-11-22T15:20:00.500Z');
/** The present keys, and a value that neither has any more. */
const HASHES: KeyHashes = { key1: '1'.repeat(64), key2: '2'.repeat(64) };
const DEAD = 'd'.repeat(64);
let sigs = 0;

/** The value that signed a token, with the name that its secret gave it; `null`: an old row without a key id. */
type Signer = KeyName | { readonly keyId: string | null; readonly named: KeyName | null };

function signedBy(by: Signer): AuditRecord['signedWith'] {
  const signer = typeof by === 'string' ? { keyId: keyIdOf(HASHES[by]), named: by } : by;
  return { key: signer.named, secretVersion: 'v1', keyId: signer.keyId };
}

/** Returns a token of `media` that was issued an hour ago and expires in `expiresIn` seconds. */
function token(expiresIn: number, over: Partial<AuditRecord> & { shard?: number; by?: Signer } = {}) {
  const { shard = 3, by = 'key1', ...members } = over;
  const expiresAt = new Date(Math.floor(addSeconds(NOW, expiresIn).getTime() / 1000) * 1000);
  const record = someRecord({
    sig: `live-${(sigs += 1)}`,
    expiresAt,
    issuedAt: new Date('2026-11-22T14:20:00Z'),
    signedWith: signedBy(by),
    ...members,
  });
  return { ...record, key: { ...record.key, shard } };
}

/** Returns many tokens of key1, some for each second of one hour. The latest expiry is somewhere in the middle. */
function manyTokens(count: number): { tokens: AuditRecord[]; latest: Date } {
  const tokens = Array.from({ length: count }, (_, index) => token(1 + ((index * 7) % 2300)));
  const latest = new Date(Math.max(...tokens.map(({ expiresAt }) => expiresAt.getTime())));
  return { tokens, latest };
}

interface Asked {
  readonly account?: string;
  readonly issuedSince?: Date | null;
  readonly now?: Date;
  readonly hashes?: KeyHashes;
  readonly begun?: CountProgress;
}

export function tokenCounterContract(name: string, open: () => Promise<TokenCounterHarness>): void {
  describe(`live tokens (${name})`, () => {
    let harness: TokenCounterHarness;
    const signedWith = (
      key: KeyName,
      { account = 'media', issuedSince = null, now = NOW, hashes = HASHES, begun }: Asked = {},
    ) => {
      const deadline = addSeconds(new Date(), 20);
      return harness.counter.countSignedWith(account, key, {
        hashes,
        issuedSince,
        now,
        deadline,
        ...(begun && { begun }),
      });
    };
    const add = (...records: AuditRecord[]) => harness.add(...records);

    beforeEach(async () => {
      harness = await open();
    });

    test('an empty table has no tokens', async () => {
      expect(await signedWith('key1')).toEqual({ count: 0, latestExpiry: null, rest: null });
    });

    test('tokens of the key are counted in every shard, with the latest expiry', async () => {
      const latest = token(7 * 86_400, { shard: 7 });
      await add(token(60), token(3600, { shard: 0 }), latest, token(60, { by: 'key2' }));
      expect(await signedWith('key1')).toEqual({ count: 3, latestExpiry: latest.expiresAt, rest: null });
      expect((await signedWith('key2')).count).toBe(1);
    });

    test('shards that a later version may add are counted too', async () => {
      const shards = [8, 9, 10, 19, 47, 99, 100, 999];
      await add(...shards.map((shard) => token(60, { shard })));
      expect((await signedWith('key1')).count).toBe(shards.length);
    });

    test('expired tokens are not counted, to the second', async () => {
      // Now is half a second past 15:20:00.
      await add(token(0), token(-1), token(-3600), token(-86_400, { shard: 12 }));
      expect((await signedWith('key1')).count).toBe(0);
      await add(token(1));
      expect((await signedWith('key1')).count).toBe(1);
    });

    test('tokens of other accounts and of delegation keys are not counted', async () => {
      const other = { account: 'archive', service: 'blob', container: 'c' } as const;
      await add(token(60, { resource: other }));
      expect((await signedWith('key1')).count).toBe(0);
      expect((await signedWith('key1', { account: 'archive' })).count).toBe(1);
    });

    test.each([
      ['whose row does not name the value that signed it', null],
      ['of a value that is neither present key’s', keyIdOf(DEAD)],
    ])('a token %s counts for both keys, whatever key its row names', async (_, keyId) => {
      const nameless = token(60, { by: { keyId, named: null } });
      const named = token(90, { by: { keyId, named: 'key2' } });
      await add(nameless, named);
      const found = { count: 2, latestExpiry: named.expiresAt, rest: null };
      expect([await signedWith('key1'), await signedWith('key2')]).toEqual([found, found]);
    });

    test('the value that signed a token decides, not the name that its secret gave the key', async () => {
      await add(token(60, { by: { keyId: keyIdOf(HASHES.key1), named: 'key2' } }));
      expect((await signedWith('key1')).count).toBe(1);
      expect((await signedWith('key2')).count).toBe(0);
    });

    test('every token counts for both keys if both have the same value', async () => {
      await add(token(60), token(60, { by: 'key2' }));
      const hashes = { ...HASHES, key2: HASHES.key1 };
      expect((await signedWith('key1', { hashes })).count).toBe(2);
    });

    test('account SAS are counted like service SAS', async () => {
      const resource = { account: 'media', services: ['blob', 'queue'], resourceTypes: ['object'] } as const;
      await add(token(60, { kind: 'account', resource }), token(60));
      expect((await signedWith('key1')).count).toBe(2);
      expect((await signedWith('key2')).count).toBe(0);
    });

    test('tokens issued before the key was created are left out, tokens of the same second are not', async () => {
      const made = new Date('2026-11-22T15:00:00.700Z');
      await add(
        token(60, { issuedAt: new Date('2026-11-22T14:59:59Z') }),
        token(120, { issuedAt: new Date('2026-11-22T15:00:00Z') }),
      );
      expect((await signedWith('key1', { issuedSince: made })).count).toBe(1);
      expect((await signedWith('key1')).count).toBe(2);
    });

    test('a count that makes no progress in time fails', async () => {
      await add(token(60));
      const range = { hashes: HASHES, issuedSince: null, now: NOW, deadline: new Date(Date.now() - 1) };
      const counting = harness.counter.countSignedWith('media', 'key1', range);
      await expect(counting).rejects.toMatchObject({ code: 'audit_unavailable' });
    });

    test('thousands of tokens are counted, and the latest expiry is that of all of them', async () => {
      const { tokens, latest } = manyTokens(2300);
      await add(...tokens, token(4000, { by: 'key2' }));
      const whole = { count: 2300, latestExpiry: latest, rest: null };
      expect(await signedWith('key1')).toEqual(whole);
      harness.furtherPages('fail once');
      expect(await signedWith('key1')).toEqual(whole);
    });

    test('a count that makes no progress fails, and the next call completes it without counting a token twice', async () => {
      const { tokens, latest } = manyTokens(1500);
      await add(...tokens);
      harness.furtherPages('run out of time');
      const begun = await signedWith('key1');
      expect(begun.rest).not.toBeNull();
      expect(begun.count).toBe(1000);
      await expect(signedWith('key1', { begun })).rejects.toMatchObject({ code: 'audit_unavailable' });
      harness.furtherPages('pass');
      // What it began with counts, whatever has expired since.
      const ended = await signedWith('key1', { begun, now: addSeconds(NOW, 86_400) });
      expect(ended).toEqual({ count: 1500, latestExpiry: latest, rest: null });
    });

    test('a count starts again if storage no longer accepts its position', async () => {
      const { tokens, latest } = manyTokens(1500);
      await add(...tokens, token(60, { shard: 4 }));
      harness.furtherPages('run out of time');
      const begun = await signedWith('key1');
      expect(begun.rest).not.toBeNull();
      harness.furtherPages('refuse once');
      const whole = { count: 1501, latestExpiry: latest, rest: null };
      expect(await signedWith('key1', { begun })).toEqual(whole);
    });

    test('a count of other tokens is not continued', async () => {
      await add(...manyTokens(1100).tokens, token(60, { by: 'key2' }));
      harness.furtherPages('run out of time');
      const begun = await signedWith('key1');
      harness.furtherPages('pass');
      expect((await signedWith('key2', { begun })).count).toBe(1);
      expect((await signedWith('key1', { begun, account: 'archive' })).count).toBe(0);
      expect((await signedWith('key1', { begun, issuedSince: new Date(0) })).count).toBe(1100);
      const hashes = { ...HASHES, key2: DEAD };
      expect((await signedWith('key1', { begun, hashes })).count).toBe(1101);
      expect((await signedWith('key1', { begun: { ...begun, rest: 'what is this' } })).count).toBe(1100);
    });
  });
}
