import { inject } from 'vitest';
import type { Calls, Fault } from '../local/planned-faults.ts';
import { bundledFile, type Program } from './bundled-programs.ts';

export interface TestAccount {
  name: string;
  key1: string;
  key2: string;
  /** Endpoints of this account, without a trailing slash. */
  blob: string;
  queue: string;
  table: string;
}

/** Returns the file of a program that Node can start without tsx. */
export const programFile = (program: Program): string => bundledFile(inject('stack').programs, program);

/**
 * Adds a storage account with two keys that no other test uses. `keyTimes` are the creation times that Resource Manager
 * reports, in ISO 8601, or null for old keys. They default to now.
 */
export async function newAccount(
  name?: string,
  keyTimes?: { key1: string | null; key2: string | null },
): Promise<TestAccount> {
  return toAccount(await post('accounts', { name, keyTimes }));
}

/** Replaces one key, by default with a random one. Resolves once storage refuses the former key. */
export async function setKey(account: string, key: 'key1' | 'key2', value?: string): Promise<TestAccount> {
  return toAccount(await post(`accounts/${account}/keys`, { key, value }));
}

/** Makes storage refuse every user delegation SAS of the account whose key starts before now. */
export async function revokeDelegationKeys(account: string): Promise<void> {
  await post(`accounts/${account}/delegation-keys`, {});
}

/** Plans a fault in Resource Manager. `fault.name` is an account. Faults happen in the order they were planned. */
export async function resourceManagerFault(
  fault: Fault & {
    operation: 'read' | 'listKeys' | 'regenerateKey' | 'revokeUserDelegationKeys';
  },
): Promise<void> {
  await post('resource-manager/faults', fault);
}

/** Forgets the faults that were planned for an account in Resource Manager. */
export async function clearResourceManagerFaults(account: string): Promise<void> {
  await post('resource-manager/no-faults', { name: account });
}

/** Plans a fault in Key Vault. `fault.name` is a secret. */
export async function keyVaultFault(
  fault: Fault & { operation: 'set' | 'get' | 'update' | 'versions' | 'delete' | 'recover' },
): Promise<void> {
  await post('key-vault/faults', fault);
}

/** Counts the requests to Resource Manager for an account so far. Operations without a request are absent. */
export async function resourceManagerCalls(account: string): Promise<Calls> {
  return (await post('resource-manager/calls', { name: account })) as Calls;
}

/** Counts the requests to Key Vault for a secret so far. Operations without a request are absent. */
export async function keyVaultCalls(secret: string): Promise<Calls> {
  return (await post('key-vault/calls', { name: secret })) as Calls;
}

/** Returns a sample caller's bearer token. `claims` override its own; `lifetimeSeconds` defaults to 3,600. */
export async function bearerToken(
  caller: string,
  claims: Record<string, unknown> = {},
  lifetimeSeconds?: number,
): Promise<string> {
  const { token } = await post('bearer-tokens', { caller, claims, lifetimeSeconds });
  return String(token);
}

/** Makes `ManagedIdentityCredential` in this worker use the stack's identities, as on App Service. */
export function useManagedIdentity(): void {
  const { identityEndpoint, identityHeader } = inject('stack');
  Object.assign(process.env, { IDENTITY_ENDPOINT: identityEndpoint, IDENTITY_HEADER: identityHeader });
}

function toAccount(result: Record<string, unknown>): TestAccount {
  const { blob, queue, table } = inject('stack');
  const { name, key1, key2 } = result as { name: string; key1: string; key2: string };
  return { name, key1, key2, blob: `${blob}/${name}`, queue: `${queue}/${name}`, table: `${table}/${name}` };
}

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const reply = await fetch(`${inject('stack').control}/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const result = (await reply.json()) as Record<string, unknown>;
  if (!reply.ok)
    throw new Error(`The stack's control endpoint replied ${reply.status}: ${JSON.stringify(result)}`);
  return result;
}
