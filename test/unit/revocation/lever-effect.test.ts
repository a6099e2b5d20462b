import { describe, expect, it } from 'vitest';
import type { Lever } from '../../../shared/revocation/lever.ts';
import { commandOf, isManaged, secondsToTakeEffect } from '../../../shared/revocation/lever-effect.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { POLICY_DELAY_SECONDS } from '../../../shared/stored-policies/stored-policy.ts';
import { account } from '../../fakes/configuration.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { waitsOf } from '../rotation/machine-samples.ts';

const key = (named: 'key1' | 'key2' | 'both'): Lever => ({
  name: 'regenerate-key',
  on: { account: 'media', key: named },
});
const delegation: Lever = { name: 'revoke-delegation-keys', on: { account: 'media' } };
const role: Lever = { name: 'remove-role', on: { account: 'media' } };
const policy = (parts: object = {}): Lever => ({
  name: 'delete-policy',
  on: { account: 'media', service: 'blob', container: 'photos', policy: 'p1', ...parts },
});

const CALL = 10;
const SETTLE = 1000;
const steady: Partial<RotationJournal> = { active: 'key1', takenOver: true };

describe('the time until a lever has its effect', () => {
  it.each<[string, Lever, Partial<RotationJournal> | null, number]>([
    ['a policy', policy(), steady, POLICY_DELAY_SECONDS],
    ['user delegation keys', delegation, steady, CALL],
    ['the standby key', key('key2'), steady, CALL],
    ['the active key, whose standby settles first', key('key1'), steady, 3 * CALL + SETTLE],
    ['key2 while it is active', key('key2'), { ...steady, active: 'key2' }, 3 * CALL + SETTLE],
    ['both keys', key('both'), { ...steady, takenOver: false }, 3 * CALL + SETTLE],
    [
      'the active key of an account that is only observed',
      key('key1'),
      { ...steady, takenOver: false },
      2 * CALL,
    ],
    ['key1 if nothing is known of the account', key('key1'), null, 3 * CALL + SETTLE],
    ['key2 if nothing is known of the account', key('key2'), null, CALL],
  ])('of %s', (_name, lever, journal, seconds) => {
    const known = journal === null ? null : someJournal(journal);
    expect(secondsToTakeEffect(lever, known, waitsOf())).toBe(seconds);
  });

  it('is nothing for a key that the broker does not manage, and the same for a policy', () => {
    expect(secondsToTakeEffect(key('key1'), null, null)).toBe(0);
    expect(secondsToTakeEffect(policy(), null, null)).toBe(POLICY_DELAY_SECONDS);
  });
});

describe('what the broker does itself', () => {
  it.each<[string, Lever, boolean, boolean, boolean]>([
    ['a policy', policy(), true, true, false],
    ['user delegation keys', delegation, true, false, true],
    ['a key', key('key1'), true, false, false],
    ['the role', role, false, false, false],
  ])('%s: with rotation, without, and on an account that accepts no keys', (_name, lever, ...expected) => {
    const closed = account({ allowSharedKeyAccess: false });
    const managed = [
      isManaged(lever, account(), waitsOf()),
      isManaged(lever, account(), null),
      isManaged(lever, closed, waitsOf()),
    ];
    expect(managed).toEqual(expected);
  });
});

describe('the command with the effect of a lever', () => {
  const idOf = (group: string, subscription = '0c0ffee0-0000-4000-8000-0000000000c1') =>
    `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/media`;
  const of = (lever: Lever, delegators?: string[], resourceId = idOf('rg')) =>
    commandOf(account({ name: 'media', resourceId }), lever, delegators);

  it('names every key and every identity', () => {
    expect(of(key('both'))).toMatch(/--key key1 && az .*--key key2$/);
    expect(of(role, ['oid-1', 'oid-2'])).toMatch(/--assignee 'oid-1' .* && .*--assignee 'oid-2' /);
    expect(of(policy({ service: 'queue', container: 'jobs' }))).toMatch(/--queue-name 'jobs' --name 'p1'$/);
  });

  it.each<[string, () => string | null]>([
    ['no identity is known', () => of(role)],
    ['no identity is given', () => of(role, [])],
    ['one of the identities is not safe in a shell', () => of(role, ['oid-1', "o'; rm"])],
    ['the policy is not safe in a shell', () => of(policy({ policy: "p'1" }))],
    ['the container is not safe in a shell', () => of(policy({ container: '-x' }))],
    ['the resource group is not safe in a shell', () => of(key('key1'), [], idOf("r'g"))],
    ['the subscription is not safe in a shell', () => of(key('key1'), [], idOf('rg', "s'1"))],
    ['the resource id is not one of a storage account', () => of(key('key1'), [], '/subscriptions/s')],
  ])('does not exist if %s', (_name, command) => {
    expect(command()).toBeNull();
  });
});
