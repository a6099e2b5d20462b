import { actorOf } from '../shared/audit/audit-record.ts';
import type { Broker } from '../shared/compose/compose.ts';
import { largestClockSkew } from '../shared/config/broker-config.ts';
import { planRevocation } from '../shared/revocation/plan-revocation.ts';
import { resolveOrder } from '../shared/revocation/resolve-order.ts';
import {
  asksToAct,
  parseRevocation,
  type RevocationRequest,
} from '../shared/revocation/revocation-request.ts';
import { revoke } from '../shared/revocation/revoke.ts';
import { denyRole } from './role-denial.ts';
import { type BodyContext, type Call, callerOf, type Reply } from './route.ts';

/** A request, or that it asks to act without the role for it: then nothing else of it was looked at. */
type RevocationBody = RevocationRequest | 'not-an-operator';

/** `POST /revocations` */
export async function postRevocation(broker: Broker, call: Call<RevocationBody>): Promise<Reply> {
  const caller = callerOf(call);
  const { body } = call;
  if (body === 'not-an-operator') throw await denyRole(broker, caller, call, 'revoke', ['operator']);
  const facts = { by: actorOf(caller), byName: caller.name, now: call.now, deadline: call.deadline };
  const { target, act } = body;
  if (act === null) return { status: 200, body: await planRevocation(broker.revocation, body, facts) };
  const order = await resolveOrder(broker.revocation, target, act, facts);
  const answer = await revoke(broker.revocation, order, facts);
  if (answer.state === 'done') return { status: 200, body: answer };
  const location = `/api/accounts/${order.account.name}/rotation`;
  return { status: 202, body: answer, headers: { location } };
}

/** Reads the body of `/revocations`. */
export function readRevocation(json: unknown, broker: Broker, { caller, now }: BodyContext): RevocationBody {
  if (asksToAct(json) && caller?.roles.has('operator') !== true) return 'not-an-operator';
  return parseRevocation(json, { now, clockSkew: largestClockSkew(broker.config.accounts) });
}
