import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BrokerError } from '../../../shared/broker-error.ts';
import type { BearerTokens } from '../../../shared/identity/caller.ts';
import { joseBearerTokens } from '../../../shared/identity/jose-bearer-tokens.ts';
import { OidcIssuer, signingPair, type SigningPair } from '../../fakes/oidc-issuer.ts';
import { failureOf, goodClaims, issuerAt, lastingClaims, later, NOW } from './tokens-under-test.ts';

let first: SigningPair;
let second: SigningPair;
let provider: OidcIssuer;
let tokens: BearerTokens;

beforeAll(async () => {
  [first, second] = await Promise.all([signingPair('ES256', 'first'), signingPair('ES256', 'second')]);
});

beforeEach(async () => {
  provider = await OidcIssuer.start(first);
  tokens = joseBearerTokens([issuerAt(provider.url)]);
});

afterEach(async () => {
  await provider.stop();
});

const verifyAt = async (pair: SigningPair, seconds: number) =>
  (await tokens.verify(await provider.sign(pair, lastingClaims()), later(seconds))).subject;
const failureAt = async (pair: SigningPair, seconds: number) => failureOf(verifyAt(pair, seconds));

describe('requests to the provider', () => {
  test('are none before the first token, and one per document for 50 concurrent tokens', async () => {
    expect(provider.requests.all).toBe(0);
    const many = await Promise.all(Array.from({ length: 50 }, () => provider.sign(first, lastingClaims())));

    const verified = await Promise.all(many.map((token) => tokens.verify(token, NOW)));

    expect(verified).toHaveLength(50);
    expect(provider.requests).toEqual({ discovery: 1, jwks: 1, all: 2 });
  });

  test('hardly increase with a flood of unknown key ids', async () => {
    for (let round = 0; round < 100; round++) {
      const token = await provider.sign(second, lastingClaims(), { kid: `made-up-${round}` });
      expect(await failureOf(tokens.verify(token, later(round / 2)))).toBe('unauthenticated: kid');
    }
    expect(provider.requests).toEqual({ discovery: 1, jwks: 2, all: 3 });
  });

  test('do not increase with a flood of unknown key ids while the provider is down', async () => {
    await verifyAt(first, 0);
    provider.fault = 'cut';
    const flood = Array.from({ length: 40 }, async (_, index) => failureAt(second, 40 + index / 20));
    expect(new Set(await Promise.all(flood))).toEqual(
      new Set(['identity_provider_unavailable: test keys: RestError ECONNRESET']),
    );
    expect(provider.requests.jwks).toBe(2);
    expect(await verifyAt(first, 42)).toBe('user-1');
  });
});

describe('keys that change', () => {
  test('are found once the cooldown is over', async () => {
    await verifyAt(first, 0);
    provider.keys = [first.jwk, second.jwk];
    expect(await failureAt(second, 29)).toBe('unauthenticated: kid');
    expect(await verifyAt(second, 30)).toBe('user-1');
    expect(await verifyAt(first, 31)).toBe('user-1');
  });

  test('are dropped within 10 minutes of their withdrawal', async () => {
    await verifyAt(first, 0);
    provider.keys = [second.jwk];
    expect(await verifyAt(first, 599)).toBe('user-1');
    expect(await failureAt(first, 600)).toBe('unauthenticated: kid');
  });

  test('are read again after the clock was set back', async () => {
    await verifyAt(first, 0);
    await verifyAt(first, -700);
    expect(provider.requests.jwks).toBe(2);
  });
});

describe('a provider that fails', () => {
  test('is called again after 5 seconds', async () => {
    provider.fault = 'cut';
    const reason = 'identity_provider_unavailable: test keys: test discovery: RestError ECONNRESET';
    expect(await failureAt(first, 0)).toBe(reason);
    provider.fault = null;
    expect(await failureAt(first, 4.9)).toBe(reason);
    expect(provider.requests.all).toBe(1);
    expect(await verifyAt(first, 5)).toBe('user-1');
  });

  test('causes an error with a Retry-After', async () => {
    provider.fault = 'cut';
    const error = await verifyAt(first, 0).catch((thrown: unknown) => thrown as BrokerError);
    expect(error).toMatchObject({
      retryAfter: 5,
      message: 'The identity provider is currently unavailable.',
    });
  });

  test('leaves its cached keys in use for an hour', async () => {
    await verifyAt(first, 0);
    provider.fault = 'cut';
    expect(await verifyAt(first, 3_599)).toBe('user-1');
    expect(await failureAt(first, 3_605)).toMatch(/^identity_provider_unavailable: test keys: /);
  });

  test('times out', async () => {
    provider.fault = 'silent';
    tokens = joseBearerTokens([issuerAt(provider.url)], { timeoutMs: 50 });
    expect(await failureAt(first, 0)).toBe(
      'identity_provider_unavailable: test keys: test discovery: TimeoutError',
    );
  });

  test('is unavailable if nothing listens on its port', async () => {
    const gone = await OidcIssuer.start(first);
    const { url } = gone;
    await gone.stop();
    tokens = joseBearerTokens([issuerAt(url)]);
    const token = await provider.sign(first, goodClaims({ iss: url }));
    expect(await failureOf(tokens.verify(token, NOW))).toBe(
      'identity_provider_unavailable: test keys: test discovery: RestError ECONNREFUSED',
    );
  });

  test('does not affect the tokens of another provider', async () => {
    const other = await OidcIssuer.start(second);
    tokens = joseBearerTokens([issuerAt(provider.url), issuerAt(other.url, { id: 'other' })]);
    provider.fault = 'cut';
    await failureAt(first, 0);
    const verified = await tokens.verify(await other.sign(second, goodClaims()), NOW);
    expect(verified.issuer).toBe('other');
    // Each issuer's keys count for its own tokens only.
    expect(await failureOf(tokens.verify(await other.sign(first, goodClaims()), NOW))).toBe(
      'unauthenticated: kid',
    );
    await other.stop();
  });
});
