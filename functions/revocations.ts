import { actorOf } from '../shared/audit/audit-record.ts';
import { largestClockSkew } from '../shared/config/broker-config.ts';
import type { Broker } from '../shared/compose/compose.ts';
import { orderOf, planRevocation } from '../shared/revocation/plan-revocation.ts';
import { parseRevocation, type RevocationRequest } from '../shared/revocation/revocation-request.ts';
import { revoke } from '../shared/revocation/revoke.ts';
import { type BodyContext, type Call, callerOf, type Reply } from './route.ts';

/** `POST /revocations` */
export async function postRevocation(broker: Broker, call: Call<RevocationRequest>): Promise<Reply> {
  const caller = callerOf(call);
  const facts = { by: actorOf(caller), byName: caller.name, now: call.now, deadline: call.deadline };
  const { target, act } = call.body;
  if (act === null) return { status: 200, body: await planRevocation(broker.revocation, call.body, facts) };
  const order = orderOf(broker.revocation, target, act);
  const answer = await revoke(broker.revocation, order, facts);
  if (answer.state === 'done') return { status: 200, body: answer };
  const location = `/api/accounts/${order.account.name}/rotation`;
  return { status: 202, body: answer, headers: { location } };
}

/** Reads the body of `/revocations`. */
export function readRevocation(json: unknown, broker: Broker, { now }: BodyContext): RevocationRequest {
  return parseRevocation(json, { now, clockSkew: largestClockSkew(broker.config.accounts) });
}
