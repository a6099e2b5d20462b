import { describe, expect, it } from 'vitest';
import { asBrokerError, problemOf } from '../../../functions/problem.ts';
import { invalidRequest } from '../../../shared/input/invalid-request.ts';
import { parseTokenRequest } from '../../../shared/requests/parse-token-request.ts';

const faults = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ path: `m${index}`, message: 'is wrong' }));

function problemOfBody(body: unknown) {
  try {
    parseTokenRequest(body, { accounts: new Map(), callerIp: null, entraUser: null, now: new Date() });
  } catch (error) {
    return problemOf(asBrokerError(error), 'request-1');
  }
  throw new Error('The body was accepted');
}

describe('the problem of a malformed request', () => {
  it.each([
    [1, 1],
    [20, 20],
    [21, 20],
    [5000, 20],
  ])('with %i faults tells %i of them, and how many there are', (count, told) => {
    const { errors, errorCount } = problemOf(invalidRequest('body', faults(count)), 'request-1');
    expect(errors).toEqual(faults(told));
    expect(errorCount).toBe(count);
  });

  it('tells how many faults there are even if only the first were collected', () => {
    expect(problemOf(invalidRequest('body', faults(20), 50), 'request-1').errorCount).toBe(50);
  });

  it('has neither errors nor a count without faults', () => {
    expect(Object.keys(problemOf(asBrokerError(new Error('x')), 'request-1'))).not.toContain('errorCount');
  });

  it.each([
    ['many unknown members', Object.fromEntries(faults(998).map(({ path }) => [path, 1]))],
    ['a long unknown member', { ['n'.repeat(60_000)]: 1 }],
    ['long unknown members below another', { responseHeaders: { ['n'.repeat(60_000)]: 1 } }],
    ['many invalid services', { resource: { services: Array(990).fill(1), resourceTypes: [] } }],
    ['many valid services', { resource: { services: Array(990).fill('blob'), resourceTypes: ['object'] } }],
    [
      'many long unknown members',
      Object.fromEntries(faults(200).map(({ path }) => [`${'中'.repeat(90)}${path}`, 1])),
    ],
    ['long permission names', { permissions: Array(32).fill('z'.repeat(1900)) }],
  ])('stays small for a body with %s', (_what, body) => {
    // The reply to a good request of POST /tokens/explain has about 600 bytes.
    expect(Buffer.byteLength(JSON.stringify(problemOfBody(body)))).toBeLessThan(10_000);
  });

  it('counts the unknown members of a token request', () => {
    const members = Object.fromEntries(faults(100).map(({ path }) => [path, 1]));
    const { errors, errorCount } = problemOfBody({ url: 'x', permissions: 'r', ...members });
    expect(errors).toHaveLength(20);
    expect(errorCount).toBeGreaterThanOrEqual(100);
  });
});
