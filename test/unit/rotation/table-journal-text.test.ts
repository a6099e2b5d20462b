import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ok } from '../../../shared/result.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { journalText, parseJournal } from '../../../shared/rotation/table-journal-text.ts';
import { anyJournal, someJournal } from './journal-samples.ts';

type Members = Record<string, unknown>;
const members = (journal: RotationJournal): Members => JSON.parse(journalText(journal)) as Members;
const MEMBERS = Object.keys(members(someJournal()));
const garbage = fc.oneof(fc.string(), fc.json(), fc.constant(''), fc.constant('null'), fc.constant('[]'));

describe('a journal as text', () => {
  test('is parsed to the same journal, to the millisecond', () => {
    fc.assert(
      fc.property(anyJournal, (journal) => {
        expect(parseJournal(journalText(journal), journal.account)).toEqual(ok(journal));
      }),
      { numRuns: 500 },
    );
  });

  test('is rejected if it is not a journal', () => {
    fc.assert(
      fc.property(garbage, (text) => {
        expect(parseJournal(text, 'media').ok).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('is rejected if a member is missing, has another type, or is unknown', () => {
    const another = fc.constantFrom<unknown>({}, [0], 7, 'x', -1, '2026-02-30T00:00:00.000Z');
    fc.assert(
      fc.property(anyJournal, fc.constantFrom(...MEMBERS), another, (journal, name, value) => {
        const { [name]: dropped, ...rest } = members(journal);
        const text = (over: Members): string => JSON.stringify({ ...rest, ...over });
        expect(parseJournal(text({}), journal.account).ok).toBe(false);
        expect(parseJournal(text({ [name]: dropped, newer: null }), journal.account).ok).toBe(false);
        // Free text may be any text.
        if (!(/^last|^deadSecret$/.test(name) && typeof value === 'string'))
          expect(parseJournal(text({ [name]: value }), journal.account).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('is rejected if it was cut short', () => {
    fc.assert(
      fc.property(anyJournal, fc.nat(), (journal, cut) => {
        const text = journalText(journal);
        expect(parseJournal(text.slice(0, cut % text.length), journal.account).ok).toBe(false);
      }),
    );
  });

  test("is refused as another account's", () => {
    expect(parseJournal(journalText(someJournal()), 'archive')).toMatchObject({
      fault: { message: 'it belongs to another account' },
    });
  });

  test('is not written if it could not be parsed again', () => {
    const strange = { ...someJournal(), newer: 1 } as RotationJournal;
    expect(() => journalText(strange)).toThrow(expect.objectContaining({ code: 'internal' }) as Error);
    const broken = someJournal({ dueAt: new Date(NaN) });
    expect(() => journalText(broken)).toThrow(expect.objectContaining({ code: 'internal' }) as Error);
  });

  test('names the wrong members by path and repeats no value', () => {
    const text = JSON.stringify({ ...members(someJournal()), hashes: { key1: 'S3CRET', key2: 'S3CRET' } });
    const fault = JSON.stringify(parseJournal(text, 'media'));
    expect(fault).toContain('hashes.key1');
    expect(fault).not.toContain('S3CRET');
  });
});
