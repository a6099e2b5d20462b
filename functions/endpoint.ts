import type { HttpHandler, HttpRequest, InvocationContext } from '@azure/functions';
import { BrokerError } from '../shared/broker-error.ts';
import type { Broker, Composition } from '../shared/compose/compose.ts';
import { bearerToken } from '../shared/identity/bearer-header.ts';
import { callerAddress } from '../shared/identity/caller-address.ts';
import { rolesOf } from '../shared/identity/caller-rules.ts';
import type { Caller } from '../shared/identity/caller.ts';
import { addSeconds } from '../shared/iso-time.ts';
import { readJsonBody } from './json-body.ts';
import { asBrokerError } from './problem.ts';
import { logOf, logRefusal, refusal, response } from './reply.ts';
import { callerOf, type Reply, type Route } from './route.ts';
import { denyRole } from './role-denial.ts';

/**
 * Returns the handler of a route. Every call goes through one pipeline: overload → its turn → bearer → caller → role → caller's
 * limits → body limit → schema → handler → reply or problem. The handler never throws.
 */
export function endpoint(route: Route, composition: Composition): HttpHandler {
  return async (request, context) => {
    try {
      const broker = brokerOf(composition);
      return response(await run(route, broker, request, context), context);
    } catch (thrown) {
      const error = asBrokerError(thrown);
      if (isLogged(error, composition)) logRefusal(error, logOf(context));
      return refusal(error, request, context);
    }
  };
}

async function run(
  route: Route,
  broker: Broker,
  request: HttpRequest,
  context: InvocationContext,
): Promise<Reply> {
  const now = broker.clock();
  const call = {
    requestId: context.invocationId,
    now,
    deadline: addSeconds(now, broker.settings.requestTimeoutSeconds),
    log: logOf(context),
    params: request.params,
    query: request.query,
  };
  rejectIfLate(route, broker);
  await waitForTurn(route, broker);
  const caller = await authenticate(route, broker, request, now);
  // Requests that arrive together all start before the first of them blocks the loop.
  rejectIfLate(route, broker);
  if (caller !== null) await checkRole(route, broker, caller, call);
  const permit = route.limited ? broker.callerLimits.enter(callerOf({ caller }), broker.monotonicMs()) : null;
  try {
    const json = route.body === null ? null : await readJsonBody(request, route.body);
    return await route.run(broker, json, { ...call, caller }, permit);
  } finally {
    permit?.release();
  }
}

function brokerOf(composition: Composition): Broker {
  if (composition.ok) return composition.value;
  throw new BrokerError('misconfigured', 'The broker’s configuration has faults. Its log lists them.');
}

/**
 * Sheds load: a client whose request waited long has probably stopped waiting, and work for it delays the others.
 * @throws BrokerError `overloaded`, except on routes for anyone: a busy loop must not make a probe fail.
 */
function rejectIfLate({ access }: Route, broker: Broker): void {
  const waitedMs = broker.eventLoopDelayMs();
  if (access === 'anyone' || waitedMs < broker.startTurns.maxWaitMs) return;
  throw overloaded(`the event loop was blocked for ${Math.round(waitedMs)} ms`);
}

/**
 * Waits until the request may start.
 * @throws BrokerError `overloaded` if that takes too long; never on routes for anyone.
 */
async function waitForTurn({ access }: Route, broker: Broker): Promise<void> {
  const turn = access === 'anyone' ? null : broker.startTurns.enter(broker.eventLoopDelayMs());
  if (turn !== null && !(await turn)) throw overloaded('its turn to start did not come in time');
}

function overloaded(reason: string): BrokerError {
  const detail = 'The broker is overloaded and did not start on this request. Send it again.';
  return new BrokerError('overloaded', detail, { reason });
}

async function authenticate(
  route: Route,
  broker: Broker,
  request: HttpRequest,
  now: Date,
): Promise<Caller | null> {
  const header = request.headers.get('authorization');
  if (route.access !== 'anyone') return verifyCaller(header, broker, request, now);
  // An invalid token must not make a probe fail. A valid one may show more.
  return header === null ? null : verifyCaller(header, broker, request, now).catch(() => null);
}

async function verifyCaller(
  header: string | null,
  broker: Broker,
  request: HttpRequest,
  now: Date,
): Promise<Caller> {
  const verified = await broker.bearerTokens.verify(bearerToken(header), now);
  return {
    ...verified,
    ip: callerAddress(request.headers.get('x-forwarded-for'), broker.settings.trustedProxyHops),
    roles: rolesOf(verified, broker.config.roles),
  };
}

async function checkRole(
  route: Route,
  broker: Broker,
  caller: Caller,
  call: { now: Date; deadline: Date; requestId: string },
): Promise<void> {
  const { access } = route;
  if (typeof access === 'string' || access.some((role) => caller.roles.has(role))) return;
  throw await denyRole(broker, caller, call, route.name, access);
}

function isLogged({ code }: BrokerError, composition: Composition): boolean {
  if (!composition.ok || (code !== 'unauthenticated' && code !== 'overloaded')) return true;
  return composition.value.lineLimits[code].admit();
}
