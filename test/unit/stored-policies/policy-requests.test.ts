import { expect, it } from 'vitest';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { parseTokenRequest } from '../../../shared/requests/parse-token-request.ts';
import { account } from '../../fakes/configuration.ts';

const url = 'https://media.blob.core.windows.net/photos';
const wholeAccount = { account: 'media', services: ['blob'], resourceTypes: ['object'] };

const parse = (body: object) =>
  parseTokenRequest(body, {
    accounts: new Map([['media', account()]]),
    callerIp: null,
    entraUser: { objectId: 'o', tenantId: 't' },
    now: new Date('2026-11-22T12:00:00Z'),
  });

it('a token request may name a policy and leave out what the policy sets', () => {
  expect(parse({ url, policy: 'Ü 1/2' })).toMatchObject({
    policy: 'Ü 1/2',
    permissions: '',
    expiresAt: null,
  });
  expect(parse({ url, policy: 'x'.repeat(64), revocable: false })).toMatchObject({ revocable: false });
  expect(parse({ url, permissions: 'r', revocable: true })).toMatchObject({ revocable: true, policy: null });
});

it.each<[object, string, RegExp]>([
  [{ url, permissions: 'r', policy: '' }, 'policy', /1 to 64 characters/],
  [{ url, permissions: 'r', policy: 'x'.repeat(65) }, 'policy', /1 to 64 characters/],
  [{ url, permissions: 'r', policy: 'a\nb' }, 'policy', /1 to 64 characters/],
  [{ url, permissions: 'r', policy: 'a\ud800' }, 'policy', /1 to 64 characters/],
  [{ url, permissions: 'r', policy: 7 }, 'policy', /must be a string/],
  [{ url, permissions: 'r', policy: null }, 'policy', /must be a string/],
  [{ url, policy: 'p', permissions: '' }, 'permissions', /at least one permission/],
  [{ url, policy: 'p', kind: 'user-delegation' }, 'policy', /is supported by service SAS only/],
  [{ url, policy: 'p', bindTo: 'caller' }, 'bindTo', /a stored access policy requires a service SAS/],
  [{ url, policy: 'p', revocable: true }, 'revocable', /only one of policy and revocable/],
  [{ url, permissions: 'r', revocable: 'yes' }, 'revocable', /must be true or false/],
  [{ url, permissions: 'r', revocable: null }, 'revocable', /must be true or false/],
  [{ url, revocable: true }, 'permissions', /is required/],
  [
    { url, permissions: 'r', revocable: true, kind: 'user-delegation' },
    'revocable',
    /only a service SAS supports/,
  ],
  [{ url, permissions: 'r', revocable: true, bindTo: 'caller' }, 'bindTo', /requires a user delegation SAS/],
  [
    { resource: wholeAccount, kind: 'account', permissions: 'r', policy: 'p' },
    'policy',
    /is not supported by an account SAS/,
  ],
  [
    { resource: wholeAccount, kind: 'account', permissions: 'r', revocable: true },
    'revocable',
    /an account SAS does not support/,
  ],
])('the request %j is refused', (body, path, message) => {
  let errors: BrokerError['errors'] = [];
  try {
    parse(body);
  } catch (error) {
    ({ errors } = error as BrokerError);
  }
  expect(errors).toEqual([{ path, message: expect.stringMatching(message) as string }]);
});
