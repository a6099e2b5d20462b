import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { CallerLimits, type CallerQuota, type Permit } from '../../../shared/identity/caller-limits.ts';
import { propertyRuns } from '../../property-runs.ts';

const ann = { issuer: 'entra', subject: 'ann' };
const bob = { issuer: 'entra', subject: 'bob' };
const named = (index: number) => ({ issuer: 'entra', subject: `s${index}` });

const limitsOf = (quota: Partial<CallerQuota>, maxCallers?: number) =>
  new CallerLimits({ concurrent: 100, perMinute: 100, ...quota }, maxCallers);

/** Enters and leaves at once. */
function pass(limits: CallerLimits, caller: typeof ann, nowMs: number, times = 1): void {
  for (let index = 0; index < times; index += 1) limits.enter(caller, nowMs).release();
}

function refusal(work: () => unknown): BrokerError {
  try {
    work();
  } catch (error) {
    return error as BrokerError;
  }
  throw new Error('It was admitted');
}

describe('the limit per minute', () => {
  it.each([
    ['at once', 0, 0, 61],
    ['in the next second', 0, 1000, 60],
    ['half a second later', 500, 1000, 60],
    ['a moment before room', 999, 60_999, 1],
    ['across the boundary of a minute', 59_999, 60_000, 60],
  ])('refuses one more %s, with the seconds until it can succeed', (_when, sentMs, nowMs, retryAfter) => {
    const limits = limitsOf({ perMinute: 3 });
    pass(limits, ann, sentMs, 3);
    const error = refusal(() => limits.enter(ann, nowMs));
    expect(error).toMatchObject({ code: 'rate_limited', retryAfter });
    expect(error.message).toContain('3 token requests per minute');
    pass(limits, ann, nowMs + retryAfter * 1000, 3);
  });

  it('does not count what it refuses', () => {
    const limits = limitsOf({ perMinute: 1 });
    pass(limits, ann, 0);
    for (let second = 0; second < 61; second += 1)
      expect(refusal(() => limits.enter(ann, second * 1000)).retryAfter).toBe(61 - second);
    pass(limits, ann, 61_000);
  });

  it('is each caller’s own, and issuers do not share subjects', () => {
    const limits = limitsOf({ perMinute: 1 });
    pass(limits, ann, 0);
    pass(limits, bob, 0);
    pass(limits, { ...ann, issuer: 'other' }, 0);
    refusal(() => limits.enter(ann, 0));
  });
});

describe('the limit of requests in progress', () => {
  it('refuses one more until one has ended', () => {
    const limits = limitsOf({ concurrent: 2 });
    const first = limits.enter(ann, 0);
    limits.enter(ann, 0);
    expect(refusal(() => limits.enter(ann, 0))).toMatchObject({ code: 'rate_limited', retryAfter: 1 });
    limits.enter(bob, 0);
    first.release();
    limits.enter(ann, 0);
    refusal(() => limits.enter(ann, 0));
  });
});

describe('a batch', () => {
  it('counts as its size', () => {
    const limits = limitsOf({ perMinute: 10 });
    const permit = limits.enter(ann, 0);
    permit.countBatch(10, 0);
    permit.release();
    refusal(() => limits.enter(ann, 0));
  });

  it('passes or is refused whole: a refused one counts as one request', () => {
    const limits = limitsOf({ perMinute: 10 });
    pass(limits, ann, 0, 4);
    const batch = limits.enter(ann, 1000);
    const error = refusal(() => batch.countBatch(7, 1000));
    expect(error).toMatchObject({ code: 'rate_limited', retryAfter: 60, errors: [] });
    expect(error.message).toContain('this batch has 7');
    pass(limits, ann, 1000, 5);
    refusal(() => limits.enter(ann, 1000));
  });

  it('can succeed after the time that its refusal gives', () => {
    const limits = limitsOf({ perMinute: 10 });
    pass(limits, ann, 0, 4);
    const error = refusal(() => limits.enter(ann, 1000).countBatch(7, 1000));
    limits.enter(ann, 1000 + (error.retryAfter ?? 0) * 1000).countBatch(7, 61_000);
  });

  it('that is larger than the limit is told the largest size', () => {
    const error = refusal(() => limitsOf({ perMinute: 10 }).enter(ann, 0).countBatch(11, 0));
    expect(error).toMatchObject({
      code: 'rate_limited',
      errors: [{ path: 'requests', message: 'must have at most 10 items' }],
    });
    expect(error.message).toContain('send at most 10 requests per batch');
  });
});

