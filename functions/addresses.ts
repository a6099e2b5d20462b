import type { HttpMethod } from '@azure/functions';
import type { Role } from '../shared/config/broker-config.ts';

/** Where a route is, and who may call it. */
export interface Address {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/`, with `{parameters}`. */
  readonly route: string;
  /** anyone: no bearer token required; callers: every verified caller; roles: a caller with one of them. */
  readonly access: 'anyone' | 'callers' | readonly Role[];
}

const POLICIES = 'accounts/{account}/{service}/{resource}/policies';

/**
 * Every HTTP function by name. The host registers them before anything else is loaded, and tries them in order of name, so no
 * two templates overlap for one method.
 */
export const ADDRESSES = {
  issueToken: { method: 'POST', route: 'tokens', access: 'callers' },
  issueBatch: { method: 'POST', route: 'tokens/batch', access: 'callers' },
  explainToken: { method: 'POST', route: 'tokens/explain', access: 'callers' },
  completeToken: { method: 'POST', route: 'tokens/{id}/completion', access: 'callers' },
  lookUpToken: { method: 'POST', route: 'tokens/lookup', access: ['auditor'] },
  getToken: { method: 'GET', route: 'tokens/{id}', access: 'callers' },
  getTokens: { method: 'GET', route: 'tokens', access: 'callers' },
  getMe: { method: 'GET', route: 'me', access: 'callers' },
  getOwnGrants: { method: 'GET', route: 'me/grants', access: 'callers' },
  getGrants: { method: 'GET', route: 'grants', access: ['auditor'] },
  getAccounts: { method: 'GET', route: 'accounts', access: ['auditor', 'operator'] },
  getRotation: { method: 'GET', route: 'accounts/{account}/rotation', access: ['auditor', 'operator'] },
  getRotationHistory: {
    method: 'GET',
    route: 'accounts/{account}/rotation/history',
    access: ['auditor', 'operator'],
  },
  startRotation: { method: 'POST', route: 'accounts/{account}/rotation', access: ['operator'] },
  getPolicies: { method: 'GET', route: POLICIES, access: ['auditor', 'operator'] },
  getPolicy: { method: 'GET', route: `${POLICIES}/{policyId}`, access: ['auditor', 'operator'] },
  putPolicy: { method: 'PUT', route: `${POLICIES}/{policyId}`, access: ['operator'] },
  deletePolicy: { method: 'DELETE', route: `${POLICIES}/{policyId}`, access: ['operator'] },
  revoke: { method: 'POST', route: 'revocations', access: ['auditor', 'operator'] },
  getBlocks: { method: 'GET', route: 'callers/blocks', access: ['auditor', 'operator'] },
  blockCaller: { method: 'POST', route: 'callers/blocks', access: ['operator'] },
  unblockCaller: { method: 'DELETE', route: 'callers/blocks/{id}', access: ['operator'] },
  getEvents: { method: 'GET', route: 'events', access: ['auditor'] },
  getLiveTokenSummary: { method: 'GET', route: 'summary/live-tokens', access: ['auditor', 'operator'] },
  getDenialSummary: { method: 'GET', route: 'summary/denials', access: ['auditor'] },
  getHealth: { method: 'GET', route: 'health', access: 'anyone' },
  getReadiness: { method: 'GET', route: 'health/ready', access: 'anyone' },
  getOpenApi: { method: 'GET', route: 'openapi.json', access: 'anyone' },
} as const satisfies Readonly<Record<string, Address>>;

export type RouteName = keyof typeof ADDRESSES;

/** Returns the name and the address of a route, with which its row begins. */
export function addressOf<Name extends RouteName>(name: Name): { readonly name: Name } & Address {
  return { name, ...ADDRESSES[name] };
}

/**
 * Returns the methods to register. Load balancers probe with HEAD, so routes for anyone answer it as GET; the host leaves
 * the body out.
 */
export function methodsOf({ method, access }: Pick<Address, 'method' | 'access'>): HttpMethod[] {
  return method === 'GET' && access === 'anyone' ? ['GET', 'HEAD'] : [method];
}
