import { createHttpHeaders, createPipelineRequest, type HttpClient } from '@azure/core-rest-pipeline';
import {
  createLocalJWKSet,
  type CryptoKey,
  errors,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
} from 'jose';
import * as z from 'zod/mini';
import { describeFailure } from '../azure-calls/failure.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { BrokerError } from '../broker-error.ts';
import type { Issuer } from '../config/broker-config.ts';
import { CachedDocument, identityProviderUnavailable } from './cached-document.ts';

const DISCOVERY_TIMES = { maxAge: 3_600, staleMax: 86_400, cooldown: 60, failureCooldown: 5 };
const KEYS_TIMES = { maxAge: 600, staleMax: 3_600, cooldown: 30, failureCooldown: 5 };
const DISCOVERY = z.object({ issuer: z.string(), jwks_uri: z.string() });

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** Finds the key that a token's header names. */
export type FindKey = (
  header: JWSHeaderParameters,
  token: FlattenedJWSInput,
  now: Date,
) => Promise<CryptoKey>;

/** The signing keys of one issuer. */
export interface IssuerKeys {
  /** Throws jose's `JWKSNoMatchingKey` or BrokerError `identity_provider_unavailable`. */
  readonly findKey: FindKey;
  /** Reads the keys unless they are cached. @throws BrokerError `identity_provider_unavailable`. */
  readonly read: (now: Date) => Promise<void>;
}

/** How to call a provider. */
export interface ProviderAccess {
  readonly httpClient: HttpClient;
  /** The timeout of each of the two requests. */
  readonly timeoutMs: number;
}

/**
 * Reads the signing keys of one configured issuer by OpenID Connect Discovery 1.0, and caches the discovery document
 * and the JWKS. An unknown key id causes the JWKS to be read again, at most once per 30 seconds.
 */
export function joseIssuerKeys(issuer: Issuer, access: ProviderAccess): IssuerKeys {
  const discovery = new CachedDocument(
    `${issuer.id} discovery`,
    () => readDiscovery(issuer, access),
    DISCOVERY_TIMES,
  );
  const keys = new CachedDocument(
    `${issuer.id} keys`,
    async (now) => await readKeys(await discovery.current(now), access),
    KEYS_TIMES,
  );
  const read = async (now: Date) => {
    await keys.current(now);
  };
  const findKey: FindKey = async (header, token, now) => {
    const cached = await keys.current(now);
    try {
      return await cached(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    return await (
      await keys.newer(now)
    )(header, token);
  };
  return { findKey, read };
}

/** Returns the address of the JWKS. */
async function readDiscovery(issuer: Issuer, access: ProviderAccess): Promise<URL> {
  const address = new URL(`${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const document = DISCOVERY.safeParse(await readJson(address, access));
  if (!document.success) throw fault('malformed document');
  // Discovery 1.0 §4.3: this MUST be exactly the configured issuer. Otherwise, another tenant's keys would be trusted.
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

async function readJson(address: URL, { httpClient, timeoutMs }: ProviderAccess): Promise<unknown> {
  try {
    const { status, bodyAsText } = await withTimeout(timeoutMs, (abortSignal) =>
      // The client follows no redirect: one could lead anywhere, and providers do not need it.
      httpClient.sendRequest(
        createPipelineRequest({
          url: address.href,
          headers: createHttpHeaders({ accept: 'application/json' }),
          abortSignal,
          // The checks of the configuration decide which addresses may be without TLS.
          allowInsecureConnection: true,
        }),
      ),
    );
    if (status !== 200) throw fault(`status ${status}`);
    return JSON.parse(bodyAsText ?? '');
  } catch (error) {
    throw error instanceof BrokerError ? error : fault(describeFailure(error));
  }
}

function fault(reason: string): BrokerError {
  return identityProviderUnavailable(reason, KEYS_TIMES.failureCooldown);
}
