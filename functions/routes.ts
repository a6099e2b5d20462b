import { z } from 'zod';
import { eventParametersSchema } from '../shared/audit/event-query-parameters.ts';
import { eventListSchema } from '../shared/audit/event-view.ts';
import { REQUEST_LIMITS } from '../shared/input/body-limits.ts';
import { revocationPlanSchema } from '../shared/revocation/revocation-plan.ts';
import { revocationSchema } from '../shared/revocation/revocation-request.ts';
import { revocationReplySchema } from '../shared/revocation/revoke.ts';
import { historyParametersSchema, rotationHistorySchema } from '../shared/rotation/rotation-history.ts';
import { rotationStateSchema } from '../shared/rotation/rotation-view.ts';
import {
  countParametersSchema,
  getAccounts,
  getRotation,
  getRotationHistory,
  postRotation,
  readRotationOrder,
  rotationListSchema,
  rotationOrderSchema,
} from './accounts.ts';
import { blockRoutes } from './block-routes.ts';
import { getEvents } from './events.ts';
import { grantRoutes } from './grants.ts';
import { getHealth, getReadiness, healthSchema, readinessSchema, UP } from './health.ts';
import { listRoutes } from './lists.ts';
import { openApi } from './openapi.ts';
import { postRevocation, readRevocation } from './revocations.ts';
import { route, type Route, routeWithBody } from './route.ts';
import { storedPolicyRoutes } from './stored-policy-routes.ts';
import { summaryRoutes } from './summaries.ts';
import { tokenRoutes } from './token-routes.ts';

/** The document never changes and takes milliseconds to build, and anyone may ask for it. */
let document: ReturnType<typeof openApi> | undefined;

function apiDocument(): ReturnType<typeof openApi> {
  return (document ??= openApi(routes));
}

/** Every HTTP function. The host tries routes in order of name, so no two templates overlap for one method. */
export const routes: readonly Route[] = [
  ...tokenRoutes,
  ...grantRoutes,
  ...listRoutes,
  ...summaryRoutes,
  route(
    {
      name: 'getAccounts',
      method: 'GET',
      route: 'accounts',
      access: ['auditor', 'operator'],
      summary: 'List the rotation state of every account',
      query: countParametersSchema,
      reply: { status: 200, schema: rotationListSchema },
    },
    getAccounts,
  ),
  route(
    {
      name: 'getRotation',
      method: 'GET',
      route: 'accounts/{account}/rotation',
      access: ['auditor', 'operator'],
      summary: 'Get the rotation state of one account',
      query: countParametersSchema,
      reply: { status: 200, schema: rotationStateSchema },
    },
    getRotation,
  ),
  route(
    {
      name: 'getRotationHistory',
      method: 'GET',
      route: 'accounts/{account}/rotation/history',
      access: ['auditor', 'operator'],
      summary: 'Get the phases of an account’s rotation, and what happened to its keys',
      query: historyParametersSchema,
      reply: { status: 200, schema: rotationHistorySchema },
    },
    getRotationHistory,
  ),
  routeWithBody(
    {
      name: 'startRotation',
      method: 'POST',
      route: 'accounts/{account}/rotation',
      access: ['operator'],
      summary: 'Start a rotation of an account’s keys',
      reply: { status: 202, schema: rotationStateSchema },
    },
    { schema: rotationOrderSchema, limits: REQUEST_LIMITS, optional: true, read: readRotationOrder },
    postRotation,
  ),
  ...storedPolicyRoutes,
  routeWithBody(
    {
      name: 'revoke',
      method: 'POST',
      route: 'revocations',
      access: ['auditor', 'operator'],
      summary: 'Plan a revocation, or, with the role operator, carry it out',
      scans: true,
      reply: { status: 200, also: [202], schema: z.union([revocationPlanSchema, revocationReplySchema]) },
    },
    { schema: revocationSchema, limits: REQUEST_LIMITS, read: readRevocation },
    postRevocation,
  ),
  ...blockRoutes,
  route(
    {
      name: 'getEvents',
      method: 'GET',
      route: 'events',
      access: ['auditor'],
      summary: 'List events, newest first',
      query: eventParametersSchema,
      reply: { status: 200, schema: eventListSchema },
    },
    getEvents,
  ),
  route(
    {
      name: 'getHealth',
      method: 'GET',
      route: 'health',
      access: 'anyone',
      summary: 'Check whether the broker is up',
      reply: { status: 200, schema: healthSchema },
      misconfigured: UP,
    },
    getHealth,
  ),
  route(
    {
      name: 'getReadiness',
      method: 'GET',
      route: 'health/ready',
      access: 'anyone',
      summary: 'Check whether the broker can issue tokens',
      reply: { status: 200, schema: readinessSchema },
    },
    getReadiness,
  ),
  route(
    {
      name: 'getOpenApi',
      method: 'GET',
      route: 'openapi.json',
      access: 'anyone',
      summary: 'Get this API as an OpenAPI 3.1 document',
      reply: { status: 200, schema: z.looseObject({ openapi: z.string() }) },
    },
    () => Promise.resolve({ status: 200, body: apiDocument() }),
  ),
];
