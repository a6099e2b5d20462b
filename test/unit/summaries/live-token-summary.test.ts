import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BrokerError } from '../../../shared/broker-error.ts';
import type { Death } from '../../../shared/deaths/death.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { keyIdOf } from '../../../shared/keys/key-hash.ts';
import type { AccountFacts } from '../../../shared/revocation/account-facts.ts';
import type { LiveToken } from '../../../shared/revocation/live-token.ts';
import { LiveTokenFold, SIGNERS, totalOf } from '../../../shared/summaries/live-token-fold.ts';
import {
  type LiveSummaryQuery,
  liveSummarySchema,
  liveTokenSummary,
  readLiveSummaryQuery,
} from '../../../shared/summaries/live-token-summary.ts';
import { account } from '../../fakes/configuration.ts';
import { delegated, ofKey } from '../revocation/plan-world.ts';
import { liveToken, start, times } from '../revocation/revocation-world.ts';
import { someJournal } from '../rotation/journal-samples.ts';

const now = addSeconds(start, 1200);
const facts = (name: string, parts: Partial<AccountFacts> = {}): [string, AccountFacts] => [
  name,
  {
    account: account({ name, rotation: times }),
    waits: null,
    journal: someJournal({ account: name }),
    deaths: [],
    clockSkew: times.clockSkew,
    ...parts,
  },
];
const everything = { account: null, hours: 24 };

function summaryOf(
  tokens: readonly LiveToken[],
  query: Partial<LiveSummaryQuery> = {},
  { accounts = [facts('media'), facts('archive')], maxMembers = 100, scannedAll = true } = {},
) {
  const fold = new LiveTokenFold(new Map(accounts), now, maxMembers);
  for (let from = 0; from < tokens.length; from += 3) fold.take(tokens.slice(from, from + 3));
  const summary = liveTokenSummary({ asOf: now, fold, scannedAll }, { ...everything, ...query });
  return liveSummarySchema.parse(summary);
}

const none = { userDelegation: 0, key1: 0, key2: 0, unnamed: 0 };
const inHours = (hours: number): Date => addSeconds(now, hours * 3600);

