import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { DelegationKey, SigningKey } from '../keys/signing-keys.ts';

/** The `SASProtocol` enum that each SDK declares for itself. */
interface SdkProtocols<Protocol> {
  readonly Https: Protocol;
  readonly HttpsAndHttp: Protocol;
}

/** Returns the values that every SDK accepts by the same names. Permissions have a different type in each SDK. */
export function sdkValues<const Protocol>(
  token: AuthorizedToken,
  { Https, HttpsAndHttp }: SdkProtocols<Protocol>,
) {
  const { startsAt, expiresAt, ip, policy, omit } = token;
  return {
    protocol: { https: Https, 'https,http': HttpsAndHttp }[token.protocol],
    ...present({
      startsOn: omit.start ? null : startsAt,
      expiresOn: omit.expiry ? null : expiresAt,
      ipRange: ip === null ? null : sdkIpRange(ip),
      identifier: policy,
    }),
  };
}

/** Returns the values that the SDKs of blobs and directories accept by the same names, besides `sdkValues`. */
export function sdkBlobValues(token: AuthorizedToken, correlationId: string | undefined) {
  const { agent, encryptionScope, responseHeaders } = token;
  return {
    ...responseHeaders,
    ...present({
      encryptionScope,
      correlationId,
      preauthorizedAgentObjectId: agent?.kind === 'authorized' ? agent.objectId : null,
    }),
  };
}

function sdkIpRange(ip: string): { start: string; end?: string } {
  const [start = '', end] = ip.split('-');
  return { start, ...present({ end }) };
}

/** Returns the members that have a value: the SDKs do not accept null for the others. */
export function present<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: NonNullable<Members[Name]> } {
  const entries = Object.entries(members).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Members]?: NonNullable<Members[Name]> };
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
  return {
    signedObjectId: key.objectId,
    signedTenantId: key.tenantId,
    signedStartsOn: key.startsAt,
    signedExpiresOn: key.expiresAt,
    signedService: key.service,
    signedVersion: key.version,
    ...present({ signedDelegatedUserTenantId: key.delegatedTenantId }),
    value: key.value.reveal(),
  };
}
