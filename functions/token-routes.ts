import { auditRecordSchema } from '../shared/deaths/audit-record-view.ts';
import { explanationSchema } from '../shared/grants/explain.ts';
import { BATCH_LIMITS, REQUEST_LIMITS } from '../shared/input/body-limits.ts';
import { completionSchema, parseCompletion } from '../shared/issuing/complete-token.ts';
import { batchSchema } from '../shared/issuing/issue-batch.ts';
import { issuedTokenSchema } from '../shared/issuing/issued-token.ts';
import { lookupReplySchema, lookupSchema } from '../shared/issuing/lookup/lookup-body.ts';
import { parseLookup } from '../shared/issuing/lookup/parse-lookup.ts';
import { tokenRequestSchema } from '../shared/requests/token-request-schema.ts';
import { route, type Route, routeWithBody } from './route.ts';
import {
  batchReplySchema,
  getToken,
  postBatch,
  postCompletion,
  postExplain,
  postLookup,
  postToken,
  readBatch,
  readTokenRequest,
} from './tokens.ts';

const tokenRequestBody = {
  schema: tokenRequestSchema,
  limits: REQUEST_LIMITS,
  read: readTokenRequest,
  tokensIn: () => 1,
};

/** The routes that issue, explain, complete and find tokens. */
export const tokenRoutes: readonly Route[] = [
  routeWithBody(
    {
      name: 'issueToken',
      method: 'POST',
      route: 'tokens',
      access: 'callers',
      summary: 'Issue one SAS token',
      reply: { status: 201, schema: issuedTokenSchema },
    },
    tokenRequestBody,
    postToken,
  ),
  routeWithBody(
    {
      name: 'issueBatch',
      method: 'POST',
      route: 'tokens/batch',
      access: 'callers',
      summary: 'Issue up to 100 tokens, each with its own result',
      reply: { status: 200, schema: batchReplySchema },
    },
    {
      schema: batchSchema,
      limits: BATCH_LIMITS,
      splitList: 'requests',
      read: readBatch,
      tokensIn: ({ length }) => length,
    },
    postBatch,
  ),
  routeWithBody(
    {
      name: 'completeToken',
      method: 'POST',
      route: 'tokens/{id}/completion',
      access: 'callers',
      summary: 'Report the outcome of the work that a token was for, once',
      reply: { status: 200, schema: auditRecordSchema },
    },
    { schema: completionSchema, limits: REQUEST_LIMITS, read: parseCompletion },
    postCompletion,
  ),
  routeWithBody(
    {
      name: 'explainToken',
      method: 'POST',
      route: 'tokens/explain',
      access: 'callers',
      summary: 'Explain what a token request would get, without signing anything',
      reply: { status: 200, schema: explanationSchema },
    },
    tokenRequestBody,
    postExplain,
  ),
  routeWithBody(
    {
      name: 'lookUpToken',
      method: 'POST',
      route: 'tokens/lookup',
      access: ['auditor'],
      summary: 'Find the caller that a token was issued to',
      scans: true,
      reply: { status: 200, schema: lookupReplySchema },
    },
    { schema: lookupSchema, limits: REQUEST_LIMITS, read: parseLookup },
    postLookup,
  ),
  route(
    {
      name: 'getToken',
      method: 'GET',
      route: 'tokens/{id}',
      access: 'callers',
      summary: 'Get one audit record',
      reply: { status: 200, schema: auditRecordSchema },
    },
    getToken,
  ),
];
