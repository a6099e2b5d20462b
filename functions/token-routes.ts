import { auditRecordSchema } from '../shared/deaths/audit-record-view.ts';
import { explanationSchema } from '../shared/grants/explain.ts';
import { BATCH_LIMITS, REQUEST_LIMITS } from '../shared/input/body-limits.ts';
import { completionSchema, parseCompletion } from '../shared/issuing/complete-token.ts';
import { batchSchema } from '../shared/issuing/issue-batch.ts';
import { lookupReplySchema, lookupSchema } from '../shared/issuing/lookup/lookup-body.ts';
import { parseLookup } from '../shared/issuing/lookup/parse-lookup.ts';
import { addressOf } from './addresses.ts';
import { tokenRequestBody } from './issue-token.ts';
import { route, type Route, routeWithBody } from './route.ts';
import {
  batchReplySchema,
  getToken,
  postBatch,
  postCompletion,
  postExplain,
  postLookup,
  readBatch,
} from './tokens.ts';

/** The routes that issue batches, and explain, complete and find tokens. */
export const tokenRoutes: readonly Route[] = [
  routeWithBody(
    {
      ...addressOf('issueBatch'),
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
      ...addressOf('completeToken'),
      summary: 'Report the outcome of the work that a token was for, once',
      reply: { status: 200, schema: auditRecordSchema },
    },
    { schema: completionSchema, limits: REQUEST_LIMITS, read: parseCompletion },
    postCompletion,
  ),
  routeWithBody(
    {
      ...addressOf('explainToken'),
      summary: 'Explain what a token request would get, without signing anything',
      reply: { status: 200, schema: explanationSchema },
    },
    tokenRequestBody,
    postExplain,
  ),
  routeWithBody(
    {
      ...addressOf('lookUpToken'),
      summary: 'Find the caller that a token was issued to',
      scans: true,
      reply: { status: 200, schema: lookupReplySchema },
    },
    { schema: lookupSchema, limits: REQUEST_LIMITS, read: parseLookup },
    postLookup,
  ),
  route(
    {
      ...addressOf('getToken'),
      summary: 'Get one audit record',
      reply: { status: 200, schema: auditRecordSchema },
    },
    getToken,
  ),
];
