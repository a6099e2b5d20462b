import { describe, expect, it } from 'vitest';
import type { AccountFacts } from '../../../shared/revocation/account-facts.ts';
import type { Lever } from '../../../shared/revocation/lever.ts';
import type { PlanFacts } from '../../../shared/revocation/plan-facts.ts';
import { planNotes } from '../../../shared/revocation/plan-notes.ts';
import type { RevocationTarget } from '../../../shared/revocation/revocation-target.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { account } from '../../fakes/configuration.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { start, times } from './revocation-world.ts';

type Journal = NonNullable<AccountFacts['journal']>;

function factsOf(name: string, journal: Partial<Journal> | null = {}, parts = {}): AccountFacts {
  const configured = account({ name, rotation: times, ...parts });
  return {
    account: configured,
    waits: rotationWaits(configured, 10),
    journal: journal === null ? null : someJournal({ account: name, takenOver: true, ...journal }),
  } as AccountFacts;
}

const media = factsOf('media');
const key = (named: 'key1' | 'key2' | 'both', of = 'media'): Lever => ({
  name: 'regenerate-key',
  on: { account: of, key: named },
});
const delegation: Lever = { name: 'revoke-delegation-keys', on: { account: 'media' } };
const role: Lever = { name: 'remove-role', on: { account: 'media' } };
const ANY: RevocationTarget = { grant: 'photo-upload' };

/** Returns the notes, without the first one, which every plan has. */
function notesOf(
  accounts: readonly AccountFacts[],
  levers: readonly Lever[],
  parts: { target?: RevocationTarget; unread?: number; hasMoreLevers?: boolean; scannedAll?: boolean } = {},
  fold: object = {},
): readonly string[] {
  const { target = ANY, unread = 0, hasMoreLevers = false, scannedAll = true } = parts;
  const facts = {
    accounts: new Map(accounts.map((one) => [one.account.name, one])),
    levers: levers.map((lever, index) => ({
      lever,
      facts: accounts.find((one) => one.account.name === lever.on.account),
      isKnown: index >= unread,
    })),
    fold: {
      ...{ unnamed: 0, unproved: 0, hasMorePolicies: false, targeted: { hasMoreCallers: false } },
      ...fold,
    },
    hasMoreLevers,
    scannedAll,
  };
  const [first, ...rest] = planNotes(target, facts as unknown as PlanFacts);
  expect(first).toMatch(/^The plan counts only tokens that this broker issued\./);
  return rest;
}

/** Returns the first words of each note. */
const openings = (notes: readonly string[]): string[] =>
  notes.map((note) => note.split(' ').slice(0, 5).join(' '));

describe('the notes of a plan about its accounts', () => {
  it('are none if a rotated account’s key is regenerated and nothing is unusual', () => {
    expect(notesOf([media], [key('key1')])).toEqual([]);
  });

  it.each<[string, AccountFacts, string]>([
    [
      'is not rotated',
      factsOf('media', null, { rotation: null }),
      'This broker does not manage the keys of media,',
    ],
    [
      'does not accept its keys',
      factsOf('media', {}, { allowSharedKeyAccess: false }),
      'The account media has allowSharedKeyAccess: false,',
    ],
    ['was never observed', factsOf('media', null), 'The broker has not observed media yet,'],
    [
      'is held up',
      factsOf('media', { lastError: 'no reply' }),
      'The rotation of media is held up: no reply.',
    ],
  ])('say that it %s', (_name, facts, note) => {
    const notes = notesOf([facts], [key('key1')]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(note);
  });

  it('warn of an account that was not taken over only if one of its keys is regenerated', () => {
    const observed = factsOf('media', { phase: 'observed', takenOver: false });
    expect(openings(notesOf([observed], [key('key2')]))).toEqual(['The account media is observed']);
    expect(openings(notesOf([observed], [delegation]))).toEqual(['User delegation keys can only']);
    const archive = factsOf('archive');
    expect(openings(notesOf([observed, archive], [delegation, key('both', 'archive')]))).toEqual([
      'User delegation keys can only',
    ]);
  });

  it.each<[string, Lever[], string[]]>([
    ['one', [key('key1')], ['key1 of media is already being replaced; the account is in phase draining.']],
    [
      'both, each once',
      [key('key1'), key('both')],
      ['key1 and key2 of media are already being replaced; the account is in phase draining.'],
    ],
    ['none that a lever names', [key('key1', 'archive')], []],
  ])('name keys that are already being replaced: %s', (_name, levers, expected) => {
    const busy = factsOf('media', { phase: 'draining', compromised: ['key1', 'key2'] });
    expect(notesOf([busy, factsOf('archive')], [...levers, role]).slice(0, -1)).toEqual(expected);
    const other = factsOf('media', { compromised: ['key2'] });
    expect(notesOf([other], [key('key1')])).toEqual([]);
  });

  it('leave out an account that no lever acts on, unless it is the only one', () => {
    const closed = factsOf('archive', {}, { allowSharedKeyAccess: false });
    expect(notesOf([media, closed], [key('key1')])).toEqual([]);
    expect(openings(notesOf([media, closed], [key('key1'), key('key1', 'archive')]))).toEqual([
      'The account archive has allowSharedKeyAccess:',
    ]);
    const alone = notesOf([closed], [], { target: { account: 'archive' } });
    expect(openings(alone)).toEqual(['The account archive has allowSharedKeyAccess:']);
  });
});

describe('the notes of a plan about its levers', () => {
  it('say what user delegation keys are, and when they were last revoked', () => {
    const revoked = factsOf('media', { delegationRevokedAt: start });
    expect(notesOf([revoked], [delegation])).toEqual([
      expect.stringMatching(/^User delegation keys can only be revoked all together/),
      'Those of media were last revoked at 2026-11-22T12:00:00Z.',
    ]);
    expect(notesOf([media], [delegation])).toHaveLength(1);
  });

  it.each<[string, Lever[], Parameters<typeof notesOf>[2], object, string[]]>([
    ['the role', [role], {}, {}, ['remove-role takes every role away']],
    ['policies that could not be read', [key('key1')], { unread: 1 }, {}, ['1 stored policies could not']],
    [
      'levers that are not listed',
      [key('key1')],
      { hasMoreLevers: true },
      {},
      ['There are more stored policies'],
    ],
    [
      'policies that are not listed',
      [key('key1')],
      {},
      { hasMorePolicies: true },
      ['There are more stored policies'],
    ],
    ['no lever', [], {}, {}, ['No live token of this']],
    ['no lever of an account', [], { target: { account: 'media' } }, {}, []],
  ])('say it of %s', (_name, levers, parts, fold, expected) => {
    expect(openings(notesOf([media], levers, parts, fold))).toEqual(expected);
  });
});

describe('the notes of a plan about its tokens', () => {
  it.each<[string, object, boolean, string[]]>([
    ['of neither present key', { unnamed: 3 }, true, ['The rows of 3 of']],
    ['that something ended without proof', { unproved: 2 }, true, ['Something that 2 of the']],
    ['of too many callers', { targeted: { hasMoreCallers: true } }, true, ['More than 1000 callers hold']],
    ['that were not all read', {}, false, ['The audit table was not']],
  ])('say it of tokens %s', (_name, fold, scannedAll, expected) => {
    expect(openings(notesOf([media], [key('key1')], { scannedAll }, fold))).toEqual(expected);
  });
});
