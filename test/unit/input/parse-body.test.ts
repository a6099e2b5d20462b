import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { parseBody } from '../../../shared/input/parse-body.ts';

const schema = z.strictObject({ name: z.string(), limit: z.optional(z.int()) });

describe('parseBody', () => {
  it('returns a valid body', () => {
    expect(parseBody(schema, { name: 'a' }, 'order')).toEqual({ name: 'a' });
  });

  it('throws invalid_request with every fault, and names the body', () => {
    expect(() => parseBody(schema, { limit: 'x', nam: 'a' }, 'order')).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: 'The order is not valid; see errors.',
        errors: [
          { path: 'name', message: 'is required' },
          { path: 'limit', message: 'must be a number' },
          { path: 'nam', message: 'is not a known member; did you mean "name"?' },
        ],
      }) as Error,
    );
  });
});
