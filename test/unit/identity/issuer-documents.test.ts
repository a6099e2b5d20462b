import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { joseBearerTokens } from '../../../shared/identity/jose-bearer-tokens.ts';
import { OidcIssuer, signingPair, type SigningPair } from '../../fakes/oidc-issuer.ts';
import { failureOf, goodClaims, issuerAt, NOW } from './tokens-under-test.ts';

let key: SigningPair;
let provider: OidcIssuer;

beforeAll(async () => {
  key = await signingPair('ES256', 'key');
});

beforeEach(async () => {
  provider = await OidcIssuer.start(key);
});

afterEach(async () => {
  await provider.stop();
});

const verify = async () => {
  const tokens = joseBearerTokens([issuerAt(provider.url)]);
  return await tokens.verify(await provider.sign(key, goodClaims()), NOW);
};

test('the keys of an issuer can be read before its first token, and are cached', async () => {
  const tokens = joseBearerTokens([issuerAt(provider.url)]);
  await tokens.readKeys(provider.url, NOW);
  await tokens.readKeys(provider.url, NOW);
  expect(provider.requests.jwks).toBe(1);
  provider.discovery = { issuer: 7 };
  const others = joseBearerTokens([issuerAt(provider.url)]);
  expect(await failureOf(others.readKeys(provider.url, NOW))).toMatch(/^identity_provider_unavailable/);
});

describe('an unusable document of a provider', () => {
  test.each([
    ['document of another issuer', { issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' }],
    ['malformed document', { issuer: 7 }],
    ['malformed document', { jwks_uri: undefined }],
    ['malformed jwks_uri', { jwks_uri: 'keys' }],
    ['jwks_uri is not https', { jwks_uri: 'file:///etc/passwd' }],
  ])('is a fault of discovery: %s', async (reason, discovery) => {
    provider.discovery = discovery;
    expect(await failureOf(verify())).toBe(
      `identity_provider_unavailable: test keys: test discovery: ${reason}`,
    );
    expect(provider.requests.jwks).toBe(0);
  });

  test.each([
    ['no keys', 200, '{"keys":[]}'],
    ['malformed: JWKSInvalid ERR_JWKS_INVALID', 200, '{"keys":"none"}'],
    ['malformed: JWKSInvalid ERR_JWKS_INVALID', 200, '[]'],
    ['SyntaxError', 200, '<html>'],
    ['status 500', 500, '{"keys":[]}'],
    ['status 404', 404, ''],
  ])('is a fault of the keys: %s (%i %s)', async (reason, status, body) => {
    provider.jwksReply = { status, body };
    expect(await failureOf(verify())).toBe(`identity_provider_unavailable: test keys: ${reason}`);
  });

  test('is a redirect, which the broker does not follow', async () => {
    const other = await OidcIssuer.start(key);
    provider.jwksReply = { status: 302, body: '', location: `${other.url}/keys` };
    expect(await failureOf(verify())).toMatch(/^identity_provider_unavailable: test keys: /);
    expect([provider.requests.jwks, other.requests.all]).toEqual([1, 0]);
    await other.stop();
  });

  test('has a key of less than 2048 bits', async () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
    provider.keys = [{ ...short.publicKey.export({ format: 'jwk' }), kid: 'short' }];
    const parts = [
      { alg: 'RS256', kid: 'short' },
      { iss: provider.url, ...goodClaims() },
    ];
    const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const signature = signBytes('sha256', Buffer.from(input), short.privateKey).toString('base64url');
    const tokens = joseBearerTokens([issuerAt(provider.url)]);
    expect(await failureOf(tokens.verify(`${input}.${signature}`, NOW))).toBe(
      'identity_provider_unavailable: test key: TypeError',
    );
  });
});
