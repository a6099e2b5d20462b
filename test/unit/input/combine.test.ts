import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../shared/broker-error.ts';
import { combine } from '../../../shared/input/combine.ts';
import { fail, ok, type Result } from '../../../shared/result.ts';

type Read<T> = Result<T, readonly Fault[]>;

describe('combine', () => {
  const start: Read<number> = ok(1);
  const end: Read<string> = fail([{ path: 'end', message: 'is required' }]);
  const limit: Read<number> = fail([{ path: 'limit', message: 'must be at least 1' }]);

  it('returns every value under its name', () => {
    const text: Read<string> = ok('a');
    expect(combine({ start, text })).toEqual(ok({ start: 1, text: 'a' }));
  });

  it('returns the faults of all readers in order', () => {
    expect(combine({ start, end, limit })).toEqual(
      fail([
        { path: 'end', message: 'is required' },
        { path: 'limit', message: 'must be at least 1' },
      ]),
    );
  });

  it('fails if a reader fails without a fault, which then was reported elsewhere', () => {
    const silent: Read<string> = fail([]);
    expect(combine({ start, silent })).toEqual(fail([]));
  });
});
