import type { AccountKeys } from './account-keys.ts';
import { send } from './send.ts';
import type { VaultStore } from './vault-store.ts';

/** Base URLs of storage, the CA to trust, and the bearer token to send. */
export interface SeedTarget {
  blob: string;
  queue: string;
  table: string;
  ca: string;
  token: string;
}

export const sampleAccounts = ['media', 'archive'] as const;
/** The account that contains the broker's tables. */
export const brokerAccount = 'brokerstate';
export const auditTable = 'BrokerAudit';
export const stateTable = 'BrokerState';

/** Creates the tables that a deployment would create for the broker. */
export async function seedBrokerTables(target: SeedTarget): Promise<void> {
  await Promise.all([auditTable, stateTable].map((table) => createTable(target, brokerAccount, table)));
}

/** Creates the sample resources in both accounts. Leaves those that already exist as they are. */
export async function seedSamples(target: SeedTarget): Promise<void> {
  await Promise.all(
    sampleAccounts.map(async (account) => {
      const blob = `${target.blob}/${account}`;
      await Promise.all([
        createTable(target, account, 'Inventory'),
        createResource(target, 'PUT', `${target.queue}/${account}/jobs`),
        createResource(target, 'PUT', `${blob}/uploads?restype=container`),
        createResource(target, 'PUT', `${blob}/photos?restype=container`),
      ]);
      const type = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'image/jpeg', 'if-none-match': '*' };
      await createResource(
        target,
        'PUT',
        `${blob}/photos/sample.jpg`,
        type,
        Buffer.from(sampleJpeg, 'base64'),
      );
    }),
  );
}

/**
 * Stores each sample account's key1 as the first version of a secret, tagged as Key Vault tags a storage key that it
 * rotates. Skips a secret that exists, even if it is deleted.
 */
export function seedSecrets(vault: VaultStore, keys: AccountKeys): void {
  for (const account of sampleAccounts) {
    const name = `${account}-key`;
    if (vault.state(name) !== 'absent') continue;
    const tags = {
      CredentialId: 'key1',
      ProviderAddress: accountResourceId(account),
      ManagedBy: 'sas-token-broker',
    };
    vault.add(name, keys[account]?.key1 ?? '', { contentType: 'text/plain', tags });
  }
}

/** Returns the Azure resource id of an account in this stack. */
export function accountResourceId(account: string): string {
  const group = '/subscriptions/0c0ffee0-0000-4000-8000-0000000000c1/resourceGroups/laptop';
  return `${group}/providers/Microsoft.Storage/storageAccounts/${account}`;
}

async function createTable(target: SeedTarget, account: string, name: string): Promise<void> {
  const headers = { 'content-type': 'application/json', accept: 'application/json;odata=nometadata' };
  await createResource(
    target,
    'POST',
    `${target.table}/${account}/Tables`,
    headers,
    JSON.stringify({ TableName: name }),
  );
}

async function createResource(
  { ca, token }: SeedTarget,
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
): Promise<void> {
  const common = {
    authorization: `Bearer ${token}`,
    'x-ms-version': '2025-11-05',
    'x-ms-date': new Date().toUTCString(),
    'content-length': String(Buffer.byteLength(body)),
  };
  const reply = await send(url, { ca, method, body, headers: { ...common, ...headers } });
  // 409: the resource already exists. For a queue that exists with the same metadata the status is 204.
  if (![200, 201, 204, 409].includes(reply.status))
    throw new Error(`${method} ${url} failed with ${reply.status}: ${reply.text}`);
}

/** One grey pixel. */
const sampleJpeg =
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////' +
  '////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z';
