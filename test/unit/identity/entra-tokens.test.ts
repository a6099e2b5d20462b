import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BearerTokens } from '../../../shared/identity/caller.ts';
import { entraUser } from '../../../shared/identity/entra.ts';
import { joseBearerTokens } from '../../../shared/identity/jose-bearer-tokens.ts';
import { caller } from '../../fakes/configuration.ts';
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

describe('Microsoft Entra', () => {
  const tenant = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0';
  const hosts = [
    tenant,
    'https://sts.windows.net/11111111-2222-3333-4444-555555555555/',
    'https://login.microsoftonline.us/11111111-2222-3333-4444-555555555555/v2.0',
    'https://login.partner.microsoftonline.cn/11111111-2222-3333-4444-555555555555/v2.0',
    'https://login.sovcloud-identity.fr/11111111-2222-3333-4444-555555555555/v2.0',
    'https://11111111-2222-3333-4444-555555555555.ciamlogin.com/11111111-2222-3333-4444-555555555555/v2.0',
    'https://contoso.ciamlogin.us/11111111-2222-3333-4444-555555555555/v2.0',
    'https://contoso.b2clogin.com/11111111-2222-3333-4444-555555555555/v2.0/',
    'https://contoso.b2clogin.cn/tfp/11111111-2222-3333-4444-555555555555/b2c_1_signin/v2.0/',
  ];
  let asked: string[];

  beforeEach(() => {
    asked = [];
  });

  /** The provider under test, standing at an Entra address. */
  function entraAt(issuer: string): BearerTokens {
    provider.discovery = { issuer, jwks_uri: 'https://login.microsoftonline.com/discovery/keys' };
    const real = createDefaultHttpClient();
    const httpClient: HttpClient = {
      sendRequest: async (request) => {
        asked.push(request.url);
        request.url = new URL(new URL(request.url).pathname, provider.url).href;
        return await real.sendRequest(request);
      },
    };
    return joseBearerTokens([issuerAt(issuer)], { httpClient });
  }

  test.each(hosts)('%s: an access token has scp or roles, and an ID token has neither', async (iss) => {
    const tokens = entraAt(iss);
    const verify = async (claims: Record<string, unknown>) =>
      tokens.verify(await provider.sign(key, goodClaims({ iss, ...claims })), NOW);
    expect((await verify({ scp: 'Tokens.Issue' })).subject).toBe('user-1');
    expect((await verify({ roles: ['Photos.Upload'] })).subject).toBe('user-1');
    for (const claims of [{}, { scp: '' }, { scp: ' ' }, { roles: [] }, { roles: [''] }, { scp: 7 }])
      expect(await failureOf(verify(claims))).toBe('unauthenticated: neither scp nor roles');
    expect(asked[0]).toBe(`${iss.replace(/\/$/, '')}/.well-known/openid-configuration`);
  });

  test.each([
    [tenant, true],
    ['https://contoso.ciamlogin.com/t/v2.0', false],
    ['https://contoso.b2clogin.com/t/v2.0', false],
    ['https://login.example.com/t/v2.0', false],
  ])('storage knows the users of %s: %s', (iss, expected) => {
    const claims = { oid: 'o', tid: 't' };
    const user = entraUser(caller({ issuer: 'test', claims }), [issuerAt(iss)]);
    expect(user).toEqual(expected ? { objectId: 'o', tenantId: 't' } : null);
  });

  test('rejects the tokens of another tenant', async () => {
    const tokens = entraAt(tenant);
    const token = await provider.sign(key, goodClaims({ iss: tenant.replace('1111', '9999'), scp: 'x' }));
    expect(await failureOf(tokens.verify(token, NOW))).toBe('unauthenticated: iss');
  });

  test('must have an https address for its keys', async () => {
    const tokens = entraAt(tenant);
    provider.discovery['jwks_uri'] = `${provider.url}/keys`;
    const token = await provider.sign(key, goodClaims({ iss: tenant, scp: 'x' }));
    expect(await failureOf(tokens.verify(token, NOW))).toBe(
      'identity_provider_unavailable: test keys: test discovery: jwks_uri is not https',
    );
  });
});
