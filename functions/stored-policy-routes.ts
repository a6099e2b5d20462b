import * as z from 'zod/mini';
import { REQUEST_LIMITS } from '../shared/input/body-limits.ts';
import { policyBodySchema, readPolicyBody } from '../shared/stored-policies/policy-body.ts';
import { storedPolicyListSchema, storedPolicySchema } from '../shared/stored-policies/policy-view.ts';
import { addressOf } from './addresses.ts';
import { route, type Route, routeWithBody } from './route.ts';
import { deleteStoredPolicy, getPolicies, getPolicy, putStoredPolicy } from './stored-policies.ts';

/** The routes of stored access policies. `resource` names a container, queue, table or share. */
export const storedPolicyRoutes: readonly Route[] = [
  route(
    {
      ...addressOf('getPolicies'),
      summary: 'List the stored access policies of a container, queue, table or share',
      reply: { status: 200, schema: storedPolicyListSchema },
    },
    getPolicies,
  ),
  route(
    {
      ...addressOf('getPolicy'),
      summary: 'Get one stored access policy',
      reply: { status: 200, schema: storedPolicySchema },
    },
    getPolicy,
  ),
  routeWithBody(
    {
      ...addressOf('putPolicy'),
      summary: 'Create or replace a stored access policy',
      reply: { status: 200, schema: storedPolicySchema },
    },
    { schema: policyBodySchema, limits: REQUEST_LIMITS, read: readPolicyBody },
    putStoredPolicy,
  ),
  route(
    {
      ...addressOf('deletePolicy'),
      summary: 'Delete a stored access policy, which ends every token bound to it',
      reply: { status: 204, schema: z.undefined() },
    },
    deleteStoredPolicy,
  ),
];
