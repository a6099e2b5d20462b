import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readQuery } from '../../../shared/input/query-parameters.ts';

const schema = z.strictObject({
  name: z.optional(z.string().check(z.minLength(2))),
  limit: z.int().check(z.maximum(50)),
});
const read = (text: string) => readQuery(schema, new URLSearchParams(text));

describe('a query', () => {
  it('has numbers where its schema requires numbers, and text elsewhere', () => {
    expect(read('limit=7&name=12')).toEqual({ members: { limit: 7, name: '12' }, faults: [] });
  });

  it.each(['limit=', 'limit=7.0', 'limit=1e1', 'limit=0x7', 'limit=+7', 'limit=-7x', 'limit= 7'])(
    'has a fault if %s is not a plain number',
    (text) => {
      expect(read(text).faults.map(({ path }) => path)).toEqual(['limit']);
    },
  );

  it('has every fault reported at once, and keeps its valid parameters', () => {
    const { members, faults } = read('nane=x&limit=51&name=ab&limits=1');
    expect(members).toEqual({ name: 'ab' });
    expect(faults).toEqual([
      { path: 'nane', message: 'is not a known parameter; did you mean "name"?' },
      { path: 'limits', message: 'is not a known parameter; did you mean "limit"?' },
      { path: 'limit', message: 'must be at most 50' },
    ]);
  });

  it('has a hint for its first 20 unknown parameters only, because a search for similar names takes long', () => {
    const unknown = Array.from({ length: 2000 }, (_, index) => `nam${index}=x`).join('&');
    const messages = read(`limit=1&${unknown}`).faults.map(({ message }) => message);
    expect(messages).toHaveLength(2000);
    expect(messages.filter((message) => message !== 'is not a known parameter')).toHaveLength(20);
  });

  it('must have each required parameter, and each parameter only once', () => {
    expect(read('name=ab&name=ab&limit=1').faults).toEqual([
      { path: 'name', message: 'must be given only once' },
    ]);
    expect(read('limit=1&limit=2').faults).toHaveLength(1);
    expect(read('').faults).toEqual([{ path: 'limit', message: 'is required' }]);
  });

  it('cannot name members that every object inherits', () => {
    const { members, faults } = read('limit=1&__proto__=x&constructor=y');
    expect(members).toEqual({ limit: 1 });
    expect(faults.map(({ path }) => path)).toEqual(['__proto__', 'constructor']);
  });
});
