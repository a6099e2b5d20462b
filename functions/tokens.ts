import { BrokerError } from '../shared/broker-error.ts';
import { auditRecordView } from '../shared/audit/audit-view.ts';
import { parseTokenId } from '../shared/audit/row-keys.ts';
import type { Broker } from '../shared/compose.ts';
import { entraUser } from '../shared/identity/entra.ts';
import { explain } from '../shared/grants/explain.ts';
import { issueToken } from '../shared/issuing/issue-token.ts';
import { lookUpToken, type LookupQuestion } from '../shared/issuing/look-up-token.ts';
import { parseTokenRequest } from '../shared/issuing/parse-token-request.ts';
import type { TokenRequest } from '../shared/issuing/token-request.ts';
import { callerOf, type BodyContext, type Call, type Reply } from './route.ts';

/** `POST /tokens` */
export async function postToken(broker: Broker, call: Call<TokenRequest>): Promise<Reply> {
  const issued = await issueToken(broker.issuing, callerOf(call), call.body, call);
  return { status: 201, body: issued, headers: { location: `/api/tokens/${issued.id}` } };
}

/** `POST /tokens/explain` */
export function postExplain(broker: Broker, call: Call<TokenRequest>): Promise<Reply> {
  return Promise.resolve({ status: 200, body: explain(callerOf(call), call.body, broker.config, call.now) });
}

/** `GET /tokens/{id}`: to anyone but an auditor, another caller's record is as absent as one that never was. */
export async function getToken(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const caller = callerOf(call);
  const key = parseTokenId(call.params['id'] ?? '');
  const record = key === null ? null : await broker.issuing.audit.find(key, call.deadline);
  const own = record?.caller.issuer === caller.issuer && record.caller.subject === caller.subject;
  if (record === null || !(own || caller.roles.has('auditor')))
    throw new BrokerError('not_found', 'No token of yours has this id.');
  return { status: 200, body: auditRecordView(record, call.now) };
}

/** `POST /tokens/lookup` */
export async function postLookup(broker: Broker, call: Call<LookupQuestion>): Promise<Reply> {
  const answer = await lookUpToken(broker.issuing, call.body, call);
  const records = answer.records.map((record) => auditRecordView(record, call.now));
  return { status: 200, body: { ...answer, records } };
}

/** Reads the body of `/tokens` and `/tokens/explain`. */
export function readTokenRequest(json: unknown, broker: Broker, { caller, now }: BodyContext): TokenRequest {
  const { accounts, issuers } = broker.config;
  const user = caller === null ? null : entraUser(caller, issuers);
  return parseTokenRequest(json, { accounts, callerIp: caller?.ip ?? null, entraUser: user, now });
}
