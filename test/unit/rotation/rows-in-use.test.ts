import { describe, expect, test } from 'vitest';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { findRowsInUse, rowsNeededSince } from '../../../shared/rotation/rows-in-use.ts';
import { account } from '../../fakes/configuration.ts';

const demotedAt = new Date('2026-11-20T12:00:00Z');
const begunAt = new Date('2026-11-20T13:00:00Z');
const tally = (times: { demotedAt: Date; begunAt: Date }) =>
  ({ ...times, key: 'key1', count: 1, latestExpiry: null, rest: '' }) as const;
const journal = (parts: Partial<RotationJournal>) =>
  ({ demotedAt: null, tally: null, ...parts }) as RotationJournal;

describe('rowsNeededSince', () => {
  test('an account whose keys nothing else depends on needs no rows', () => {
    expect(rowsNeededSince(journal({}), 300)).toBeNull();
  });

  test('rows are needed from the demotion on, less the clock skew', () => {
    expect(rowsNeededSince(journal({ demotedAt }), 300)).toEqual(new Date('2026-11-20T11:55:00Z'));
  });

  test('a count that began earlier, and counts what lived then, needs more', () => {
    const parts = { demotedAt: begunAt, tally: tally({ demotedAt: begunAt, begunAt: demotedAt }) };
    expect(rowsNeededSince(journal(parts), 60)).toEqual(new Date('2026-11-20T11:59:00Z'));
    const former = { demotedAt: null, tally: tally({ demotedAt, begunAt }) };
    expect(rowsNeededSince(journal(former), 0)).toEqual(demotedAt);
  });
});

describe('findRowsInUse', () => {
  const accounts = ['media', 'archive', 'logs'].map((name) => account({ name }));

  test.each([
    ['last', ['media', 'archive', 'logs']],
    ['first', ['archive', 'media', 'logs']],
  ])(
    'the account that needs the oldest rows counts, also one without rotation, read %s',
    async (_when, names) => {
      const journals = new Map([
        ['media', journal({ demotedAt: begunAt })],
        ['archive', journal({ demotedAt })],
      ]);
      const load = async (name: string) => ({ journal: journals.get(name) ?? null, etag: null });
      expect(
        await findRowsInUse(
          { load },
          names.map((name) => account({ name })),
        ),
      ).toEqual({
        account: 'archive',
        since: new Date('2026-11-20T11:55:00Z'),
      });
    },
  );

  test('no account needs any if none has such a journal', async () => {
    const load = async () => ({ journal: null, etag: null });
    expect(await findRowsInUse({ load }, accounts)).toBeNull();
  });

  test('a journal that cannot be read is an error, even if others can', async () => {
    const load = async (name: string) => {
      if (name === 'logs') throw new Error('unreadable');
      return { journal: null, etag: null };
    };
    await expect(findRowsInUse({ load }, accounts)).rejects.toThrow('unreadable');
  });
});
