import { actorOf } from '../shared/audit/audit-record.ts';
import { BrokerError } from '../shared/broker-error.ts';
import type { Broker } from '../shared/compose/compose.ts';
import {
  denialSummaryParametersSchema,
  denialSummarySchema,
  readDenialSummaryQuery,
  summarizeDenials,
} from '../shared/summaries/denial-summary.ts';
import {
  liveSummaryParametersSchema,
  liveSummarySchema,
  liveTokenSummary,
  readLiveSummaryQuery,
} from '../shared/summaries/live-token-summary.ts';
import { addressOf } from './addresses.ts';
import { type Call, callerOf, type Reply, route, type Route } from './route.ts';

/** `GET /summary/live-tokens` */
async function getLiveTokenSummary(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const query = readLiveSummaryQuery(call.query);
  if (query.account !== null && !broker.config.accounts.has(query.account))
    throw new BrokerError('not_found', 'No account of this name is configured.');
  const { now, deadline } = call;
  const count = await broker.summaries.liveTokens.count({ by: actorOf(callerOf(call)), now, deadline });
  return { status: 200, body: liveTokenSummary(count, query) };
}

/** `GET /summary/denials` */
async function getDenialSummary(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const range = readDenialSummaryQuery(call.query, call.now);
  const body = await broker.scans.run(actorOf(callerOf(call)), () =>
    summarizeDenials(broker.summaries.denials, range, call),
  );
  return { status: 200, body };
}

/** The routes that count what the audit table holds. */
export const summaryRoutes: readonly Route[] = [
  route(
    {
      ...addressOf('getLiveTokenSummary'),
      summary: 'Count live tokens by hour of expiry, account, grant and caller',
      scans: true,
      query: liveSummaryParametersSchema,
      reply: { status: 200, schema: liveSummarySchema },
    },
    getLiveTokenSummary,
  ),
  route(
    {
      ...addressOf('getDenialSummary'),
      summary: 'Count denials by hour and caller',
      scans: true,
      query: denialSummaryParametersSchema,
      reply: { status: 200, schema: denialSummarySchema },
    },
    getDenialSummary,
  ),
];
