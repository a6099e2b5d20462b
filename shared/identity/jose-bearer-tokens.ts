import { createDefaultHttpClient } from '@azure/core-rest-pipeline';
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { describeFailure } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import type { Issuer } from '../config/broker-config.ts';
import { identityProviderUnavailable } from './cached-document.ts';
import type { BearerTokens } from './caller.ts';
import { type IssuerKeys, joseIssuerKeys, type ProviderAccess } from './jose-issuer-keys.ts';
import { RememberedTokens } from './remembered-tokens.ts';
import { unauthenticated } from './unauthenticated.ts';
import { checkClaims, CLOCK_TOLERANCE } from './verified-claims.ts';

const MAX_TOKEN = 16 * 1024;
// Asymmetric only: with a symmetric algorithm, an attacker could sign tokens with the provider's public key as the secret.
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** The codes of jose that a token can cause, with the reason for the log. */
const REASONS: Readonly<Record<string, string>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'alg',
  ERR_JWKS_NO_MATCHING_KEY: 'kid',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'kid',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature',
  ERR_JWS_INVALID: 'malformed',
  ERR_JWT_INVALID: 'malformed',
  ERR_JOSE_NOT_SUPPORTED: 'malformed',
};

interface ConfiguredIssuer {
  readonly issuer: Issuer;
  readonly keys: IssuerKeys;
}

/**
 * Verifies access tokens of the configured issuers. Fetches nothing before the first token or `readKeys`.
 * @param issuers must have distinct values of `issuer`, which select the keys for a token.
 */
export function joseBearerTokens(
  issuers: readonly Issuer[],
  { httpClient = createDefaultHttpClient(), timeoutMs = 2_500 }: Partial<ProviderAccess> = {},
): BearerTokens {
  const configured = new Map<unknown, ConfiguredIssuer>(
    issuers.map((issuer) => [
      issuer.issuer,
      { issuer, keys: joseIssuerKeys(issuer, { httpClient, timeoutMs }) },
    ]),
  );
  const remembered = new RememberedTokens();
  return {
    async verify(token, now) {
      if (token.length > MAX_TOKEN) throw unauthenticated('too long');
      const known = remembered.recall(token, now);
      if (known !== null) return known;
      const from = configured.get(claimedIssuer(token));
      if (from === undefined) throw unauthenticated('iss');
      const claims = await signedClaims(token, from, now);
      const verified = checkClaims(claims, from.issuer, now);
      remembered.remember(token, verified, claims.exp, now);
      return verified;
    },
    async readKeys(issuer, now) {
      await configured.get(issuer)?.keys.read(now);
    },
  };
}

/** Returns the unverified `iss` of a token, which selects the keys to verify the token with. */
function claimedIssuer(token: string): unknown {
  let critical: unknown;
  let issuer: unknown;
  try {
    critical = decodeProtectedHeader(token).crit;
    issuer = decodeJwt(token).iss;
  } catch {
    throw unauthenticated('malformed');
  }
  // RFC 7515 §4.1.11: a token with an unsupported extension must be rejected, and the broker supports none.
  if (critical !== undefined) throw unauthenticated('crit');
  return issuer;
}

async function signedClaims(
  token: string,
  { issuer, keys }: ConfiguredIssuer,
  now: Date,
): Promise<JWTPayload & { readonly exp: number }> {
  try {
    const { payload } = await jwtVerify(token, (header, jws) => keys.findKey(header, jws, now), {
      algorithms: ALGORITHMS,
      issuer: issuer.issuer,
      audience: [...issuer.audiences],
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE,
      currentDate: now,
    });
    if (payload.exp === undefined) throw unauthenticated('exp missing');
    return { ...payload, exp: payload.exp };
  } catch (error) {
    throw refusal(error, issuer);
  }
}

/** Uses only jose's codes, because its messages quote claims and headers. */
function refusal(error: unknown, issuer: Issuer): BrokerError {
  if (error instanceof BrokerError) return error;
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return unauthenticated(error.reason === 'check_failed' ? error.claim : `${error.claim} ${error.reason}`);
  const reason = error instanceof errors.JOSEError ? REASONS[error.code] : undefined;
  if (reason !== undefined) return unauthenticated(reason);
  // The only remaining cause is a provider's key that cannot be imported or is too short.
  return identityProviderUnavailable(`${issuer.id} key: ${describeFailure(error)}`, 30);
}
