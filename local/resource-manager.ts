import type { IncomingMessage } from 'node:http';
import { decodeJwt } from 'jose';
import type { KeyName, KeyPair, KeyTimes } from './account-keys.ts';
import { AzureError, type AzureReply, type Intercept, type Operation, serveAzure } from './azure-service.ts';
import type { Certificate } from './certificate.ts';
import { type Listening, readJsonBody } from './listen.ts';
import { rotatorClientId, tenantId } from './sample-callers.ts';

/** A storage account as Resource Manager knows it. */
export interface ManagedAccount {
  name: string;
  keys: KeyPair;
  times: KeyTimes;
  hierarchical: boolean;
  /** Endpoint URLs by service. */
  endpoints: Record<string, string>;
}

export interface ResourceManagerOptions {
  port: number;
  certificate: Certificate;
  findAccount(name: string): Promise<ManagedAccount | undefined>;
  /** Resolves once storage refuses the former key. */
  regenerateKey(account: string, key: KeyName): Promise<unknown>;
  /** Resolves once storage refuses the account's present user delegation keys. */
  revokeDelegationKeys(account: string): Promise<unknown>;
  intercept?: Intercept | undefined;
}

const accountPath =
  /^(\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Storage\/storageAccounts\/(\w+))(?:\/([^/]+))?\/?$/i;

/**
 * Serves the part of Azure Resource Manager that manages storage account keys, over HTTPS. Finds an account in any
 * subscription and resource group. Accepts only the rotator's managed identity, because no other identity of the broker
 * needs these rights.
 */
export function startResourceManager(options: ResourceManagerOptions): Promise<Listening> {
  const { port, certificate, intercept } = options;
  return serveAzure({
    name: 'resource-manager',
    port,
    certificate,
    intercept,
    challenge: `Bearer authorization_uri="https://login.microsoftonline.com/${tenantId}", error="invalid_token"`,
    parseRequest: (request, url, token) => {
      authorize(token);
      if (!/^\d{4}-\d\d-\d\d(-preview)?$/.test(url.searchParams.get('api-version') ?? ''))
        throw new AzureError(400, 'InvalidApiVersionParameter', 'The api-version is absent or invalid.');
      return parseOperation(options, request, url);
    },
  });
}

async function parseOperation(
  options: ResourceManagerOptions,
  request: IncomingMessage,
  url: URL,
): Promise<Operation> {
  const [, id = '', group = '', name = '', action = ''] = accountPath.exec(url.pathname) ?? [];
  const toOperation = operations[`${request.method ?? ''} ${action.toLowerCase()}`];
  if (!id || !toOperation) {
    const text = `The laptop Resource Manager has no ${request.method ?? ''} ${url.pathname}`;
    throw new AzureError(404, 'InvalidResourceType', text);
  }
  const body = await readJsonBody(request).catch(() => {
    throw new AzureError(400, 'InvalidRequestContent', 'The request content is no JSON.');
  });
  const account = await options.findAccount(name);
  if (!account) {
    const text = `The Resource 'Microsoft.Storage/storageAccounts/${name}' under resource group '${group}' was not found.`;
    throw new AzureError(404, 'ResourceNotFound', text);
  }
  return toOperation({ options, account, id, body });
}

/** Refuses a token for another audience or identity, as Azure would. Does not check signatures. */
function authorize(token: string): void {
  const { aud, appid } = readClaims(token);
  if (!/^https:\/\/management\.(azure\.com|core\.windows\.net)\/?$/.test(String(aud))) {
    const text = `The access token is for '${String(aud)}', not for Resource Manager.`;
    throw new AzureError(401, 'InvalidAuthenticationTokenAudience', text);
  }
  if (appid !== rotatorClientId) {
    const text = `The client '${String(appid)}' has no role on storage accounts; only the rotator's has.`;
    throw new AzureError(403, 'AuthorizationFailed', text);
  }
}

function readClaims(token: string): Record<string, unknown> {
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

/** By method and lower-case action. */
const operations: Record<string, (call: Call) => Operation> = {
  'GET ': ({ account, id }) => ({
    operation: 'read',
    name: account.name,
    perform: () => ({ body: toAccountResource(account, id) }),
  }),
  'POST listkeys': ({ options, account: { name } }) => ({
    operation: 'listKeys',
    name,
    perform: () => listKeys(options, name),
  }),
  'POST regeneratekey': ({ options, account: { name }, body: { keyName } }) => ({
    operation: 'regenerateKey',
    name,
    perform: async () => {
      if (keyName !== 'key1' && keyName !== 'key2') {
        const text = 'Values for request parameters are invalid: keyName.';
        throw new AzureError(400, 'InvalidValuesForRequestParameters', text);
      }
      await options.regenerateKey(name, keyName);
      return listKeys(options, name);
    },
  }),
  'POST revokeuserdelegationkeys': ({ options, account: { name } }) => ({
    operation: 'revokeUserDelegationKeys',
    name,
    perform: async () => {
      await options.revokeDelegationKeys(name);
      return {};
    },
  }),
};

/** Looks the account up again, because its keys may have changed while the request waited. */
async function listKeys(options: ResourceManagerOptions, name: string): Promise<AzureReply> {
  const account = await options.findAccount(name);
  const keys = (['key1', 'key2'] as const).map((keyName) => ({
    keyName,
    value: account?.keys[keyName],
    permissions: 'FULL',
    creationTime: account?.times[keyName],
  }));
  return { body: { keys } };
}

function toAccountResource({ name, times, hierarchical, endpoints }: ManagedAccount, id: string): object {
  return {
    id,
    name,
    type: 'Microsoft.Storage/storageAccounts',
    location: 'westeurope',
    tags: {},
    kind: 'StorageV2',
    sku: { name: 'Standard_LRS', tier: 'Standard' },
    properties: {
      provisioningState: 'Succeeded',
      statusOfPrimary: 'available',
      primaryLocation: 'westeurope',
      keyCreationTime: times,
      allowSharedKeyAccess: true,
      supportsHttpsTrafficOnly: true,
      isHnsEnabled: hierarchical,
      primaryEndpoints: endpoints,
      minimumTlsVersion: 'TLS1_2',
    },
  };
}
