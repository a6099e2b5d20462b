import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { endpoint } from '../../../functions/endpoint.ts';
import { type Call, type Reply, type Route, route, routeWithBody } from '../../../functions/route.ts';
import type { DenialRecord } from '../../../shared/audit/audit-record.ts';
import { denialLog } from '../../../shared/audit/denial-log.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import type { Broker } from '../../../shared/compose/compose.ts';
import { lineLimit } from '../../../shared/compose/line-limit.ts';
import { CallerLimits, type CallerQuota } from '../../../shared/identity/caller-limits.ts';
import { REQUEST_LIMITS } from '../../../shared/input/body-limits.ts';
import { ok } from '../../../shared/result.ts';
import type { TableRow } from '../../../shared/tables/columns.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Record<string, unknown>;
}

type Handler = (broker: Broker, call: Call<unknown>) => Promise<Reply>;

const OK: Reply = { status: 200, body: {} };
const facts = { name: 'test', method: 'POST', route: 'test', summary: '', access: 'callers' } as const;
const reply = { status: 200, schema: z.object({}) };

/** A limited route whose body is a list: each item counts as one token. */
const limitedRoute = (handler: Handler): Route =>
  routeWithBody(
    { ...facts, reply },
    {
      schema: z.array(z.unknown()),
      limits: REQUEST_LIMITS,
      read: (json) => json as unknown[],
      tokensIn: ({ length }) => length,
    },
    handler,
  );

/** A broker whose bearer tokens are the callers' names. */
function newBroker(quota: CallerQuota = { concurrent: 100, perMinute: 100 }) {
  const denials: DenialRecord[] = [];
  let nowMs = 0;
  let delayMs = 0;
  const enter = vi.fn((_waitedMs: number): Promise<boolean> | null => null);
  const verify = vi.fn(async (subject: string) => {
    if (subject === 'nobody') throw new BrokerError('unauthenticated', 'Invalid.', { reason: 'signature' });
    return { issuer: 'local', subject, name: null, claims: {} };
  });
  const limit = () =>
    lineLimit(
      () => nowMs,
      () => undefined,
    );
  const parts = {
    settings: { requestTimeoutSeconds: 10, trustedProxyHops: 0 },
    config: { roles: { auditor: [], operator: [] } },
    clock: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    eventLoopDelayMs: () => delayMs,
    callerLimits: new CallerLimits(quota),
    startTurns: { maxWaitMs: 2500, enter },
    lineLimits: { unauthenticated: limit(), overloaded: limit() },
    bearerTokens: { verify },
    issuing: { audit: { appendDenial: async (denial: DenialRecord) => void denials.push(denial) } },
  };
  return {
    broker: parts as unknown as Broker,
    denials,
    verify,
    enter,
    pass: (ms: number) => void (nowMs += ms),
    blockLoop: (ms: number) => void (delayMs = ms),
  };
}

async function send(
  one: Route,
  broker: Broker,
  who: string,
  body = '[1]',
  lines: string[] = [],
): Promise<Answer> {
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://broker.example/api/test',
    headers: { authorization: `Bearer ${who}`, 'content-type': 'application/json' },
    body: { string: body },
  });
  const context = new InvocationContext({
    functionName: one.name,
    invocationId: 'request-1',
    logHandler: (_level, line: unknown) => void lines.push(String(line)),
  });
  const answer = await endpoint(one, ok(broker))(request, context);
  const { status, headers, body: text } = answer as HttpResponseInit;
  return {
    status: status ?? 0,
    headers: Object.fromEntries(new Headers(headers as Record<string, string>)),
    body: JSON.parse(text as string) as Record<string, unknown>,
  };
}

