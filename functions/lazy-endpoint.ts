import type { HttpHandler } from '@azure/functions';
import { loadOnce } from '../shared/load-once.ts';
import { asBrokerError } from './problem.ts';
import { logOf, logRefusal, refusal } from './reply.ts';

/**
 * Returns a handler that is loaded with its first request. A request whose handler cannot be loaded is `internal`, and the next
 * one tries again. The handler never throws, as `endpoint`.
 */
export function lazyEndpoint(load: () => Promise<HttpHandler>): HttpHandler {
  const loadHandler = loadOnce(load);
  let handler: HttpHandler | null = null;
  return async (request, context) => {
    try {
      handler ??= await loadHandler();
    } catch (thrown) {
      const error = asBrokerError(thrown);
      logRefusal(error, logOf(context));
      return refusal(error, request, context);
    }
    return handler(request, context);
  };
}