describe('a summary of live tokens', () => {
  it('counts by hour of expiry from the running one on, zeros too, and the rest as later', () => {
    const tokens = [0, 1, 1, 23, 24, 167, 168].map((hours) => ofKey('key1', { expiresAt: inHours(hours) }));
    const { asOf, total, byHour, later } = summaryOf(tokens);
    expect([asOf, total, byHour.length]).toEqual(['2026-11-22T12:20:00Z', 7, 24]);
    expect(byHour[0]).toEqual({ hour: '2026-11-22T12:00:00Z', ...none, key1: 1 });
    expect(byHour[1]).toEqual({ hour: '2026-11-22T13:00:00Z', ...none, key1: 2 });
    expect(byHour[2]).toEqual({ hour: '2026-11-22T14:00:00Z', ...none });
    expect(byHour[23]).toEqual({ hour: '2026-11-23T11:00:00Z', ...none, key1: 1 });
    expect(later).toEqual({ ...none, key1: 3 });
    const week = summaryOf(tokens, { hours: 168 });
    expect([week.byHour.length, week.byHour[167]!.key1, week.later.key1]).toEqual([168, 1, 1]);
    const hour = summaryOf(tokens, { hours: 1 });
    expect([hour.byHour.length, hour.later.key1, hour.total]).toEqual([1, 6, 7]);
  });

  it.each([
    ['a user delegation key', delegated(), 'userDelegation'],
    ['key1', ofKey('key1'), 'key1'],
    ['key2', ofKey('key2'), 'key2'],
    ['an account key that the row does not name', ofKey(null), 'unnamed'],
    ['a former value of an account key', liveToken({ signedWith: { keyId: 'c'.repeat(16) } }), 'unnamed'],
  ])('counts a token of %s', (_what, token, signer) => {
    const { byHour, byAccount } = summaryOf([token]);
    expect(byHour[1]).toMatchObject({ ...none, [signer]: 1 });
    expect(byAccount.find((one) => one.account === 'media')).toMatchObject({ ...none, [signer]: 1 });
  });

  it('has no names for the keys of an account that it does not manage', () => {
    const { byAccount } = summaryOf(
      [ofKey('key1'), delegated()],
      {},
      { accounts: [facts('media', { journal: null })] },
    );
    expect(byAccount).toMatchObject([{ userDelegation: 1, key1: 0, unnamed: 1 }]);
  });

  it('counts live and unproved tokens by each account’s clock skew, and no others', () => {
    const hash = someJournal().hashes.key2;
    const death = (proof: Death['proof']): Death => ({
      id: 'key',
      account: 'media',
      dead: { what: 'key', keyId: keyIdOf(hash) },
      order: { at: start, by: 'local/otto', byName: null, reason: 'leaked' },
      proof,
    });
    const tokens = [
      ofKey('key1', { expiresAt: addSeconds(now, -29) }),
      ofKey('key1', { expiresAt: addSeconds(now, -30) }),
      ofKey('key2'),
    ];
    const counted = (proof: Death['proof']) => {
      const accounts = [facts('media', { deaths: [death(proof)] })];
      const { total, byHour } = summaryOf(tokens, {}, { accounts });
      return [total, byHour[0]!.key1, byHour[1]!.key2];
    };
    expect(counted(null)).toEqual([2, 1, 1]);
    expect(counted({ at: now, refused: true, on: ['blob'] })).toEqual([1, 1, 0]);
  });

  it('counts a token that expired in the hour before, but not by every clock, in the running hour', () => {
    const fold = new LiveTokenFold(new Map([facts('media')]), start);
    fold.take([ofKey('key1', { expiresAt: addSeconds(start, -10) })]);
    const { byHour, total } = liveTokenSummary({ asOf: start, fold, scannedAll: true }, everything);
    expect([byHour[0], total]).toEqual([{ hour: '2026-11-22T12:00:00Z', ...none, key1: 1 }, 1]);
  });

  it('lists every account, whether or not it has tokens, but none that is not configured', () => {
    const summary = summaryOf([
      ofKey('key1', { expiresAt: inHours(2) }),
      ofKey('key1', { expiresAt: inHours(200) }),
      ofKey('key1', { account: 'gone' }),
    ]);
    expect(summary.byAccount).toEqual([
      { account: 'archive', ...none, latestExpiry: null },
      { account: 'media', ...none, key1: 2, latestExpiry: '2026-11-30T20:20:00Z' },
    ]);
    expect(summary.total).toBe(2);
  });

  it('of one account counts nothing of another', () => {
    const caller = { issuer: 'local', subject: 'bob', name: 'Bob' };
    const tokens = [
      ofKey('key1', { grant: 'a' }),
      ofKey('key1', { account: 'archive', grant: 'b', caller }),
      ofKey('key1', { account: 'archive', grant: 'b', caller }),
    ];
    const { total, byHour, byAccount, byGrant, byCaller } = summaryOf(tokens, { account: 'archive' });
    expect([total, byHour[1]!.key1]).toEqual([2, 2]);
    expect(byAccount.map((one) => one.account)).toEqual(['archive']);
    expect(byGrant).toEqual([{ grant: 'b', tokens: 2 }]);
    expect(byCaller).toEqual([{ ...caller, tokens: 2 }]);
    expect(summaryOf(tokens).byGrant.map(({ grant }) => grant)).toEqual(['b', 'a']);
  });

  it('lists the 20 grants and callers with the most tokens, over all accounts', () => {
    const tokens = Array.from({ length: 25 }, (_, index) => index).flatMap((index) =>
      Array.from({ length: index === 7 ? 4 : 1 }, (_copy, number) =>
        ofKey('key1', {
          account: number % 2 === 0 ? 'media' : 'archive',
          grant: `g${index + 10}`,
          caller: { issuer: 'local', subject: `c${index + 10}`, name: number === 0 ? null : 'Cy' },
        }),
      ),
    );
    const { byGrant, byCaller, scannedAll } = summaryOf(tokens);
    expect(byGrant.slice(0, 2)).toEqual([
      { grant: 'g17', tokens: 4 },
      { grant: 'g10', tokens: 1 },
    ]);
    expect(byCaller.slice(0, 2)).toEqual([
      { issuer: 'local', subject: 'c17', name: 'Cy', tokens: 4 },
      { issuer: 'local', subject: 'c10', name: null, tokens: 1 },
    ]);
    expect([byGrant.length, byCaller.length, scannedAll]).toEqual([20, 20, true]);
  });

  it('says that it is incomplete if the scan was cut short, or there were too many callers or grants', () => {
    const callers = Array.from({ length: 4 }, (_, index) =>
      ofKey('key1', { caller: { issuer: 'local', subject: String(index), name: null } }),
    );
    const grants = Array.from({ length: 4 }, (_, index) => ofKey('key1', { grant: String(index) }));
    for (const tokens of [callers, grants]) {
      expect(summaryOf(tokens, {}, { maxMembers: 4 }).scannedAll).toBe(true);
      const beyond = summaryOf(tokens, {}, { maxMembers: 3 });
      expect([beyond.scannedAll, beyond.total]).toEqual([false, 4]);
    }
    expect(summaryOf(callers, {}, { scannedAll: false }).scannedAll).toBe(false);
  });

  it('adds up, whatever the tokens and the question', () => {
    const anyToken = fc
      .record({
        account: fc.constantFrom('media', 'archive', 'gone'),
        grant: fc.constantFrom('a', 'b', 'c', 'd'),
        caller: fc.record({
          issuer: fc.constantFrom('local', 'entra'),
          subject: fc.constantFrom('1', '2', '3'),
          name: fc.constantFrom('Ann', null),
        }),
        expiresAt: fc.integer({ min: -120, max: 9 * 86_400 }).map((seconds) => addSeconds(now, seconds)),
        signedWith: fc.constantFrom(
          { keyId: null },
          { keyId: 'a'.repeat(16) },
          { keyId: 'b'.repeat(16) },
          { keyId: 'c'.repeat(16) },
          { delegationKeyStartsAt: start },
        ),
      })
      .map(liveToken);
    const anyQuery = fc.record({
      account: fc.constantFrom(null, 'media', 'archive'),
      hours: fc.integer({ min: 1, max: 168 }),
    });
    fc.assert(
      fc.property(
        fc.array(anyToken, { maxLength: 40 }),
        anyQuery,
        fc.integer({ min: 1, max: 30 }),
        (tokens, query, maxMembers) => {
          const { total, byHour, later, byAccount, byGrant, byCaller, scannedAll } = summaryOf(
            tokens,
            query,
            {
              accounts: [facts('media'), facts('archive')],
              maxMembers,
              scannedAll: true,
            },
          );
          const isCounted = ({ account: of, expiresAt }: LiveToken) =>
            (query.account === null ? of !== 'gone' : of === query.account) &&
            now < addSeconds(expiresAt, times.clockSkew);
          expect(total).toBe(tokens.filter(isCounted).length);
          expect(byHour).toHaveLength(query.hours);
          for (const signer of SIGNERS) {
            const ofHours = [...byHour, later].reduce((sum, one) => sum + one[signer], 0);
            expect(byAccount.reduce((sum, one) => sum + one[signer], 0)).toBe(ofHours);
          }
          expect([...byHour, later].reduce((sum, one) => sum + totalOf(one), 0)).toBe(total);
          for (const list of [byGrant, byCaller]) {
            const sum = list.reduce((all, one) => all + one.tokens, 0);
            expect(list.length).toBeLessThanOrEqual(Math.min(20, maxMembers));
            if (scannedAll) expect(sum).toBe(total);
            else expect(sum).toBeLessThanOrEqual(total);
          }
        },
      ),
    );
  });
});

