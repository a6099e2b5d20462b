import { inject } from 'vitest';
import type { Calls, Fault } from './laptop-stack.ts';

export interface TestAccount {
  name: string;
  key1: string;
  key2: string;
  /** Endpoints of this account, without a trailing slash. */
  blob: string;
  queue: string;
  table: string;
}

/**
 * A storage account with two keys, of this test's own. `keyTimes` are the creation times that Resource Manager gives
 * (ISO 8601, or null for old keys); now if not given.
 */
export async function newAccount(
  name?: string,
  keyTimes?: { key1: string | null; key2: string | null },
): Promise<TestAccount> {
  return toAccount(await post('accounts', { name, keyTimes }));
}

/** Regenerates one key (to a random one if none is given). When it resolves, the former key is dead. */
export async function setKey(account: string, key: 'key1' | 'key2', value?: string): Promise<TestAccount> {
  return toAccount(await post(`accounts/${account}/keys`, { key, value }));
}

/** Lets Resource Manager fail as `fault` says; `name` is an account. Faults planned earlier come first. */
export async function resourceManagerFault(
  fault: Fault & {
    operation: 'read' | 'listKeys' | 'regenerateKey' | 'revokeUserDelegationKeys';
  },
): Promise<void> {
  await post('resource-manager/faults', fault);
}

/** Lets Key Vault fail as `fault` says; `name` is a secret. */
export async function keyVaultFault(
  fault: Fault & { operation: 'set' | 'get' | 'update' | 'versions' | 'delete' | 'recover' },
): Promise<void> {
  await post('key-vault/faults', fault);
}

/** What was asked of Resource Manager for an account so far; operations nobody asked for are absent. */
export async function resourceManagerCalls(account: string): Promise<Calls> {
  return (await post('resource-manager/calls', { name: account })) as Calls;
}

/** What was asked of Key Vault for a secret so far. */
export async function keyVaultCalls(secret: string): Promise<Calls> {
  return (await post('key-vault/calls', { name: secret })) as Calls;
}

/** A sample caller's bearer token, with `claims` over its own, living `expiresIn` seconds (3,600 if not given). */
export async function bearerToken(
  caller: string,
  claims: Record<string, unknown> = {},
  expiresIn?: number,
): Promise<string> {
  const { token } = await post('bearer-tokens', { caller, claims, expiresIn });
  return String(token);
}

/** Lets `ManagedIdentityCredential` in this worker use the stack's identities, as App Service would. */
export function useManagedIdentity(): void {
  const { identityEndpoint, identityHeader } = inject('stack');
  Object.assign(process.env, { IDENTITY_ENDPOINT: identityEndpoint, IDENTITY_HEADER: identityHeader });
}

function toAccount(answer: Record<string, unknown>): TestAccount {
  const { blob, queue, table } = inject('stack');
  const { name, key1, key2 } = answer as { name: string; key1: string; key2: string };
  return { name, key1, key2, blob: `${blob}/${name}`, queue: `${queue}/${name}`, table: `${table}/${name}` };
}

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const reply = await fetch(`${inject('stack').control}/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const answer = (await reply.json()) as Record<string, unknown>;
  if (!reply.ok) throw new Error(`The stack's control answered ${reply.status}: ${JSON.stringify(answer)}`);
  return answer;
}
