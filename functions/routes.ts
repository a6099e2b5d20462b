import * as z from 'zod/mini';
import { accountRoutes } from './account-routes.ts';
import { addressOf } from './addresses.ts';
import { blockRoutes } from './block-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { grantRoutes } from './grants.ts';
import { healthRoutes } from './health-routes.ts';
import { issueTokenRoute } from './issue-token.ts';
import { listRoutes } from './lists.ts';
import { openApi } from './openapi.ts';
import { revocationRoutes } from './revocation-routes.ts';
import { route, type Route } from './route.ts';
import { storedPolicyRoutes } from './stored-policy-routes.ts';
import { summaryRoutes } from './summaries.ts';
import { tokenRoutes } from './token-routes.ts';

/** The document never changes and takes milliseconds to build, and anyone may ask for it. */
let document: ReturnType<typeof openApi> | undefined;

function apiDocument(): ReturnType<typeof openApi> {
  return (document ??= openApi(routes));
}

/** The row of every route. Only the document needs them all; a request loads the rows of its group. */
export const routes: readonly Route[] = [
  issueTokenRoute,
  ...tokenRoutes,
  ...grantRoutes,
  ...listRoutes,
  ...summaryRoutes,
  ...accountRoutes,
  ...storedPolicyRoutes,
  ...revocationRoutes,
  ...blockRoutes,
  ...eventRoutes,
  ...healthRoutes,
  route(
    {
      ...addressOf('getOpenApi'),
      summary: 'Get this API as an OpenAPI 3.1 document',
      reply: { status: 200, schema: z.looseObject({ openapi: z.string() }) },
    },
    () => Promise.resolve({ status: 200, body: apiDocument() }),
  ),
];
