import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BearerTokens } from '../../../shared/identity/caller.ts';
import { joseBearerTokens } from '../../../shared/identity/jose-bearer-tokens.ts';
import { OidcIssuer, signingPair, type SigningPair } from '../../fakes/oidc-issuer.ts';
import { AUDIENCE, failureOf, goodClaims, issuerAt, NOW } from './tokens-under-test.ts';

let key: SigningPair;
let provider: OidcIssuer;
let tokens: BearerTokens;

beforeAll(async () => {
  key = await signingPair('ES256', 'key');
  provider = await OidcIssuer.start(key);
});

afterAll(async () => {
  await provider.stop();
});

beforeEach(() => {
  tokens = joseBearerTokens([issuerAt(provider.url)]);
});

const refusalOf = (token: string) => failureOf(tokens.verify(token, NOW));

describe('the claims', () => {
  const at = NOW.getTime() / 1000;
  test.each([
    ['aud', { aud: 'other' }],
    ['aud', { aud: [] }],
    ['aud', { aud: { [AUDIENCE]: true } }],
    ['aud missing', { aud: undefined }],
    ['iss', { iss: 'https://evil.example' }],
    ['iss', { iss: undefined }],
    ['iss', { iss: 7 }],
    ['exp', { exp: at - 60 }],
    ['exp missing', { exp: undefined }],
    ['exp invalid', { exp: '9999999999' }],
    ['nbf', { nbf: at + 61 }],
    ['nbf invalid', { nbf: 'soon' }],
    ['iat', { iat: at + 61 }],
    ['iat invalid', { iat: 'then' }],
    ['subject', { oid: undefined }],
    ['subject', { oid: '' }],
    ['subject', { oid: 7 }],
    ['subject', { oid: ['user-1'] }],
    ['subject', { oid: 'a\u0000b' }],
    ['subject', { oid: 'a\u0085b' }],
    ['subject', { oid: '\ud800' }],
    ['subject', { oid: 'x'.repeat(257) }],
  ])('are refused by the check "%s" for %j', async (reason, changes) => {
    expect(await refusalOf(await provider.sign(key, goodClaims(changes)))).toBe(`unauthenticated: ${reason}`);
  });

  test.each([
    [{ tid: 't1' }, true],
    [{ tid: 't2' }, false],
    [{ tid: undefined }, false],
    [{ tid: ['t1'] }, false],
    [{ tid: 't1', ver: 2 }, true],
  ])('that the issuer requires must have exactly that value (%j: %s)', async (changes, accepted) => {
    tokens = joseBearerTokens([issuerAt(provider.url, { require: { tid: 't1', aud: AUDIENCE } })]);
    const verifying = tokens.verify(await provider.sign(key, goodClaims(changes)), NOW);
    if (accepted) expect((await verifying).subject).toBe('user-1');
    else expect(await failureOf(verifying)).toBe('unauthenticated: require tid');
  });

  test('a required value is not a pattern', async () => {
    tokens = joseBearerTokens([issuerAt(provider.url, { require: { tid: '*' } })]);
    const token = await provider.sign(key, goodClaims({ tid: 't1' }));
    expect(await refusalOf(token)).toBe('unauthenticated: require tid');
  });
});
