import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { BrokerError } from '../shared/broker-error.ts';
import { logLine, type LogLevel } from '../shared/compose/log-lines.ts';
import { problemKind, problemOf } from './problem.ts';
import type { Log, Reply } from './route.ts';

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
  const wait = error.retryAfter ?? retryAfter;
  const headers: Record<string, string> = { 'content-type': 'application/problem+json; charset=utf-8' };
  if (wait !== undefined) headers['retry-after'] = String(wait);
  if (error.code === 'unauthenticated')
    headers['www-authenticate'] =
      request.headers.get('authorization') === null ? REALM : `${REALM}, error="invalid_token"`;
  return response({ status, body: problemOf(error, context.invocationId), headers }, context);
}

/** Logs a refused request: with the level that alerts look for if it is a fault of the broker or of a service it needs. */
export function logRefusal(error: BrokerError, context: InvocationContext): void {
  const { status } = problemKind(error.code);
  const log = logOf(context, status === 500 ? 'error' : status > 500 ? 'warn' : 'info');
  log('request refused', { status, code: error.code, reason: error.reason ?? error.message });
}

/** Returns the log of one request. */
export function logOf(context: InvocationContext, level: LogLevel = 'info'): Log {
  return (event, fields) =>
    context[level](logLine(level, event, { requestId: context.invocationId, ...fields }));
}
