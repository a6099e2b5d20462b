import * as z from 'zod/mini';
import type { Fault } from '../broker-error.ts';
import { readMembers, type ReadMembers } from './schema-faults.ts';
import { redactSecrets } from './secret-text-rule.ts';
import { MAX_HINTS, suggestion } from './suggestion.ts';

/**
 * Reads a query by its schema. Each parameter may occur once, unknown parameters are faults, and a parameter is text
 * unless the schema requires a number.
 * @returns the valid parameters and every fault; a fault's path is the parameter's name.
 */
export function readQuery<Shape extends z.core.$ZodShape>(
  schema: z.ZodMiniObject<Shape>,
  given: URLSearchParams,
): ReadMembers<Shape> {
  const names = Object.keys(schema.shape);
  const unknown = [...new Set(given.keys())].filter((name) => !names.includes(name));
  const present = names.filter((name) => given.has(name));
  const repeated = present.filter((name) => given.getAll(name).length > 1);
  const texts = present
    .filter((name) => !repeated.includes(name))
    .map((name) => [name, given.get(name) ?? ''] as const);
  const { members, faults } = readMembers(
    schema,
    Object.fromEntries(texts.map(([name, text]) => [name, valueOf(schema.shape[name], text)])),
  );
  const others = faults.filter(({ path }) => !repeated.includes(path));
  const list = `; expected one of ${names.join(', ')}`;
  const unknownFault = (path: string, index: number): Fault => {
    const hint = index < MAX_HINTS ? suggestion(path, names) || list : '';
    return { path: redactSecrets(path), message: `is not a known parameter${hint}` };
  };
  const repeatedFault = (path: string): Fault => ({ path, message: 'must be given only once' });
  return { members, faults: [...unknown.map(unknownFault), ...repeated.map(repeatedFault), ...others] };
}

/** Converts digits to a number if the schema requires one; the schema rejects any other text. */
function valueOf(schema: unknown, text: string): string | number {
  const inner = schema instanceof z.ZodMiniOptional ? schema.def.innerType : schema;
  return inner instanceof z.ZodMiniNumber && /^(?:0|[1-9]\d*)$/.test(text) ? Number(text) : text;
}
