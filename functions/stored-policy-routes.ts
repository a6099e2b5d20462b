import { z } from 'zod';
import { REQUEST_LIMITS } from '../shared/input/body-limits.ts';
import { policyBodySchema, readPolicyBody } from '../shared/stored-policies/policy-body.ts';
import { storedPolicyListSchema, storedPolicySchema } from '../shared/stored-policies/policy-view.ts';
import { route, type Route, routeWithBody } from './route.ts';
import { deleteStoredPolicy, getPolicies, getPolicy, putStoredPolicy } from './stored-policies.ts';

const LIST = 'accounts/{account}/{service}/{resource}/policies';
const ONE = `${LIST}/{policyId}`;

/** The routes of stored access policies. `resource` names a container, queue, table or share. */
export const storedPolicyRoutes: readonly Route[] = [
  route(
    {
      name: 'getPolicies',
      method: 'GET',
      route: LIST,
      access: ['auditor', 'operator'],
      summary: 'List the stored access policies of a container, queue, table or share',
      reply: { status: 200, schema: storedPolicyListSchema },
    },
    getPolicies,
  ),
  route(
    {
      name: 'getPolicy',
      method: 'GET',
      route: ONE,
      access: ['auditor', 'operator'],
      summary: 'Get one stored access policy',
      reply: { status: 200, schema: storedPolicySchema },
    },
    getPolicy,
  ),
  routeWithBody(
    {
      name: 'putPolicy',
      method: 'PUT',
      route: ONE,
      access: ['operator'],
      summary: 'Create or replace a stored access policy',
      reply: { status: 200, schema: storedPolicySchema },
    },
    { schema: policyBodySchema, limits: REQUEST_LIMITS, read: readPolicyBody },
    putStoredPolicy,
  ),
  route(
    {
      name: 'deletePolicy',
      method: 'DELETE',
      route: ONE,
      access: ['operator'],
      summary: 'Delete a stored access policy, which ends every token bound to it',
      reply: { status: 204, schema: z.undefined() },
    },
    deleteStoredPolicy,
  ),
];
