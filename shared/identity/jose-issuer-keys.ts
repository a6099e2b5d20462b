import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
} from 'jose';
import { z } from 'zod';
import { BrokerError } from '../broker-error.ts';
import type { Issuer } from '../config/broker-config.ts';
import { identityProviderUnavailable, KeptDocument } from './kept-document.ts';
import { describeFailure } from '../azure-calls/failure.ts';

const DISCOVERY_TIMES = { maxAge: 3_600, staleMax: 86_400, cooldown: 60, failureCooldown: 5 };
const KEYS_TIMES = { maxAge: 600, staleMax: 3_600, cooldown: 30, failureCooldown: 5 };
const DISCOVERY = z.object({ issuer: z.string(), jwks_uri: z.string() });

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** Finds the key that a token's header asks for. */
export type FindKey = (
  header: JWSHeaderParameters,
  token: FlattenedJWSInput,
  now: Date,
) => Promise<CryptoKey>;

/** How a provider is reached. */
export interface ProviderAccess {
  readonly fetch: typeof fetch;
  /** For each of the two requests. */
  readonly timeoutMilliseconds: number;
}

/**
 * The signing keys of one configured issuer: OpenID Connect Discovery 1.0, then the JWKS it names, both kept. A key
 * id that is not among them makes the JWKS be read again, at most once in 30 seconds.
 * @returns a function that throws jose's `JWKSNoMatchingKey` or BrokerError `identity_provider_unavailable`.
 */
export function joseIssuerKeys(issuer: Issuer, access: ProviderAccess): FindKey {
  const discovery = new KeptDocument(
    `${issuer.id} discovery`,
    () => readDiscovery(issuer, access),
    DISCOVERY_TIMES,
  );
  const keys = new KeptDocument(
    `${issuer.id} keys`,
    async (now) => await readKeys(await discovery.current(now), access),
    KEYS_TIMES,
  );
  return async (header, token, now) => {
    const kept = await keys.current(now);
    try {
      return await kept(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    return await (
      await keys.newer(now)
    )(header, token);
  };
}

/** @returns the address of the JWKS. */
async function readDiscovery(issuer: Issuer, access: ProviderAccess): Promise<URL> {
  const address = new URL(`${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const document = DISCOVERY.safeParse(await readJson(address, access));
  if (!document.success) throw fault('malformed document');
  // Discovery 1.0 §4.3: MUST be exactly the issuer that was asked, or another tenant's keys would be believed.
  if (document.data.issuer !== issuer.issuer) throw fault('document of another issuer');
  if (!URL.canParse(document.data.jwks_uri)) throw fault('malformed jwks_uri');
  const jwks = new URL(document.data.jwks_uri);
  if (jwks.protocol !== 'https:' && jwks.protocol !== address.protocol) throw fault('jwks_uri is not https');
  return jwks;
}

async function readKeys(address: URL, access: ProviderAccess): Promise<KeySet> {
  const json = await readJson(address, access);
  try {
    const keys = createLocalJWKSet(json as Parameters<typeof createLocalJWKSet>[0]);
    if (keys.jwks().keys.length > 0) return keys;
  } catch (error) {
    throw fault(`malformed: ${describeFailure(error)}`);
  }
  throw fault('no keys');
}

async function readJson(address: URL, access: ProviderAccess): Promise<unknown> {
  try {
    const response = await access.fetch(address, {
      // A redirect could lead anywhere; providers answer where they say they do.
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(access.timeoutMilliseconds),
    });
    if (response.status === 200) return await response.json();
    await response.body?.cancel();
    throw fault(`status ${response.status}`);
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    // fetch says only "fetch failed"; the code, such as ECONNREFUSED, is its cause's.
    throw fault(describeFailure(error instanceof Error && error.cause !== undefined ? error.cause : error));
  }
}

function fault(reason: string): BrokerError {
  return identityProviderUnavailable(reason, KEYS_TIMES.failureCooldown);
}