describe('the memory of the limits', () => {
  it('forgets callers that were idle for a minute', () => {
    const limits = limitsOf({});
    for (let index = 0; index < 1000; index += 1) pass(limits, named(index), 0);
    expect(limits.size).toBe(1000);
    for (let index = 0; index < 100; index += 1) pass(limits, ann, 61_000 + index);
    for (let index = 0; index < 100; index += 1) pass(limits, named(1000 + index), 61_000);
    expect(limits.size).toBe(101);
  });

  it('is bounded, and a flood of callers does not make it forget one near its limit or in progress', () => {
    const limits = limitsOf({ perMinute: 10, concurrent: 1 }, 50);
    pass(limits, ann, 0, 5);
    limits.enter(bob, 0);
    for (let index = 0; index < 1000; index += 1) pass(limits, named(index), 0);
    expect(limits.size).toBe(50);
    pass(limits, ann, 0, 5);
    refusal(() => limits.enter(ann, 0));
    refusal(() => limits.enter(bob, 0));
  });

  it('refuses a new caller as overloaded if every other is near its limit, and nobody who is known', () => {
    const limits = limitsOf({ perMinute: 2 }, 50);
    for (let index = 0; index < 50; index += 1) pass(limits, named(index), 0);
    expect(refusal(() => limits.enter(ann, 0)).code).toBe('overloaded');
    for (let index = 0; index < 50; index += 1) pass(limits, named(index), 0);
    pass(limits, ann, 61_000);
    expect(limits.size).toBeLessThanOrEqual(50);
  });
});

const anyCall = fc.record({
  afterMs: fc.oneof(fc.nat(50), fc.nat(3000), fc.constantFrom(999, 1000, 1001, 59_000, 60_000, 61_000)),
  size: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })),
  ends: fc.boolean(),
});

it('whatever a caller sends, no 60 seconds and no instant see more than its limits, and a retry succeeds', () => {
  fc.assert(
    fc.property(
      fc.array(anyCall, { maxLength: 200 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 4 }),
      (calls, perMinute, concurrent) => {
        const limits = limitsOf({ perMinute, concurrent });
        const counted: { atMs: number; count: number }[] = [];
        const inProgress: Permit[] = [];
        let nowMs = 0;
        for (const { afterMs, size, ends } of calls) {
          nowMs += afterMs;
          if (ends) inProgress.shift()?.release();
          try {
            const permit = limits.enter(ann, nowMs);
            inProgress.push(permit);
            counted.push({ atMs: nowMs, count: 1 });
            permit.countBatch(size, nowMs);
            counted.push({ atMs: nowMs, count: size - 1 });
          } catch (error) {
            const { code, retryAfter, errors } = error as BrokerError;
            expect(code).toBe('rate_limited');
            expect(retryAfter).toBeGreaterThanOrEqual(1);
            expect(retryAfter).toBeLessThanOrEqual(61);
            expect(errors.length).toBe(size > perMinute && errors.length > 0 ? 1 : 0);
          }
          expect(inProgress.length).toBeLessThanOrEqual(concurrent);
          const lastMinute = counted.filter(({ atMs }) => atMs > nowMs - 60_000);
          expect(lastMinute.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(perMinute);
        }
        for (const permit of inProgress) permit.release();
        let error: BrokerError | null = null;
        try {
          limits.enter(ann, nowMs).release();
        } catch (thrown) {
          error = thrown as BrokerError;
        }
        if (error !== null) limits.enter(ann, nowMs + (error.retryAfter ?? 0) * 1000);
      },
    ),
    { numRuns: propertyRuns({ quick: 200, full: 5000 }) },
  );
});
