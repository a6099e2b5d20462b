import { describe, expect, it } from 'vitest';
import { isTargeted, kills, leversOfToken } from '../../../shared/revocation/affected-tokens.ts';
import type { Lever } from '../../../shared/revocation/lever.ts';
import type { LiveToken } from '../../../shared/revocation/live-token.ts';
import type { RevocationTarget } from '../../../shared/revocation/revocation-target.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { delegated, ofKey } from './plan-world.ts';

const { hashes } = someJournal();
const based = (parts: Partial<LiveToken> = {}) => ofKey('key2', { policy: 'p', ...parts });

describe('a lever', () => {
  const policy: Lever = {
    name: 'delete-policy',
    on: { account: 'media', service: 'blob', container: 'photos', policy: 'p' },
  };
  const key1: Lever = { name: 'regenerate-key', on: { account: 'media', key: 'key1' } };
  const role: Lever = { name: 'remove-role', on: { account: 'media' } };

  it.each([
    ['deletes the policy of a token', true, policy, based()],
    ['deletes the policy of a place in another case', true, policy, based({ place: 'Photos' })],
    ['deletes another policy of the place', false, policy, based({ policy: 'q' })],
    ['deletes a policy of a place where the token has none', false, policy, based({ policy: null })],
    ['deletes a policy of the same id in another place', false, policy, based({ place: 'other' })],
    ['deletes a policy of the same id in another service', false, policy, based({ services: ['queue'] })],
    ['deletes a policy of the same id in another account', false, policy, based({ account: 'archive' })],
    ['deletes a policy, and the token has no place', false, policy, based({ place: null })],
    ['regenerates the key of a token', true, key1, ofKey('key1')],
    ['regenerates the other key', false, key1, ofKey('key2')],
    ['regenerates a key, and the row names none', true, key1, ofKey(null)],
    ['regenerates a key of another account', false, key1, ofKey('key1', { account: 'archive' })],
    ['regenerates a key, but a user delegation key signed the token', false, key1, delegated()],
    ['removes the role behind a user delegation token', true, role, delegated()],
    ['removes the role, but an account key signed the token', false, role, ofKey('key1')],
  ])('that %s: the token ends is %s', (_what, ends, lever, token) => {
    expect(kills(lever, token, hashes)).toBe(ends);
  });
});

it('a token without a place has no lever for a policy', () => {
  const levers = leversOfToken(based({ place: null }), hashes);
  expect(levers).toEqual([{ name: 'regenerate-key', on: { account: 'media', key: 'key2' } }]);
});

describe('a target', () => {
  const photos: RevocationTarget = { account: 'media', service: 'blob', container: 'photos' };

  it.each([
    ['the whole account', true, { account: 'media' }, ofKey('key1')],
    ['another account', false, { account: 'archive' }, ofKey('key1')],
    ['the key that signed it', true, { account: 'media', key: 'key1' }, ofKey('key1')],
    ['the other key', false, { account: 'media', key: 'key2' }, ofKey('key1')],
    ['the same key of another account', false, { account: 'archive', key: 'key1' }, ofKey('key1')],
    ['both keys', true, { account: 'media', key: 'both' }, ofKey('key1')],
    ['its container', true, photos, ofKey('key1')],
    [
      'a container of the same name in another account',
      false,
      { ...photos, account: 'archive' },
      ofKey('key1'),
    ],
    [
      'a caller of the same subject and another issuer',
      false,
      { caller: { issuer: 'x', subject: 'ann' } },
      based(),
    ],
    ['another caller of the same issuer', false, { caller: { issuer: 'local', subject: 'bob' } }, based()],
  ] satisfies [string, boolean, RevocationTarget, LiveToken][])(
    'that is %s: the token belongs to it is %s',
    (_what, belongs, target, token) => {
      expect(isTargeted(target, token, hashes)).toBe(belongs);
    },
  );
});
