import { z } from 'zod';
import type { Fault } from '../broker-error.ts';
import { suggestion } from './fault-path.ts';
import { readMembers } from './schema-faults.ts';

/**
 * Reads a query by the schema that also describes it: each parameter at most once, none that the schema does not name,
 * and a whole number where it wants a number; every other one is text.
 * @returns the parameters that are valid, and every fault, its path the parameter's name.
 */
export function readQuery<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  given: URLSearchParams,
): ReturnType<typeof readMembers<Shape>> {
  const names = Object.keys(schema.shape);
  const strange = [...new Set(given.keys())].filter((name) => !names.includes(name));
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
  const unknown = (path: string): Fault => {
    const hint = suggestion(path, names) || `; known are ${names.join(', ')}`;
    return { path, message: `is no parameter here${hint}` };
  };
  const twice = (path: string): Fault => ({ path, message: 'is given more than once' });
  return { members, faults: [...strange.map(unknown), ...repeated.map(twice), ...others] };
}

/** Text that is no plain number stays text, which the schema then refuses in its own words. */
function valueOf(schema: unknown, text: string): string | number {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return inner instanceof z.ZodNumber && /^(?:0|[1-9]\d*)$/.test(text) ? Number(text) : text;
}
