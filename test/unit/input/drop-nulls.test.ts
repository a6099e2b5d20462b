import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { routes } from '../../../functions/routes.ts';
import { dropNulls } from '../../../shared/input/drop-nulls.ts';
import { batchSchema } from '../../../shared/issuing/issue-batch.ts';
import { tokenRequestSchema } from '../../../shared/requests/token-request-schema.ts';

const bodies = routes.flatMap(({ name, body }) => (body === null ? [] : [[name, body.schema] as const]));

describe('a null in a body', () => {
  it.each(bodies)('of %s counts as absent for every optional member', (_name, schema) => {
    if (!(schema instanceof z.ZodMiniObject)) throw new Error('A body is an object');
    const names = Object.keys(schema.shape);
    const nulls = Object.fromEntries(names.map((name) => [name, null]));
    const required = Object.entries(schema.shape).filter(
      ([, member]) => !(member as z.ZodMiniType).safeParse(undefined).success,
    );
    expect(dropNulls(schema, nulls)).toEqual(Object.fromEntries(required.map(([name]) => [name, null])));
  });

  it('counts as absent in nested members and in each request of a batch', () => {
    const request = {
      permissions: 'r',
      ttl: null,
      responseHeaders: { cacheControl: null, contentType: 'a' },
    };
    const dropped = { permissions: 'r', responseHeaders: { contentType: 'a' } };
    expect(dropNulls(tokenRequestSchema, request)).toEqual(dropped);
    expect(dropNulls(batchSchema, { requests: [request, null, 1] })).toEqual({
      requests: [dropped, null, 1],
    });
  });

  it.each([
    [{ resource: { service: 'blob', container: 'photos', blob: null } }],
    [{ target: { account: 'media', key: null } }],
    [{ unknown: null, constructor: null }],
    [[null]],
    [null],
    ['text'],
  ])('stays in %j', (value) => {
    const target = z.object({ account: z.string(), key: z.optional(z.string()) });
    const schema = z.object({ ...tokenRequestSchema.shape, target });
    expect(dropNulls(schema, value)).toEqual(value);
  });
});
