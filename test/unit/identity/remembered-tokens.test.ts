import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BearerTokens } from '../../../shared/identity/caller.ts';
import { joseBearerTokens } from '../../../shared/identity/jose-bearer-tokens.ts';
import { RememberedTokens } from '../../../shared/identity/remembered-tokens.ts';
import { OidcIssuer, signingPair, type SigningPair } from '../../fakes/oidc-issuer.ts';
import { failureOf, goodClaims, issuerAt, later, NOW } from './tokens-under-test.ts';

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

const refusalOf = (token: string, at = NOW) => failureOf(tokens.verify(token, at));

describe('a token that was verified recently', () => {
  test('is not verified again for 5 minutes', async () => {
    const token = await provider.sign(key, goodClaims());
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const first = await tokens.verify(token, NOW);
    const asked = provider.requests.all;

    expect(await tokens.verify(token, later(299))).toBe(first);
    expect([verify.mock.calls.length, provider.requests.all]).toEqual([1, asked]);
    await tokens.verify(token, later(300));
    expect(verify.mock.calls.length).toBe(2);
    verify.mockRestore();
  });

  test('still expires', async () => {
    const token = await provider.sign(key, goodClaims({ exp: later(30).getTime() / 1000 }));
    await tokens.verify(token, NOW);
    expect((await tokens.verify(token, later(89))).subject).toBe('user-1');
    expect(await refusalOf(token, later(90))).toBe('unauthenticated: exp');
  });

  test('does not vouch for another text, and a rejection is not cached', async () => {
    const early = await provider.sign(key, goodClaims({ nbf: later(100).getTime() / 1000 }));
    expect(await refusalOf(early)).toBe('unauthenticated: nbf');
    expect((await tokens.verify(early, later(100))).subject).toBe('user-1');
    const forged = `${early.slice(0, -8)}AAAAAAAA`;
    expect(await refusalOf(forged, later(100))).toBe('unauthenticated: signature');
  });

  test('has claims that cannot be changed', async () => {
    const { claims } = await tokens.verify(await provider.sign(key, goodClaims()), NOW);
    expect(() => Object.assign(claims, { oid: 'boss' })).toThrow(TypeError);
  });
});

const verified = { issuer: 'test', subject: 'user-1', name: null, claims: {} };
const expiry = later(3600).getTime() / 1000;

test('the least recently used token is forgotten first', () => {
  const memory = new RememberedTokens(2);
  for (const token of ['a', 'b']) memory.remember(token, verified, expiry, NOW);
  memory.recall('a', NOW);

  memory.remember('c', verified, expiry, NOW);

  const known = ['a', 'b', 'c'].filter((token) => memory.recall(token, NOW) !== null);
  expect(known).toEqual(['a', 'c']);
});

test('tokens that are not used again are evicted by new ones', () => {
  const memory = new RememberedTokens(3);
  for (let index = 0; index < 100; index++) memory.remember(`token ${index}`, verified, expiry, NOW);
  const known = Array.from({ length: 100 }, (_, index) => memory.recall(`token ${index}`, NOW));
  expect(known.filter((found) => found !== null)).toHaveLength(3);
});

test('using a token does not extend its 5 minutes', () => {
  const memory = new RememberedTokens();
  memory.remember('a', verified, expiry, NOW);
  expect(memory.recall('a', later(200))).toBe(verified);
  expect(memory.recall('a', later(300))).toBeNull();
  expect(memory.recall('a', NOW)).toBeNull();
});

test('the cache does not contain a token', () => {
  const memory = new RememberedTokens();
  memory.remember('eyJ-the-token', verified, expiry, NOW);
  expect(inspect(memory, { depth: null, showHidden: true })).not.toContain('eyJ-the-token');
});
