import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { journalText, parseJournal } from '../../../shared/rotation/table-journal-text.ts';
import { anyJournal, someJournal } from './journal-samples.ts';

type Members = Record<string, unknown>;
const members = (journal: RotationJournal): Members => JSON.parse(journalText(journal)) as Members;
/** Those that the first version wrote, and read. */
const FIRST_MEMBERS = [
  ...['account', 'phase', 'takenOver', 'active', 'hashes', 'times', 'attempt', 'settleUntil', 'demotedAt'],
  ...['drainUntil', 'compromised', 'request', 'dueAt', 'delegationRevokedAt', 'notBefore', 'lastOutcome'],
  ...['lastError', 'lastFailure', 'outbox'],
];
const garbage = fc.oneof(fc.string(), fc.json(), fc.constant(''), fc.constant('null'), fc.constant('[]'));

describe('a journal as text', () => {
  test('comes back as it was, to the millisecond', () => {
    fc.assert(
      fc.property(anyJournal, (journal) => {
        expect(parseJournal(journalText(journal), journal.account)).toEqual(journal);
      }),
      { numRuns: 500 },
    );
  });

  test('has no member that former versions refuse, where nothing is counted', () => {
    expect(Object.keys(members(someJournal())).sort()).toEqual([...FIRST_MEMBERS].sort());
  });

  test('may be of a version that did not know when a count was begun, which is then counted anew', () => {
    const older = {
      key: 'key2',
      demotedAt: '2026-11-22T12:00:00.000Z',
      count: 3,
      latestExpiry: null,
      rest: 'x',
    };
    const text = JSON.stringify({ ...members(someJournal()), tally: older });
    expect(parseJournal(text, 'media')).toEqual(someJournal());
  });

  test('is nothing else: no garbage passes', () => {
    fc.assert(
      fc.property(garbage, (text) => {
        expect(parseJournal(text, 'media')).toBeTypeOf('string');
      }),
      { numRuns: 1000 },
    );
  });

  test('is refused where a member is missing, of another kind, or one too many', () => {
    const another = fc.constantFrom<unknown>({}, [0], 7, 'x', -1, '2026-02-30T00:00:00.000Z');
    fc.assert(
      fc.property(anyJournal, fc.constantFrom(...FIRST_MEMBERS), another, (journal, name, value) => {
        const { [name]: dropped, ...rest } = members(journal);
        const text = (over: Members): string => JSON.stringify({ ...rest, ...over });
        expect(parseJournal(text({}), journal.account)).toBeTypeOf('string');
        expect(parseJournal(text({ [name]: dropped, newer: null }), journal.account)).toBeTypeOf('string');
        // Free text may be any text.
        if (!(name.startsWith('last') && typeof value === 'string'))
          expect(parseJournal(text({ [name]: value }), journal.account)).toBeTypeOf('string');
      }),
      { numRuns: 500 },
    );
  });

  test('is refused where it was cut short', () => {
    fc.assert(
      fc.property(anyJournal, fc.nat(), (journal, cut) => {
        const text = journalText(journal);
        expect(parseJournal(text.slice(0, cut % text.length), journal.account)).toBeTypeOf('string');
      }),
    );
  });

  test("is refused as another account's", () => {
    expect(parseJournal(journalText(someJournal()), 'archive')).toBe('it is the journal of another account');
  });

  test('is not written where it would not come back', () => {
    const strange = { ...someJournal(), newer: 1 } as RotationJournal;
    expect(() => journalText(strange)).toThrow(expect.objectContaining({ code: 'internal' }) as Error);
    const broken = someJournal({ dueAt: new Date(NaN) });
    expect(() => journalText(broken)).toThrow(expect.objectContaining({ code: 'internal' }) as Error);
  });

  test('tells what is wrong by path, without what was there', () => {
    const text = JSON.stringify({ ...members(someJournal()), hashes: { key1: 'S3CRET', key2: 'S3CRET' } });
    const fault = parseJournal(text, 'media');
    expect(fault).toContain('hashes.key1');
    expect(fault).not.toContain('S3CRET');
  });
});
