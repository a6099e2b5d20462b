import { inject } from 'vitest';

export interface TestAccount {
  name: string;
  key1: string;
  key2: string;
  /** Endpoints of this account, without a trailing slash. */
  blob: string;
  queue: string;
  table: string;
}

/** A storage account with two keys, of this test's own. */
export async function newAccount(name?: string): Promise<TestAccount> {
  return toAccount(await post('accounts', { name }));
}

/** Regenerates one key (to a random one if none is given). When it resolves, the former key is dead. */
export async function setKey(account: string, key: 'key1' | 'key2', value?: string): Promise<TestAccount> {
  return toAccount(await post(`accounts/${account}/keys`, { key, value }));
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
