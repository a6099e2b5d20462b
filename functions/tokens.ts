import * as z from 'zod/mini';
import type { StoredAuditRecord } from '../shared/audit/audit-record.ts';
import { signedWithView } from '../shared/audit/audit-view.ts';
import { parseTokenId } from '../shared/audit/row-keys.ts';
import { BrokerError } from '../shared/broker-error.ts';
import type { Broker } from '../shared/compose/compose.ts';
import { type AuditRecordView, auditRecordView } from '../shared/deaths/audit-record-view.ts';
import { stateReader, type StatePorts } from '../shared/deaths/record-states.ts';
import { explain } from '../shared/grants/explain.ts';
import { completeToken, type CompletionReport, isOwn } from '../shared/issuing/complete-token.ts';
import { type BatchItem, issueBatch, parseBatch } from '../shared/issuing/issue-batch.ts';
import { issuedTokenSchema } from '../shared/issuing/issued-token.ts';
import { type LookupAnswer, lookUpToken } from '../shared/issuing/look-up-token.ts';
import { leversOfRecord } from '../shared/issuing/lookup/killing-levers.ts';
import type { KillingLever } from '../shared/issuing/lookup/lookup-body.ts';
import type { LookupQuestion } from '../shared/issuing/lookup/parse-lookup.ts';
import { readCoverage } from '../shared/issuing/read-coverage.ts';
import { readRequestedPolicy } from '../shared/issuing/token-policy.ts';
import type { TokenRequest } from '../shared/requests/token-request.ts';
import { readTokenRequest } from './issue-token.ts';
import { problemSchema } from './problem-schema.ts';
import { asBrokerError, problemOf } from './problem.ts';
import { logRefusal } from './reply.ts';
import { type BodyContext, type Call, callerOf, type Reply } from './route.ts';

/** `POST /tokens/explain` */
export async function postExplain(broker: Broker, call: Call<TokenRequest>): Promise<Reply> {
  const coverage = await readCoverage(broker.issuing, callerOf(call), call.body, call.now);
  const policy = await readRequestedPolicy(broker.issuing.policies, coverage, call.deadline);
  return { status: 200, body: explain(coverage, policy) };
}

/** `GET /tokens/{id}`: for everyone but auditors, another caller's record is not found, as if it did not exist. */
export async function getToken(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const caller = callerOf(call);
  const key = parseTokenId(call.params['id'] ?? '');
  const record = key === null ? null : await broker.issuing.audit.find(key, call.deadline);
  if (record === null || !(isOwn(record, caller) || caller.roles.has('auditor')))
    throw new BrokerError('not_found', 'You have no token with this id.');
  const [body] = await viewRecords(broker, [record], call);
  return { status: 200, body };
}

/** `POST /tokens/batch`: 200 even if requests in it fail. */
export async function postBatch(broker: Broker, call: Call<BatchItem[]>): Promise<Reply> {
  const outcomes = await issueBatch(broker.issuing, callerOf(call), call.body, call);
  const results = outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return { status: 201, token: outcome.value };
    const error = asBrokerError(outcome.reason);
    logRefusal(error, call.log);
    const problem = problemOf(error, call.requestId);
    return { status: problem.status, problem };
  });
  return { status: 200, body: { results } };
}

/** `POST /tokens/{id}/completion` */
export async function postCompletion(broker: Broker, call: Call<CompletionReport>): Promise<Reply> {
  const key = parseTokenId(call.params['id'] ?? '');
  const caller = callerOf(call);
  const ports = { audit: broker.issuing.audit, ...statePorts(broker) };
  const { record, state } = await completeToken(ports, caller, key, call.body, call);
  return { status: 200, body: auditRecordView(record, state, caller) };
}

/** Reads the body of `/tokens/batch`. */
export function readBatch(json: unknown, broker: Broker, context: BodyContext): BatchItem[] {
  return parseBatch(json, context.items, (request) => readTokenRequest(request, broker, context));
}

export const batchReplySchema = z.object({
  results: z.array(
    z.union([
      z.object({ status: z.literal(201), token: issuedTokenSchema }),
      z.object({ status: z.int(), problem: problemSchema }),
    ]),
  ),
});

/** `POST /tokens/lookup` */
export async function postLookup(broker: Broker, call: Call<LookupQuestion>): Promise<Reply> {
  const answer = await lookUpToken(broker.lookup, call.body, { ...call, caller: callerOf(call) });
  const [first] = answer.records;
  const records = await viewRecords(broker, answer.records, call);
  const candidates = await viewRecords(broker, answer.candidates, call);
  const signedWith = first === undefined ? answer.signedWith : signedWithView(first.signedWith);
  return {
    status: 200,
    body: { ...answer, records, candidates, signedWith, levers: usefulLevers(answer, records) },
  };
}

/** Returns the levers that end the token; none if it has ended. Records of one token depend on the same. */
function usefulLevers(answer: LookupAnswer, views: readonly AuditRecordView[]): readonly KillingLever[] {
  const usable = views.findIndex(({ state }) => state === 'live' || state === 'unproved');
  const record = answer.records[usable];
  return record === undefined ? answer.levers : leversOfRecord(record);
}

const statePorts = ({ config, rotation }: Broker): StatePorts => ({ config, deaths: rotation.deaths });

/** Returns records as the caller may see them. @throws BrokerError `storage_unavailable`. */
async function viewRecords(
  broker: Broker,
  records: readonly StoredAuditRecord[],
  call: Call<unknown>,
): Promise<AuditRecordView[]> {
  const viewer = callerOf(call);
  const stateOf = stateReader(statePorts(broker), call);
  return Promise.all(records.map(async (record) => auditRecordView(record, await stateOf(record), viewer)));
}
