import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { BrokerError } from '../shared/broker-error.ts';
import { logTo } from '../shared/compose/log-lines.ts';
import type { Log } from '../shared/log-events.ts';
import { problemKind, problemOf } from './problem.ts';
import type { Reply } from './route.ts';

const REALM = 'Bearer realm="sas-token-broker"';

/** Returns what the host sends for a handler's reply. */
export function response(reply: Reply, context: InvocationContext): HttpResponseInit {
  return {
    status: reply.status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-request-id': context.invocationId,
      ...reply.headers,
    },
    body: JSON.stringify(reply.body),
  };
}

/** Returns the problem that the host sends for an error. */
export function refusal(
  error: BrokerError,
  request: HttpRequest,
  context: InvocationContext,
): HttpResponseInit {
  const { status, retryAfter } = problemKind(error.code);
  const wait = error.needsOperator ? undefined : (error.retryAfter ?? retryAfter);
  const headers: Record<string, string> = { 'content-type': 'application/problem+json; charset=utf-8' };
  if (wait !== undefined) headers['retry-after'] = String(wait);
  if (error.code === 'unauthenticated')
    headers['www-authenticate'] =
      request.headers.get('authorization') === null ? REALM : `${REALM}, error="invalid_token"`;
  return response({ status, body: problemOf(error, context.invocationId), headers }, context);
}

/** Logs a refused request. */
export function logRefusal(error: BrokerError, log: Log): void {
  const { status } = problemKind(error.code);
  log('request refused', { status, code: error.code, reason: error.reason ?? error.message });
}

/** Returns the log of one call. */
export function logOf(context: InvocationContext): Log {
  return logTo((line, level) => context[level](line), context.invocationId);
}
