import { describe, expect, it } from 'vitest';
import { methodsOf } from '../../../functions/addresses.ts';
import { openApi } from '../../../functions/openapi.ts';
import { routes } from '../../../functions/routes.ts';
import { readEventQuery } from '../../../shared/audit/event-query-parameters.ts';
import type { BrokerError } from '../../../shared/broker-error.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Readonly<Record<string, unknown>>;
}
interface Operation {
  readonly parameters: readonly Parameter[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}

const document = openApi(routes);
const paths = document['paths'] as Record<string, Record<string, Operation>>;
const { schemas } = document['components'] as { schemas: Record<string, unknown> };
const operation = (path: string, method = 'get'): Operation => paths[path]![method]!;

/** Puts every named schema in the place of its references. */
function resolve(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const reference = (value as { $ref?: string }).$ref;
  if (reference !== undefined) return resolve(schemas[reference.replace('#/components/schemas/', '')]);
  if (Array.isArray(value)) return value.map(resolve);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolve(member)]));
}

describe('the description of the API', () => {
  it('names the schema of every body and reply, the ones of tokens for clients', () => {
    const bodies = Object.values(paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ requestBody, responses }) => [requestBody, ...Object.values(responses)]);
    const contents = (bodies as ({ content?: Record<string, { schema: object }> } | undefined)[]).flatMap(
      (body) => Object.values(body?.content ?? {}),
    );
    expect(contents.length).toBeGreaterThan(100);
    for (const { schema } of contents) expect(Object.keys(schema)).toEqual(['$ref']);
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect([...new Set(names)].sort()).toEqual(Object.keys(schemas).sort());
    const told = ['TokenRequest', 'IssuedToken', 'BatchRequest', 'BatchReply', 'Completion', 'Explanation'];
    expect(Object.keys(schemas)).toEqual(expect.arrayContaining([...told, 'AuditRecord', 'Problem']));
    expect(text).not.toMatch(/\$schema|\$id|\$defs|__shared/);
    expect(operation('/tokens', 'post').responses['201']).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/IssuedToken' } } },
    });
  });

  const events = operation('/events');

  it('has the query parameters of events, each with its schema', () => {
    expect(events.parameters.map(({ name, schema }) => [name, schema['type'], schema['format']])).toEqual([
      ['type', 'string', undefined],
      ['account', 'string', undefined],
      ['since', 'string', 'date-time'],
      ['until', 'string', 'date-time'],
      ['limit', 'integer', undefined],
      ['cursor', 'string', undefined],
    ]);
    expect(events.parameters.find(({ name }) => name === 'limit')).toEqual({
      name: 'limit',
      in: 'query',
      required: false,
      description: 'Maximum number of events per page. Default: 100',
      schema: { type: 'integer', minimum: 1, maximum: 1000 },
    });
    expect(events.parameters.every((one) => one.in === 'query' && !one.required && one.description)).toBe(
      true,
    );
    expect(Object.keys(events.responses)).toContain('400');
  });

  it('has every reply of a revocation, and an optional bearer token on routes for anyone', () => {
    expect(Object.keys(operation('/revocations', 'post').responses)).toEqual(
      expect.arrayContaining(['200', '202', '409']),
    );
    expect(operation('/health/ready')).toMatchObject({ security: [{}, { bearer: [] }] });
    expect(operation('/accounts')).toMatchObject({ security: [{ bearer: [] }] });
  });

  it('has the times and endpoints of an issued token, alone and in a batch', () => {
    const schemaOf = (path: string, status: number) =>
      JSON.stringify(resolve(operation(path, 'post').responses[status]));
    for (const schema of [schemaOf('/tokens', 201), schemaOf('/tokens/batch', 200)])
      for (const member of ['issuedAt', 'expiresIn', 'endpoint', 'endpoints'])
        expect(schema).toContain(`"${member}":{`);
  });

  it('has the routes of blocked callers', () => {
    const [list, one] = ['/callers/blocks', '/callers/blocks/{id}'];
    expect(operation(list).parameters.map(({ name }) => name)).toEqual(['issuer', 'subject']);
    expect(Object.keys(operation(list).responses)).toEqual(expect.arrayContaining(['200', '400', '403']));
    const post = operation(list, 'post');
    expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['201', '400', '403', '409', '503']));
    expect(resolve(post.requestBody)).toMatchObject({
      content: { 'application/json': { schema: { required: ['issuer', 'subject', 'reason'] } } },
    });
    expect(Object.keys(operation(one, 'delete').responses)).toEqual(expect.arrayContaining(['204', '404']));
  });

  it('names exactly the parameters that the handler reads', () => {
    const names = events.parameters.map(({ name }) => name);
    const faultOf = (query: Record<string, string>) => {
      try {
        readEventQuery(new URLSearchParams(query), new Date());
      } catch (error) {
        return (error as BrokerError).errors[0]?.message;
      }
      return undefined;
    };
    expect(faultOf({ another: 'x' })).toBe(`is not a known parameter; expected one of ${names.join(', ')}`);
    for (const name of names) expect(faultOf({ [name]: '' })).not.toContain('no parameter');
  });

  it('has every parameter of every path', () => {
    for (const [path, methods] of Object.entries(paths))
      for (const { parameters } of Object.values(methods)) {
        const inPath = parameters.filter((one) => one.in === 'path');
        expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
        expect(inPath.every(({ required }) => required)).toBe(true);
      }
  });

  it('has neither query parameters nor 400 for a route that reads no query', () => {
    expect(operation('/me').parameters).toEqual([]);
    expect(Object.keys(operation('/me').responses)).not.toContain('400');
  });

  it('is built once and served to everyone', async () => {
    const { run } = routes.find(({ name }) => name === 'getOpenApi')!;
    const [first, second] = await Promise.all([1, 2].map(() => run({} as never, null, {} as never, null)));
    expect(first?.body).toEqual(openApi(routes));
    expect(second?.body).toBe(first?.body);
  });

  it('has 429 on the routes that count towards a caller’s limits or scan the table, and on no other', () => {
    const limited = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { responses }]) => '429' in responses)
        .map(([method]) => `${method} ${path}`),
    );
    expect(limited.sort()).toEqual([
      'get /summary/denials',
      'get /summary/live-tokens',
      'get /tokens',
      'post /revocations',
      'post /tokens',
      'post /tokens/batch',
      'post /tokens/explain',
      'post /tokens/lookup',
    ]);
  });

  it('leaves out HEAD, which only routes for anyone answer', () => {
    const withHead = routes.filter((route) => methodsOf(route).includes('HEAD'));
    expect(withHead.map(({ name }) => name).sort()).toEqual(['getHealth', 'getOpenApi', 'getReadiness']);
    expect(Object.values(paths).flatMap(Object.keys)).not.toContain('head');
  });

  it('bounds every list in a body', () => {
    const lists: unknown[] = [];
    const collect = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if ('type' in value && value.type === 'array') lists.push(value);
      Object.values(value).forEach(collect);
    };
    for (const methods of Object.values(paths))
      for (const { requestBody } of Object.values(methods)) collect(resolve(requestBody));
    expect(lists.length).toBeGreaterThan(4);
    expect(lists.filter((list) => !Object.hasOwn(list as object, 'maxItems'))).toEqual([]);
  });
});
