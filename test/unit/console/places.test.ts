import { describe, expect, it, test } from 'vitest';
import {
  holdsSignature,
  homeOf,
  missingRoles,
  parsePlace,
  placeHref,
} from '../../../console/src/route/places.ts';
import { entryOf, navigationFor } from '../../../console/src/shell/entries.ts';

describe('the address', () => {
  test.each<[string, ReturnType<typeof parsePlace>]>([
    ['', null],
    ['#/', null],
    ['#/nowhere', null],
    ['#/constructor', null],
    ['#/overview', { place: 'overview', params: {} }],
    ['#/account?account=media', { place: 'account', params: { account: 'media' } }],
    ['#/account?account=media&key=key1', { place: 'account', params: { account: 'media' } }],
    ['#/tokens?state=live&account=a%20b', { place: 'tokens', params: { state: 'live' } }],
    ['#/plan?token=3-2026112715-9c41', { place: 'plan', params: { token: '3-2026112715-9c41' } }],
    ['#/plan?token=%3Csig%3E', { place: 'plan', params: {} }],
  ])('%s is %j', (hash, place) => {
    expect(parsePlace(hash)).toEqual(place);
  });

  it('never holds what a place does not know, or a value that is no id', () => {
    expect(placeHref('account', { account: 'media', token: 'x' })).toBe('#/account?account=media');
    expect(placeHref('account', { account: 'https://x/?sig=abc' })).toBe('#/account');
    expect(placeHref('lookup', { url: 'a' })).toBe('#/lookup');
    expect(placeHref('tokens', { account: 'a'.repeat(161) })).toBe('#/tokens');
  });

  it('reads back what it writes', () => {
    const params = { account: 'media', key: 'key1' };
    expect(parsePlace(placeHref('plan', params))).toEqual({ place: 'plan', params });
  });

  test.each([
    ['https://host/api/console/#/lookup', false],
    ['https://host/api/console/#/lookup?design=x', false],
    ['https://host/api/console/?sv=1&sig=abc', true],
    ['https://host/api/console/#/lookup?x=https%3A%2F%2Fa%3Fsig%3Dabc', true],
    ['https://host/api/console/#sig%253Dabc', true],
    ['https://host/api/console/#/lookup?SIG=abc', true],
  ])('%s holds a signature: %s', (address, holds) => {
    expect(holdsSignature(address)).toBe(holds);
  });
});

describe('roles', () => {
  test.each<[string[], string[]]>([
    [[], ['lookup', 'tokens', 'grants', 'generate']],
    [['operator'], ['overview', 'lookup', 'tokens', 'accounts', 'blocks', 'grants', 'generate']],
    [['auditor'], ['overview', 'lookup', 'tokens', 'activity', 'accounts', 'blocks', 'grants', 'generate']],
  ])('%j see %j', (roles, places) => {
    expect(navigationFor(roles).flatMap((group) => group.places)).toEqual(places);
  });

  it('decide where the console opens', () => {
    expect([homeOf([]), homeOf(['operator']), homeOf(['auditor'])]).toEqual([
      'grants',
      'overview',
      'overview',
    ]);
  });

  it('that a place needs are named', () => {
    expect(missingRoles('activity', ['operator'])).toEqual(['auditor']);
    expect(missingRoles('grants', [])).toBeNull();
  });

  it('show an account’s page under Accounts, and a plan under Look up', () => {
    expect([entryOf('account'), entryOf('plan'), entryOf('blocks')]).toEqual([
      'accounts',
      'lookup',
      'blocks',
    ]);
  });
});
