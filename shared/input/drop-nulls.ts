import * as z from 'zod/mini';
import { isContainer } from './fault-path.ts';

/** In these, a null is more likely a lost name than a choice: without the name they would mean something wider. */
const EXACT_MEMBERS: readonly string[] = ['resource', 'target'];

/**
 * Returns a body without the optional members that are null, because null means absent. Only members of `schema` are
 * dropped, at any depth, but none inside `resource` and `target`. Returns the same body if there is none to drop.
 */
export function dropNulls(schema: unknown, value: unknown): unknown {
  if (isOptional(schema)) return dropNulls(schema.def.innerType, value);
  if (schema instanceof z.ZodMiniArray && Array.isArray(value))
    return value.map((item) => dropNulls(schema.def.element, item));
  if (!(schema instanceof z.ZodMiniObject) || !isContainer(value) || Array.isArray(value)) return value;
  const shape = schema.shape as Record<string, unknown>;
  const members: [string, unknown][] = [];
  let isChanged = false;
  for (const [name, member] of Object.entries(value)) {
    const inner = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const isDropped = member === null && isOptional(inner);
    const kept = isDropped || EXACT_MEMBERS.includes(name) ? member : dropNulls(inner, member);
    if (!isDropped) members.push([name, kept]);
    isChanged ||= isDropped || kept !== member;
  }
  return isChanged ? Object.fromEntries(members) : value;
}

function isOptional(schema: unknown): schema is z.ZodMiniOptional | z.ZodMiniExactOptional {
  return schema instanceof z.ZodMiniOptional || schema instanceof z.ZodMiniExactOptional;
}
