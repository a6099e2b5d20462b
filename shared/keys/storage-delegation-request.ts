import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
  type PipelineResponse,
  RestError,
} from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { NEWEST_SAS_VERSION } from '../azure/sas-versions.ts';
import type { Service } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { formatInstant, parseInstant } from '../iso-time.ts';
import { type DelegationKey, SecretText } from './signing-keys.ts';

/*
 * The request for a user delegation key through Microsoft's pipeline (identity, connections, headers), but without the SDKs of
 * blobs, queues and files: each has the same request, and brings several hundred kilobytes that no token needs. The bytes are
 * the same: test/unit/keys/storage-delegation-request.test.ts.
 */

/** One request to storage for a user delegation key. */
export interface DelegationKeyRequest {
  readonly account: StorageAccount;
  readonly service: Service;
  /** The tenant of the users that tokens are bound to; null: tokens are for anyone who has them. */
  readonly delegatedTenant: string | null;
  readonly startsOn: Date;
  readonly expiresOn: Date;
}

/**
 * Requests a key from the service.
 * @throws RestError with `statusCode` and the service's `code`; RangeError if the service has no such keys or returns a different
 * key; what the credential throws.
 */
export type RequestDelegationKey = (
  request: DelegationKeyRequest,
  signal: AbortSignal,
) => Promise<DelegationKey>;

/** The same in every cloud: learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory. */
const SCOPE = 'https://storage.azure.com/.default';
const HEADERS = {
  'Content-Type': 'application/xml',
  Accept: 'application/xml',
  'x-ms-version': NEWEST_SAS_VERSION,
};

/**
 * Returns a function that requests keys with the identity: learn.microsoft.com/rest/api/storageservices/get-user-delegation-key.
 * It sends each request once, reuses its connections, and has one access token for all accounts.
 */
export function delegationKeyRequester(
  credential: TokenCredential,
  httpClient: HttpClient = createDefaultHttpClient(),
): RequestDelegationKey {
  // The pipeline would sleep for as long as a `Retry-After` says.
  const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries: 0 } });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: SCOPE }), { phase: 'Sign' });
  return async (request, abortSignal) => {
    const { account, service, delegatedTenant } = request;
    if (service === 'table') throw new RangeError('tables have no user delegation keys here');
    const response = await pipeline.sendRequest(
      httpClient,
      createPipelineRequest({
        url: `${account.endpoints[service]}/?restype=service&comp=userdelegationkey`,
        method: 'POST',
        headers: createHttpHeaders(HEADERS),
        body: keyInfoText(request),
        abortSignal,
      }),
    );
    if (response.status !== 200) throw refusal(response);
    const key = delegationKeyOf(response.bodyAsText ?? '');
    if (key.service !== service.charAt(0)) throw new RangeError('the key is for another service');
    // An endpoint that ignores the tenant returns a key for anyone, and its tokens would not be bound to a user.
    if (key.delegatedTenantId !== delegatedTenant)
      throw new RangeError('the key is not for the requested users');
    return key;
  };
}

function keyInfoText({ startsOn, expiresOn, delegatedTenant }: DelegationKeyRequest): string {
  const tenant =
    delegatedTenant === null ? '' : `<DelegatedUserTid>${escapeText(delegatedTenant)}</DelegatedUserTid>`;
  const times = `<Start>${formatInstant(startsOn)}</Start><Expiry>${formatInstant(expiresOn)}</Expiry>`;
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><KeyInfo>${times}${tenant}</KeyInfo>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The elements of a reply, each a text without markup: identifiers, times, a version, a key in Base64. */
const ELEMENT = /<(Signed\w+|Value)>([^<>&]*)<\/\1>/g;

/** @throws RangeError if the reply is not a whole key. */
function delegationKeyOf(xml: string): DelegationKey {
  const elements = new Map(Array.from(xml.matchAll(ELEMENT), ([, name, text]) => [name, text]));
  const textOf = (name: string): string => {
    const text = elements.get(name);
    if (text === undefined || text === '') throw new RangeError(`the key has no ${name}`);
    return text;
  };
  const instantOf = (name: string): Date => {
    const instant = parseInstant(textOf(name));
    if (instant === null) throw new RangeError(`the key's ${name} is not a time`);
    return instant;
  };
  const tenant = elements.get('SignedDelegatedUserTid');
  return {
    kind: 'user-delegation',
    value: new SecretText(textOf('Value')),
    objectId: textOf('SignedOid'),
    tenantId: textOf('SignedTid'),
    service: textOf('SignedService'),
    version: textOf('SignedVersion'),
    startsAt: instantOf('SignedStart'),
    expiresAt: instantOf('SignedExpiry'),
    delegatedTenantId: tenant === undefined || tenant === '' ? null : tenant,
  };
}

function refusal(response: PipelineResponse): RestError {
  const code = response.headers.get('x-ms-error-code');
  const { status: statusCode } = response;
  return new RestError('Storage gave no user delegation key', {
    statusCode,
    response,
    ...(code === undefined ? {} : { code }),
  });
}
