import * as z from 'zod/mini';
import { toJSONSchema } from 'zod/v4/core';
import { auditRecordSchema } from '../shared/deaths/audit-record-view.ts';
import { explanationSchema } from '../shared/grants/explain.ts';
import { completionSchema } from '../shared/issuing/complete-token.ts';
import { batchSchema } from '../shared/issuing/issue-batch.ts';
import { issuedTokenSchema } from '../shared/issuing/issued-token.ts';
import { tokenRequestSchema } from '../shared/requests/token-request-schema.ts';
import { problemSchema } from './problem-schema.ts';
import type { Route } from './route.ts';
import { batchReplySchema } from './tokens.ts';

/** The names by which OpenAPI and the clients know the schemas; other bodies and replies are named after their route. */
const NAMES: readonly (readonly [string, z.ZodMiniType])[] = [
  ['TokenRequest', tokenRequestSchema],
  ['IssuedToken', issuedTokenSchema],
  ['BatchRequest', batchSchema],
  ['BatchReply', batchReplySchema],
  ['Completion', completionSchema],
  ['Explanation', explanationSchema],
  ['AuditRecord', auditRecordSchema],
  ['Problem', problemSchema],
];

/** The schemas of an API, under `#/components/schemas`. */
export interface ApiSchemas {
  /** JSON Schema by name. OpenAPI 3.1 accepts it unchanged. */
  readonly components: Readonly<Record<string, unknown>>;
  readonly reference: (schema: z.ZodMiniType) => { readonly $ref: string };
}

/** Names the schemas of every body and reply. */
export function apiSchemas(routes: readonly Route[]): ApiSchemas {
  const registry = z.registry<{ id: string }>();
  const add = (id: string, schema: z.ZodMiniType) => {
    if (!registry.has(schema)) registry.add(schema, { id });
  };
  for (const [name, schema] of NAMES) add(name, schema);
  for (const { name, body, reply } of routes) {
    const capitalized = name.charAt(0).toUpperCase() + name.slice(1);
    if (body !== null) add(`${capitalized}Body`, body.schema);
    if (reply.status !== 204) add(`${capitalized}Reply`, reply.schema);
  }
  const options = { io: 'input', unrepresentable: 'any', uri: refTo } as const;
  const { schemas } = toJSONSchema(registry, options);
  return {
    components: Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, withoutIds(schema)]),
    ),
    reference: (schema) => ({ $ref: refTo(registry.get(schema)?.id ?? '') }),
  };
}

const refTo = (name: string) => `#/components/schemas/${name}`;

function withoutIds(schema: object): unknown {
  const { $schema, $id, ...rest } = schema as Record<string, unknown>;
  return rest;
}
