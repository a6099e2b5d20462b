import { exportSPKI, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BearerTokens } from '../../../shared/identity/caller.ts';
import { joseBearerTokens } from '../../../shared/identity/jose-bearer-tokens.ts';
import { OidcIssuer, signingPair, type SigningPair } from '../../fakes/oidc-issuer.ts';
import { AUDIENCE, failureOf, goodClaims, issuerAt, NOW } from './tokens-under-test.ts';

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

let pairs: Record<string, SigningPair>;
let rsa: SigningPair;
let attacker: SigningPair;
let provider: OidcIssuer;
let elsewhere: OidcIssuer;
let tokens: BearerTokens;

beforeAll(async () => {
  const made = await Promise.all(ALGORITHMS.map((alg) => signingPair(alg, `key-${alg}`)));
  pairs = Object.fromEntries(made.map((pair) => [pair.alg, pair]));
  rsa = pairs['RS256']!;
  attacker = await signingPair('RS256', rsa.kid);
  provider = await OidcIssuer.start(...made);
  elsewhere = await OidcIssuer.start(attacker);
});

afterAll(async () => {
  await Promise.all([provider.stop(), elsewhere.stop()]);
});

beforeEach(() => {
  tokens = joseBearerTokens([issuerAt(provider.url)]);
});

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const refusalOf = (token: string) => failureOf(tokens.verify(token, NOW));

describe('a token that passes', () => {
  test.each(ALGORITHMS)('may be signed with %s', async (alg) => {
    const token = await provider.sign(pairs[alg]!, goodClaims({ name: 'Ada\u202e\n', roles: ['Up'] }));

    const verified = await tokens.verify(token, NOW);

    expect(verified).toMatchObject({ issuer: 'test', subject: 'user-1', name: 'Ada' });
    expect(verified.claims).toMatchObject({ iss: provider.url, aud: AUDIENCE, roles: ['Up'] });
  });

  test('may have several audiences and times within the clock tolerance', async () => {
    const at = NOW.getTime() / 1000;
    const token = await provider.sign(
      rsa,
      goodClaims({ aud: ['other', AUDIENCE], iat: at + 60, nbf: at + 60, exp: at - 59 }),
    );
    expect((await tokens.verify(token, NOW)).subject).toBe('user-1');
  });

  test('does not need a name, iat or nbf', async () => {
    const token = await provider.sign(rsa, goodClaims({ iat: undefined, nbf: undefined }));
    expect((await tokens.verify(token, NOW)).name).toBeNull();
  });

  test('does not need a key id if the provider has one key of its algorithm', async () => {
    const token = await provider.sign(pairs['ES256']!, goodClaims(), { kid: undefined as never });
    expect((await tokens.verify(token, NOW)).subject).toBe('user-1');
  });
});

describe('the signature', () => {
  test("of another key with the provider's key id is rejected", async () => {
    expect(await refusalOf(await provider.sign(attacker, goodClaims()))).toBe('unauthenticated: signature');
  });

  test('is rejected after a claim was changed', async () => {
    const [header, , signature] = (await provider.sign(rsa, goodClaims())).split('.');
    const payload = base64({ iss: provider.url, ...goodClaims({ oid: 'boss' }) });
    expect(await refusalOf(`${header}.${payload}.${signature}`)).toBe('unauthenticated: signature');
  });

  test.each(['none', 'None', 'NONE', ''])('must not be missing (alg %j)', async (alg) => {
    const token = `${base64({ alg, kid: rsa.kid })}.${base64({ iss: provider.url, ...goodClaims() })}.`;
    expect(await refusalOf(token)).toBe(`unauthenticated: ${alg === '' ? 'malformed' : 'alg'}`);
  });

  test.each(['HS256', 'HS384', 'HS512'])(
    "may not be made with %s and the provider's public key as the secret",
    async (alg) => {
      const token = await new SignJWT({ iss: provider.url, ...goodClaims() })
        .setProtectedHeader({ alg, kid: rsa.kid })
        .sign(new TextEncoder().encode(await exportSPKI(rsa.publicKey)));
      expect(await refusalOf(token)).toBe('unauthenticated: alg');
    },
  );

  test('must use the algorithm that the key is published for', async () => {
    const token = await provider.sign({ ...pairs['PS256']!, kid: rsa.kid }, goodClaims());
    expect(await refusalOf(token)).toBe('unauthenticated: kid');
  });

  test('is never verified with a key or address from the token', async () => {
    const { jwk } = attacker;
    const jku = `${elsewhere.url}/keys`;
    for (const header of [{ jwk }, { jku }, { x5u: jku }, { x5c: ['AAAA'] }, { jwk, jku, kid: 'new' }])
      expect(await refusalOf(await provider.sign(attacker, goodClaims(), header as object))).toMatch(
        /^unauthenticated: (signature|kid)$/,
      );
    expect(elsewhere.requests.all).toBe(0);
  });

  test('is rejected if the header requires an extension', async () => {
    for (const header of [
      { crit: ['b64'], b64: true },
      { crit: ['exp'], exp: 1 },
    ]) {
      const token = await new SignJWT({ iss: provider.url, ...goodClaims() })
        .setProtectedHeader({ alg: 'RS256', kid: rsa.kid, ...header })
        .sign(rsa.privateKey, { crit: { exp: true } });
      expect(await refusalOf(token)).toBe('unauthenticated: crit');
    }
  });
});

describe('text that is not a token', () => {
  test.each(['', 'a', 'a.b', 'a.b.c', 'a.b.c.d.e', '..', 'e30.e30.', 'e30.bnVsbA.e30', 'bnVsbA.e30.e30'])(
    'is refused without asking anybody: %j',
    async (text) => {
      const before = provider.requests.all;
      expect(await refusalOf(text)).toMatch(/^unauthenticated: (malformed|iss)$/);
      expect(provider.requests.all).toBe(before);
    },
  );

  test('is rejected without parsing if it is longer than 16 KiB', async () => {
    const long = await provider.sign(rsa, goodClaims({ padding: 'x'.repeat(13_000) }));
    expect(long.length).toBeGreaterThan(16 * 1024);
    expect(await refusalOf(long)).toBe('unauthenticated: too long');
  });

  test('is rejected with the same message for every caller', async () => {
    const error = await tokens.verify('a.b.c', NOW).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toBe('The bearer token is missing or not valid.');
  });
});