describe('the memory of a count of live tokens', () => {
  it('does not grow with the tokens', () => {
    const fold = new LiveTokenFold(new Map([facts('media')]), now, 1000);
    for (let page = 0; page < 20; page += 1)
      fold.take(
        Array.from({ length: 1000 }, (_, index) =>
          ofKey('key1', {
            grant: `g${page * 1000 + index}`,
            caller: { issuer: 'local', subject: `c${page * 1000 + index}`, name: null },
          }),
        ),
      );
    expect([fold.grants.size, fold.callers.size, fold.accounts.size]).toEqual([1000, 1000, 1]);
    expect(totalOf(fold.accounts.get('media')!.byHour[1]!)).toBe(20_000);
  });
});

describe('the query of a summary of live tokens', () => {
  const read = (text: string) => readLiveSummaryQuery(new URLSearchParams(text));

  it('is about all accounts and 24 hours by default', () => {
    expect(read('')).toEqual({ account: null, hours: 24 });
    expect(read('account=media&hours=168')).toEqual({ account: 'media', hours: 168 });
    expect(read('hours=1').hours).toBe(1);
  });

  it.each([
    'hours=0',
    'hours=169',
    'hours=-1',
    'hours=1.5',
    'hours=',
    'hours=PT1H',
    'hours=1&hours=2',
    'account=Media',
    'account=',
    'since=2026-11-22T12:00:00Z',
  ])('refuses %s', (text) => {
    const path = text.split('=')[0];
    try {
      read(text);
      expect.unreachable();
    } catch (error) {
      expect((error as BrokerError).code).toBe('invalid_request');
      expect((error as BrokerError).errors.map((fault) => fault.path)).toEqual([path]);
    }
  });
});
