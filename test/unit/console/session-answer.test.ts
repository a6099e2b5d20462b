import { describe, expect, it, test } from 'vitest';
import { providerOf } from '../../../console/src/session/provider.ts';
import { readAnswer, readPending } from '../../../console/src/session/answer.ts';

describe('the provider’s answer', () => {
  test.each<[string, boolean]>([
    ['#code=c&state=s', true],
    ['#error=access_denied&state=s', true],
    ['#code=c', false],
    ['#state=s', false],
    ['', false],
    // A filter of the console is called state, too.
    ['#/tokens?account=a&state=live&code=1', false],
  ])('is in %s: %s', (hash, is) => {
    expect(readAnswer(hash) !== null).toBe(is);
  });
});

describe('what is kept until the return', () => {
  const pending = { verifier: 'v', state: 's', nonce: 'n', back: '#/grants' };

  it('is read back', () => {
    expect(readPending(JSON.stringify(pending))).toEqual(pending);
  });

  test.each([null, '', 'null', '{}', '[]', '{"verifier":1}', 'no JSON'])('is not %s', (text) => {
    expect(readPending(text)).toBeNull();
  });
});

test.each([
  ['https://login.microsoftonline.com/t/oauth2/v2.0/authorize', 'Microsoft'],
  ['https://contoso.ciamlogin.com/t/oauth2/v2.0/authorize', 'Microsoft'],
  ['https://login.microsoftonline.com.evil.test/authorize', null],
  ['https://127.0.0.1:10010/authorize', null],
])('the provider of %s is %s', (endpoint, name) => {
  expect(providerOf(endpoint)).toBe(name);
});
