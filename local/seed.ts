import type { AccountKeys } from './account-keys.ts';
import { send } from './send.ts';
import type { VaultStore } from './vault-store.ts';

/** Where a seeder reaches storage, and its bearer token for it. */
export interface SeedTarget {
  blob: string;
  queue: string;
  table: string;
  ca: string;
  token: string;
}

export const sampleAccounts = ['media', 'archive'] as const;
/** The account of the broker's own tables. */
export const brokerAccount = 'brokerstate';
export const auditTable = 'BrokerAudit';
export const stateTable = 'BrokerState';

/** The tables that a deployment would make for the broker. */
export async function seedBrokerTables(target: SeedTarget): Promise<void> {
  await Promise.all([auditTable, stateTable].map((table) => createTable(target, brokerAccount, table)));
}

/** The sample resources of both accounts; what exists already stays as it is. */
export async function seedSamples(target: SeedTarget): Promise<void> {
  await Promise.all(
    sampleAccounts.map(async (account) => {
      const blob = `${target.blob}/${account}`;
      await Promise.all([
        createTable(target, account, 'Inventory'),
        create(target, 'PUT', `${target.queue}/${account}/jobs`),
        create(target, 'PUT', `${blob}/uploads?restype=container`),
        create(target, 'PUT', `${blob}/photos?restype=container`),
      ]);
      const type = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'image/jpeg', 'if-none-match': '*' };
      await create(target, 'PUT', `${blob}/photos/sample.jpg`, type, Buffer.from(sampleJpeg, 'base64'));
    }),
  );
}

/** Each sample account's key1 as the vault's first version, tagged as Key Vault tags a storage key it rotated. */
export function seedSecrets(vault: VaultStore, keys: AccountKeys): void {
  for (const account of sampleAccounts) {
    const name = `${account}-key`;
    if (vault.state(name) !== 'absent') continue;
    const tags = {
      CredentialId: 'key1',
      ProviderAddress: resourceId(account),
      ManagedBy: 'sas-token-broker',
    };
    vault.add(name, keys[account]?.key1 ?? '', { contentType: 'text/plain', tags });
  }
}

/** The Azure resource id that an account goes by on this laptop. */
export function resourceId(account: string): string {
  const group = '/subscriptions/0c0ffee0-0000-4000-8000-0000000000c1/resourceGroups/laptop';
  return `${group}/providers/Microsoft.Storage/storageAccounts/${account}`;
}

async function createTable(target: SeedTarget, account: string, name: string): Promise<void> {
  const headers = { 'content-type': 'application/json', accept: 'application/json;odata=nometadata' };
  await create(
    target,
    'POST',
    `${target.table}/${account}/Tables`,
    headers,
    JSON.stringify({ TableName: name }),
  );
}

async function create(
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
  // 409: it is there already. An existing queue with the same metadata answers 204.
  if (![200, 201, 204, 409].includes(reply.status))
    throw new Error(`${method} ${url}: ${reply.status} ${reply.text}`);
}

/** A grey pixel. */
const sampleJpeg =
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////' +
  '////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z';