describe('a limited route', () => {
  it('refuses a caller over its limit before it reads the body', async () => {
    const { broker, denials, pass } = newBroker({ concurrent: 5, perMinute: 2 });
    const handler = vi.fn(async () => OK);
    const one = limitedRoute(handler);
    for (const body of ['[1]', 'not json']) await send(one, broker, 'ann', body);
    for (const body of ['not json', `"${'x'.repeat(100_000)}"`, '[1]'])
      expect(await send(one, broker, 'ann', body)).toMatchObject({
        status: 429,
        headers: { 'retry-after': '61' },
        body: { code: 'rate_limited' },
      });
    expect((await send(one, broker, 'bob')).status).toBe(200);
    expect((await send(one, broker, 'nobody')).status).toBe(401);
    expect(handler).toHaveBeenCalledTimes(2);
    expect(denials).toEqual([]);
    pass(61_000);
    expect((await send(one, broker, 'ann')).status).toBe(200);
  });

  it('refuses a batch whole, before its handler runs', async () => {
    const { broker } = newBroker({ concurrent: 5, perMinute: 4 });
    const handler = vi.fn(async () => OK);
    const one = limitedRoute(handler);
    await send(one, broker, 'ann', '[1,1]');
    expect(await send(one, broker, 'ann', '[1,1,1]')).toMatchObject({ status: 429 });
    expect(handler).toHaveBeenCalledTimes(1);
    expect((await send(one, broker, 'ann', '[1]')).status).toBe(200);
    expect((await send(one, broker, 'ann', '[1]')).status).toBe(429);
  });

  it('frees a request’s place after a reply, a refusal, an invalid body and a thrown error', async () => {
    const { broker } = newBroker({ concurrent: 1, perMinute: 100 });
    const ends: ((end: Promise<Reply>) => void)[] = [];
    const one = limitedRoute(() => new Promise((resolve) => ends.push(resolve)));
    const endWith = async (end: Promise<Reply>): Promise<number> => {
      end.catch(() => undefined);
      const answer = send(one, broker, 'ann');
      await vi.waitFor(() => expect(ends).toHaveLength(1));
      const second = await send(one, broker, 'ann');
      expect(second).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
      ends.pop()?.(end);
      return (await answer).status;
    };
    expect(await endWith(Promise.resolve(OK))).toBe(200);
    expect(await endWith(Promise.reject(new BrokerError('forbidden', 'No.')))).toBe(403);
    expect(await endWith(Promise.reject(new Error('a fault')))).toBe(500);
    expect((await send(one, broker, 'ann', 'not json')).status).toBe(400);
    expect(await endWith(Promise.resolve(OK))).toBe(200);
  });

  it('does not count calls of other routes', async () => {
    const { broker } = newBroker({ concurrent: 1, perMinute: 1 });
    const one = route({ ...facts, reply }, async () => OK);
    for (let count = 0; count < 3; count += 1) expect((await send(one, broker, 'ann')).status).toBe(200);
  });
});

describe('a request that waited for the event loop', () => {
  it.each([
    [2499, 200],
    [2500, 503],
    [60_000, 503],
  ])('for %i ms of a deadline of 10 s is answered %i', async (waitedMs, status) => {
    const { broker, blockLoop, denials, verify } = newBroker();
    const handler = vi.fn(async () => OK);
    blockLoop(waitedMs);
    const answer = await send(limitedRoute(handler), broker, 'ann');
    expect(answer.status).toBe(status);
    if (status === 200) return;
    expect(answer).toMatchObject({ headers: { 'retry-after': '5' }, body: { code: 'overloaded' } });
    expect(verify).not.toHaveBeenCalled();
    expect(handler).not.toHaveBeenCalled();
    expect(denials).toEqual([]);
  });

  it('while it was authenticated is refused too, and counts towards no limit', async () => {
    const { broker, blockLoop, verify } = newBroker({ concurrent: 1, perMinute: 1 });
    const handler = vi.fn(async () => OK);
    verify.mockImplementationOnce(async (subject) => {
      blockLoop(5000);
      return { issuer: 'local', subject, name: null, claims: {} };
    });
    expect(await send(limitedRoute(handler), broker, 'ann')).toMatchObject({ body: { code: 'overloaded' } });
    expect(handler).not.toHaveBeenCalled();
    blockLoop(0);
    expect((await send(limitedRoute(handler), broker, 'ann')).status).toBe(200);
  });

  it('is answered on routes for anyone', async () => {
    const { broker, blockLoop, enter } = newBroker();
    blockLoop(60_000);
    enter.mockResolvedValue(false);
    const one = route({ ...facts, access: 'anyone', reply }, async () => OK);
    expect((await send(one, broker, 'ann')).status).toBe(200);
  });
});

