import * as z from 'zod/mini';
import { actorOf } from '../shared/audit/audit-record.ts';
import type { Broker } from '../shared/compose/compose.ts';
import { auditRecordSchema, auditRecordView } from '../shared/deaths/audit-record-view.ts';
import { filtersFor, listTokens } from '../shared/deaths/list-tokens.ts';
import {
  readTokenQuery,
  tokenCursor,
  tokenParametersSchema,
} from '../shared/deaths/token-query-parameters.ts';
import { addressOf } from './addresses.ts';
import { type Call, callerOf, type Reply, route, type Route } from './route.ts';

const tokenListSchema = z.object({ items: z.array(auditRecordSchema), nextCursor: z.nullable(z.string()) });

/** `GET /tokens` */
async function getTokens(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const caller = callerOf(call);
  const query = readTokenQuery(call.query, call.now);
  const filters = filtersFor(query.filters, caller);
  if (filters === null) return { status: 200, body: { items: [], nextCursor: null } };
  const { tokens, next } = await broker.scans.run(actorOf(caller), () =>
    listTokens(broker.lists, { ...query, filters }, call.deadline),
  );
  const items = tokens.map(({ record, state }) => auditRecordView(record, state, caller));
  return { status: 200, body: { items, nextCursor: tokenCursor(query, next) } };
}

/** The routes that list what the audit table holds. */
export const listRoutes: readonly Route[] = [
  route(
    {
      ...addressOf('getTokens'),
      summary: 'List tokens: auditors everyone’s, other callers their own',
      scans: true,
      query: tokenParametersSchema,
      reply: { status: 200, schema: tokenListSchema },
    },
    getTokens,
  ),
];
