import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readQuery } from '../../../shared/input/query-parameters.ts';

const schema = z.strictObject({ name: z.string().min(2).optional(), limit: z.int().max(50) });
const read = (text: string) => readQuery(schema, new URLSearchParams(text));

describe('a query', () => {
  it('is read by its schema: numbers as numbers, text as text', () => {
    expect(read('limit=7&name=12')).toEqual({ members: { limit: 7, name: '12' }, faults: [] });
  });

  it.each(['limit=', 'limit=7.0', 'limit=1e1', 'limit=0x7', 'limit=+7', 'limit=-7x', 'limit= 7'])(
    'has no number in %s',
    (text) => {
      expect(read(text).faults.map(({ path }) => path)).toEqual(['limit']);
    },
  );

  it('is told every fault at once, and keeps what is valid', () => {
    const { members, faults } = read('nane=x&limit=51&name=ab&limits=1');
    expect(members).toEqual({ name: 'ab' });
    expect(faults).toEqual([
      { path: 'nane', message: 'is no parameter here; did you mean "name"?' },
      { path: 'limits', message: 'is no parameter here; did you mean "limit"?' },
      { path: 'limit', message: 'must be at most 50' },
    ]);
  });

  it('may not say a thing twice, and must say what is required', () => {
    expect(read('name=ab&name=ab&limit=1').faults).toEqual([
      { path: 'name', message: 'is given more than once' },
    ]);
    expect(read('limit=1&limit=2').faults).toHaveLength(1);
    expect(read('').faults).toEqual([{ path: 'limit', message: 'is required' }]);
  });

  it('cannot reach what every object has', () => {
    const { members, faults } = read('limit=1&__proto__=x&constructor=y');
    expect(members).toEqual({ limit: 1 });
    expect(faults.map(({ path }) => path)).toEqual(['__proto__', 'constructor']);
  });
});