describe('a request that waits for its turn to start', () => {
  it.each([
    [true, 200],
    [false, 503],
  ])('which comes in time (%j) is answered %i', async (inTime, status) => {
    const { broker, blockLoop, enter, verify, denials } = newBroker();
    const handler = vi.fn(async () => OK);
    blockLoop(40);
    enter.mockResolvedValueOnce(inTime);
    const lines: string[] = [];
    const answer = await send(limitedRoute(handler), broker, 'ann', '[1]', lines);
    expect(answer.status).toBe(status);
    expect(enter).toHaveBeenCalledWith(40);
    if (inTime) return;
    expect(answer).toMatchObject({ headers: { 'retry-after': '5' }, body: { code: 'overloaded' } });
    expect(JSON.parse(lines[0]!)).toMatchObject({ reason: 'its turn to start did not come in time' });
    expect(verify).not.toHaveBeenCalled();
    expect(handler).not.toHaveBeenCalled();
    expect(denials).toEqual([]);
  });

  it('adds ten lines a second to the log if it is turned away', async () => {
    const { broker, enter } = newBroker();
    enter.mockResolvedValue(false);
    const lines: string[] = [];
    for (let count = 0; count < 50; count += 1)
      await send(
        limitedRoute(async () => OK),
        broker,
        'ann',
        '[1]',
        lines,
      );
    expect(lines).toHaveLength(10);
  });
});

describe('a flood of requests without a valid bearer token', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('adds ten lines a second to the log and no row, and hides no other refusal', async () => {
    const { broker, denials, pass } = newBroker();
    const lines: string[] = [];
    const one = limitedRoute(async () => OK);
    const flood = async (times: number) => {
      for (let count = 0; count < times; count += 1)
        expect((await send(one, broker, 'nobody', '[1]', lines)).status).toBe(401);
    };
    await flood(200);
    expect(lines).toHaveLength(10);
    expect(JSON.parse(lines[0]!)).toMatchObject({ code: 'unauthenticated', reason: 'signature' });
    for (let count = 0; count < 15; count += 1) await send(one, broker, 'ann', 'not json', lines);
    expect(lines).toHaveLength(25);
    pass(1000);
    await flood(20);
    expect(lines).toHaveLength(35);
    expect(denials).toEqual([]);
  });
});

describe('a request without the role that its route requires', () => {
  beforeEach(() =>
    vi.useFakeTimers({
      now: new Date('2026-11-22T12:00:00Z'),
      toFake: ['setTimeout', 'clearTimeout', 'Date'],
    }),
  );
  afterEach(() => vi.useRealTimers());

  const forAuditors = route({ ...facts, access: ['auditor'], reply }, async () => OK);

  /** A broker whose denials go through the real log into a table that does `insert`. */
  function withTable(insert: (rows: readonly TableRow[]) => Promise<void>) {
    const faults: string[] = [];
    const log = denialLog({
      transport: { insert, requestIdOf: async () => null, bytesOf: () => 100 },
      origin: () => ({ instance: 'i', shard: 3, suffix: 'aaaaaaaa' }),
      clock: () => new Date(),
      onFault: (message) => void faults.push(message),
    });
    const { broker } = newBroker();
    const audit = { appendDenial: log.append.bind(log) };
    const clock = () => new Date();
    return { broker: { ...broker, clock, issuing: { audit } } as unknown as Broker, faults };
  }

  it('gets a row twenty times a minute for one caller; the others become one counting row', async () => {
    const rows: TableRow[] = [];
    const { broker } = withTable(async (more) => void rows.push(...more));
    for (let count = 0; count < 100; count += 1)
      expect((await send(forAuditors, broker, 'ann')).status).toBe(403);
    expect((await send(forAuditors, broker, 'bob')).status).toBe(403);
    expect(rows).toHaveLength(21);
    expect(rows[0]).toMatchObject({ callerSubject: 'ann', reason: 'test requires the role auditor' });
    expect(rows[20]).toMatchObject({ callerSubject: 'bob' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rows.slice(21)).toEqual([expect.objectContaining({ callerSubject: 'ann', count: 80 })]);
  });

  it('is 403 even if the row cannot be written', async () => {
    const { broker, faults } = withTable(async () => {
      throw Object.assign(new Error('no'), { statusCode: 403, code: 'AuthorizationFailure' });
    });
    expect(await send(forAuditors, broker, 'ann')).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    expect(faults).toHaveLength(1);
  });
});
