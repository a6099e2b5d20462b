import type { IncomingMessage } from 'node:http';
import { decodeJwt } from 'jose';
import type { KeyName, KeyPair, KeyTimes } from './account-keys.ts';
import { AzureError, serveAzure } from './azure-service.ts';
import type { Answer, Intercept, Operation } from './azure-service.ts';
import type { Certificate } from './certificate.ts';
import { readJsonBody } from './listen.ts';
import type { Listening } from './listen.ts';
import { rotatorClientId, tenantId } from './sample-callers.ts';

/** A storage account, as Resource Manager sees it. */
export interface ManagedAccount {
  name: string;
  keys: KeyPair;
  times: KeyTimes;
  hierarchical: boolean;
  /** Addresses by service. */
  endpoints: Record<string, string>;
}

export interface ResourceManagerOptions {
  port: number;
  certificate: Certificate;
  find(name: string): Promise<ManagedAccount | undefined>;
  /** Resolves once storage refuses the former key. */
  regenerate(account: string, key: KeyName): Promise<unknown>;
  intercept?: Intercept | undefined;
}

const accountPath =
  /^(\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Storage\/storageAccounts\/(\w+))(?:\/([^/]+))?\/?$/i;

/**
 * Azure Resource Manager over HTTPS, as far as keys of storage accounts go. An account is known in any subscription and
 * resource group, and to nobody but the rotator's managed identity: the broker needs these rights for that one only.
 */
export function startResourceManager(options: ResourceManagerOptions): Promise<Listening> {
  const { port, certificate, intercept } = options;
  return serveAzure({
    ...{ name: 'resource-manager', port, certificate, intercept },
    challenge: `Bearer authorization_uri="https://login.microsoftonline.com/${tenantId}", error="invalid_token"`,
    understand: (request, url, token) => {
      authorize(token);
      if (!/^\d{4}-\d\d-\d\d(-preview)?$/.test(url.searchParams.get('api-version') ?? ''))
        throw new AzureError(400, 'InvalidApiVersionParameter', 'The api-version is absent or invalid.');
      return operationOf(options, request, url);
    },
  });
}

async function operationOf(
  options: ResourceManagerOptions,
  request: IncomingMessage,
  url: URL,
): Promise<Operation> {
  const [, id = '', group = '', name = '', action = ''] = accountPath.exec(url.pathname) ?? [];
  const make = operations[`${request.method ?? ''} ${action.toLowerCase()}`];
  if (!id || !make) {
    const text = `The laptop Resource Manager has no ${request.method ?? ''} ${url.pathname}`;
    throw new AzureError(404, 'InvalidResourceType', text);
  }
  const body = await readJsonBody(request).catch(() => {
    throw new AzureError(400, 'InvalidRequestContent', 'The request content is no JSON.');
  });
  const account = await options.find(name);
  if (!account) {
    const text = `The Resource 'Microsoft.Storage/storageAccounts/${name}' under resource group '${group}' was not found.`;
    throw new AzureError(404, 'ResourceNotFound', text);
  }
  return make({ options, account, id, body });
}

/** Signatures aren't checked, but a token of another audience or identity would fail on Azure, so it does here. */
function authorize(token: string): void {
  const { aud, appid } = claimsOf(token);
  if (!/^https:\/\/management\.(azure\.com|core\.windows\.net)\/?$/.test(String(aud))) {
    const text = `The access token is for '${String(aud)}', not for Resource Manager.`;
    throw new AzureError(401, 'InvalidAuthenticationTokenAudience', text);
  }
  if (appid !== rotatorClientId) {
    const text = `The client '${String(appid)}' has no role on storage accounts; only the rotator's has.`;
    throw new AzureError(403, 'AuthorizationFailed', text);
  }
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    return decodeJwt(token);
  } catch {
    throw new AzureError(401, 'InvalidAuthenticationToken', 'The access token is invalid.');
  }
}

interface Call {
  options: ResourceManagerOptions;
  account: ManagedAccount;
  id: string;
  body: Record<string, unknown>;
}

/** By method and action in lower case. */
const operations: Record<string, (call: Call) => Operation> = {
  'GET ': ({ account, id }) => ({
    ...{ operation: 'read', name: account.name },
    act: () => ({ body: properties(account, id) }),
  }),
  'POST listkeys': ({ options, account: { name } }) => ({
    ...{ operation: 'listKeys', name },
    act: () => listKeys(options, name),
  }),
  'POST regeneratekey': ({ options, account: { name }, body: { keyName } }) => ({
    ...{ operation: 'regenerateKey', name },
    act: async () => {
      if (keyName !== 'key1' && keyName !== 'key2') {
        const text = 'Values for request parameters are invalid: keyName.';
        throw new AzureError(400, 'InvalidValuesForRequestParameters', text);
      }
      await options.regenerate(name, keyName);
      return listKeys(options, name);
    },
  }),
  // The emulator can't revoke them; who asks is told what Azure would tell.
  'POST revokeuserdelegationkeys': ({ account: { name } }) => ({
    ...{ operation: 'revokeUserDelegationKeys', name },
    act: () => ({}),
  }),
};

/** Looked up when it acts: a request may have waited while keys changed. */
async function listKeys(options: ResourceManagerOptions, name: string): Promise<Answer> {
  const account = await options.find(name);
  const keys = (['key1', 'key2'] as const).map((keyName) => ({
    ...{ keyName, value: account?.keys[keyName], permissions: 'FULL' },
    creationTime: account?.times[keyName],
  }));
  return { body: { keys } };
}

function properties({ name, times, hierarchical, endpoints }: ManagedAccount, id: string): object {
  return {
    ...{ id, name, type: 'Microsoft.Storage/storageAccounts', location: 'westeurope', tags: {} },
    ...{ kind: 'StorageV2', sku: { name: 'Standard_LRS', tier: 'Standard' } },
    properties: {
      ...{ provisioningState: 'Succeeded', statusOfPrimary: 'available', primaryLocation: 'westeurope' },
      ...{ keyCreationTime: times, allowSharedKeyAccess: true, supportsHttpsTrafficOnly: true },
      ...{ isHnsEnabled: hierarchical, primaryEndpoints: endpoints, minimumTlsVersion: 'TLS1_2' },
    },
  };
}
