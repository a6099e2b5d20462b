import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { DelegationKey, SigningKey } from '../keys/signing-keys.ts';

/** The `SASProtocol` enum that each SDK declares for itself. */
interface SdkProtocols<Protocol> {
  readonly Https: Protocol;
  readonly HttpsAndHttp: Protocol;
}

/** Returns the values that every SDK accepts by the same names. Permissions have a different type in each SDK. */
export function sdkValues<const Protocol>(
  { protocol, startsAt, expiresAt, ip, policy, omit }: AuthorizedToken,
  { Https, HttpsAndHttp }: SdkProtocols<Protocol>,
) {
  return {
    protocol: { https: Https, 'https,http': HttpsAndHttp }[protocol],
    startsOn: omit.start ? null : startsAt,
    expiresOn: omit.expiry ? null : expiresAt,
    ipRange: ip === null ? null : sdkIpRange(ip),
    identifier: policy,
  };
}

/** Returns the values that the SDKs of blobs and directories accept by the same names, besides `sdkValues`. */
export function sdkBlobValues(
  { agent, encryptionScope, responseHeaders }: AuthorizedToken,
  correlationId: string | undefined,
) {
  return {
    cacheControl: responseHeaders.cacheControl,
    contentDisposition: responseHeaders.contentDisposition,
    contentEncoding: responseHeaders.contentEncoding,
    contentLanguage: responseHeaders.contentLanguage,
    contentType: responseHeaders.contentType,
    encryptionScope,
    correlationId,
    preauthorizedAgentObjectId: agent?.kind === 'authorized' ? agent.objectId : null,
  };
}

function sdkIpRange(ip: string): { start: string; end?: string } {
  const [start = '', end] = ip.split('-');
  return end === undefined ? { start } : { start, end };
}

/** Adds the members that have a value to what an SDK is given, and returns it: the SDKs do not accept null for the others. */
export function addPresent<Values extends object>(
  values: Values,
  ...parts: readonly { readonly [Name in keyof Values]?: Values[Name] | null | undefined }[]
): Values {
  for (const part of parts)
    for (const name in part) {
      const value = part[name];
      if (value !== null && value !== undefined) values[name] = value;
    }
  return values;
}

/** What an SDK exports to sign SAS: its generator, and the credential that wraps an account key. */
interface SasSdk<Values, Credential> {
  readonly generate: {
    (values: Values, credential: NoInfer<Credential>): { toString(): string };
    (values: Values, key: SdkDelegationKey, accountName: string): { toString(): string };
  };
  readonly Credential: new (accountName: string, accountKey: string) => Credential;
}

/** Signs `values` with the SDK's generator for this kind of key. Returns the query, without a leading `?`. */
export function sdkQuery<Values, Credential>(
  { generate, Credential }: SasSdk<Values, Credential>,
  values: Values,
  account: string,
  key: SigningKey,
): string {
  const parameters =
    key.kind === 'account'
      ? generate(values, new Credential(account, key.value.reveal()))
      : generate(values, sdkDelegationKey(key), account);
  return parameters.toString();
}

interface SdkDelegationKey {
  signedObjectId: string;
  signedTenantId: string;
  signedStartsOn: Date;
  signedExpiresOn: Date;
  signedService: string;
  signedVersion: string;
  signedDelegatedUserTenantId?: string;
  value: string;
}

function sdkDelegationKey(key: DelegationKey): SdkDelegationKey {
  const values: SdkDelegationKey = {
    signedObjectId: key.objectId,
    signedTenantId: key.tenantId,
    signedStartsOn: key.startsAt,
    signedExpiresOn: key.expiresAt,
    signedService: key.service,
    signedVersion: key.version,
    value: key.value.reveal(),
  };
  return addPresent(values, { signedDelegatedUserTenantId: key.delegatedTenantId });
}
