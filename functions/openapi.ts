import type * as z from 'zod/mini';
import { toJSONSchema } from 'zod/v4/core';
import { type ApiSchemas, apiSchemas } from './api-schemas.ts';
import { problemSchema } from './problem-schema.ts';
import type { Route } from './route.ts';

const PROBLEMS = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  411: 'length_required',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  500: 'internal',
  503: 'audit_unavailable, signing_key_unavailable, identity_provider_unavailable, storage_unavailable, overloaded or misconfigured',
};

/** Returns the OpenAPI 3.1 document of a route table. */
export function openApi(routes: readonly Route[]): { openapi: string } & Record<string, unknown> {
  const schemas = apiSchemas(routes);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = (paths[`/${route.route}`] ??= {});
    path[route.method.toLowerCase()] = operation(route, schemas);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'SAS token broker',
      version: '1',
      description: 'Narrow, short-lived, audited SAS tokens.',
    },
    servers: [{ url: '/api' }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: schemas.components,
    },
  };
}

function operation(route: Route, schemas: ApiSchemas): Record<string, unknown> {
  const { status, also = [], schema } = route.reply;
  return {
    operationId: route.name,
    summary: route.summary,
    description: accessText(route.access),
    security: route.access === 'anyone' ? [{}, { bearer: [] }] : [{ bearer: [] }],
    parameters: [...pathParameters(route.route), ...queryParameters(route.query)],
    ...(route.body === null
      ? {}
      : {
          requestBody: {
            required: route.body.optional !== true,
            content: { 'application/json': { schema: schemas.reference(route.body.schema) } },
          },
        }),
    responses: {
      ...Object.fromEntries([status, ...also].map((code) => [code, successResponse(code, schema, schemas)])),
      ...Object.fromEntries(
        problemsOf(route).map(([code, description]) => [code, problemResponse(description, schemas)]),
      ),
    },
  };
}

function successResponse(status: number, schema: z.ZodMiniType, { reference }: ApiSchemas) {
  const description = status === 202 ? 'Started; the timer continues it' : 'Done';
  return status === 204
    ? { description }
    : { description, content: { 'application/json': { schema: reference(schema) } } };
}

function accessText(access: Route['access']): string {
  if (access === 'anyone') return 'For anyone.';
  return access === 'callers' ? 'For every verified caller.' : `For the role ${access.join(' or ')}.`;
}

function pathParameters(template: string): unknown[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: Route['query']): unknown[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = toJSONSchema(query, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = typeof property === 'object' ? property : {};
    return { name, in: 'query', required: required.includes(name), description, schema };
  });
}

function problemsOf(route: Route): [string, string][] {
  const withoutBody = [...(route.query === undefined ? ['400'] : []), '411', '413', '415'];
  const withoutBearer = ['401', '403'];
  return Object.entries(PROBLEMS).filter(
    ([status]) =>
      !(status === '429' && !route.limited && route.scans !== true) &&
      !(route.body === null && withoutBody.includes(status)) &&
      !(route.access === 'anyone' && withoutBearer.includes(status)),
  );
}

function problemResponse(description: string, { reference }: ApiSchemas) {
  return { description, content: { 'application/problem+json': { schema: reference(problemSchema) } } };
}
