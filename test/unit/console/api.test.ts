import { describe, expect, it, test } from 'vitest';
import { ApiProblem, isWorthRetrying, readProblem, retryDelayMs } from '../../../console/src/api/problem.ts';
import { Turns } from '../../../console/src/api/turns.ts';

const problem = (status: number, code: string, retryAfter: number | null = null) =>
  new ApiProblem(status, { code }, retryAfter);

describe('a problem', () => {
  it('has the broker’s words, and what a person needs to report it', () => {
    const text = JSON.stringify({
      detail: 'Nope.',
      code: 'conflict',
      requestId: 'r-1',
      errors: [{ path: 'ttl', message: 'm' }],
      command: 'az x',
    });
    expect(readProblem(409, text, '7')).toMatchObject({
      message: 'Nope.',
      status: 409,
      code: 'conflict',
      requestId: 'r-1',
      retryAfter: 7,
      errors: [{ path: 'ttl', message: 'm' }],
      members: { command: 'az x' },
    });
  });

  it('may be anything if a proxy wrote it', () => {
    expect(readProblem(502, '<html>', 'soon')).toMatchObject({
      message: 'The broker replied 502.',
      code: 'unknown',
      retryAfter: null,
      errors: [],
    });
  });

  test.each<[number, unknown, boolean]>([
    [0, problem(429, 'rate_limited'), true],
    [1, problem(503, 'audit_unavailable'), true],
    [2, problem(503, 'audit_unavailable'), false],
    [0, problem(503, 'misconfigured'), false],
    [0, problem(403, 'forbidden'), false],
    [0, problem(0, 'offline'), false],
    [0, new Error('x'), false],
  ])('after %i failures, %s is read again: %s', (failures, error, again) => {
    expect(isWorthRetrying(failures, error)).toBe(again);
  });

  it('says how long to wait; without it, the wait doubles up to half a minute', () => {
    expect(retryDelayMs(0, problem(429, 'rate_limited', 12))).toBe(12_000);
    expect([0, 1, 9].map((failures) => retryDelayMs(failures, new Error('x')))).toEqual([1000, 2000, 30_000]);
  });
});

describe('turns', () => {
  it('let two tasks run at once, the others in order, and survive a failure', async () => {
    const turns = new Turns(2);
    const log: string[] = [];
    const ends: (() => void)[] = [];
    const task = (name: string) =>
      turns.run(async () => {
        log.push(name);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (name === 'a') throw new Error('failed');
        return name;
      });
    const results = Promise.allSettled(['a', 'b', 'c', 'd'].map(task));
    await Promise.resolve();
    expect(log).toEqual(['a', 'b']);
    for (let ended = 0; ended < 4; ended += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      ends[ended]?.();
    }
    expect((await results).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(log).toEqual(['a', 'b', 'c', 'd']);
  });
});
