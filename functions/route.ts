import type * as z from 'zod/mini';
import { BrokerError } from '../shared/broker-error.ts';
import type { Broker } from '../shared/compose/compose.ts';
import type { Permit } from '../shared/identity/caller-limits.ts';
import type { Caller } from '../shared/identity/caller.ts';
import { dropNulls } from '../shared/input/drop-nulls.ts';
import type { JsonItem } from '../shared/input/scan-json.ts';
import type { Log } from '../shared/log-events.ts';
import type { Address } from './addresses.ts';
import type { BodyRules, JsonBody } from './json-body.ts';

/** One HTTP call on its way through the pipeline. `caller` is null only on routes for anyone. */
export interface Call<Body> {
  readonly caller: Caller | null;
  readonly body: Body;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly requestId: string;
  readonly now: Date;
  /** When the broker stops working on this call. */
  readonly deadline: Date;
  readonly log: Log;
}

/** What a body's reader may know of the call. */
export interface BodyContext extends Pick<Call<unknown>, 'caller' | 'now'> {
  /** What the scan of the body found in the items of its split list. */
  readonly items: readonly JsonItem[];
}

/** A handler's reply. Its headers are added to the pipeline's. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface RouteFacts extends Address {
  readonly name: string;
  readonly summary: string;
  /** True if calls of the route may scan the audit table, which only some of them may do at once. */
  readonly scans?: true;
  /** The schema by which the handler reads the query; absent if the route has no query parameters. */
  readonly query?: z.ZodMiniObject;
  /** `also`: other statuses of the same shape. */
  readonly reply: {
    readonly status: number;
    readonly also?: readonly number[];
    readonly schema: z.ZodMiniType;
  };
}

interface BodyOf<Body> extends BodyRules {
  readonly schema: z.ZodMiniType;
  /** @throws BrokerError `invalid_request` with every fault. */
  readonly read: (json: unknown, broker: Broker, context: BodyContext) => Body;
  /**
   * How many tokens a body asks about. If it is present, the route counts towards `limits.perCaller`: one before the body is
   * read, the rest afterwards.
   */
  readonly tokensIn?: (body: Body) => number;
}

/** A row of the route table, which registration, role checks and OpenAPI read. */
export interface Route extends RouteFacts {
  readonly body: Omit<BodyOf<unknown>, 'read' | 'tokensIn'> | null;
  /** Whether the route counts towards `limits.perCaller`. */
  readonly limited: boolean;
  /** @param permit the request in its caller's limits; null if the route is not limited. */
  readonly run: (
    broker: Broker,
    json: JsonBody | null,
    call: Omit<Call<unknown>, 'body'>,
    permit: Permit | null,
  ) => Promise<Reply>;
}

/** Makes a route without a body. */
export function route(
  facts: RouteFacts,
  handler: (broker: Broker, call: Call<undefined>) => Promise<Reply>,
): Route {
  return {
    ...facts,
    body: null,
    limited: false,
    run: (broker, _json, call) => handler(broker, { ...call, body: undefined }),
  };
}

/** Makes a route whose body is read before the handler sees it. */
export function routeWithBody<Body>(
  facts: RouteFacts,
  body: BodyOf<Body>,
  handler: (broker: Broker, call: Call<Body>) => Promise<Reply>,
): Route {
  return {
    ...facts,
    body,
    limited: body.tokensIn !== undefined,
    run: async (broker, json, call, permit) => {
      const { value, items } = json ?? { value: undefined, items: [] };
      const read = body.read(dropNulls(body.schema, value), broker, { ...call, items });
      if (body.tokensIn !== undefined) permit?.countBatch(body.tokensIn(read), broker.monotonicMs());
      return handler(broker, { ...call, body: read });
    },
  };
}

/**
 * Returns the caller of a route that requires one.
 * @throws BrokerError `unauthenticated` if there is none; the pipeline already prevents that.
 */
export function callerOf(call: Pick<Call<unknown>, 'caller'>): Caller {
  if (call.caller === null) throw new BrokerError('unauthenticated', 'A bearer token is required.');
  return call.caller;
}
