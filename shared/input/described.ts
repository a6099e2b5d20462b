import * as z from 'zod/mini';

/** What JSON Schema says of a value besides its shape. */
type Meta = Readonly<{ description?: string; format?: string }>;

/** Returns a copy of a schema with a description for the people who read the JSON Schema that is made from it. */
export function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  return withMeta(schema, { description });
}

/** Returns a copy of a schema with members of JSON Schema that its shape does not imply. */
export function withMeta<Schema extends z.ZodMiniType>(schema: Schema, meta: Meta): Schema {
  const copy = schema.clone();
  z.globalRegistry.add(copy, meta);
  return copy;
}
