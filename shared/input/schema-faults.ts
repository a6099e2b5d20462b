import { z } from 'zod';
import type { Fault } from '../broker-error.ts';
import { formatPath, isContainer, memberAt, suggestion, type Path } from './fault-path.ts';

type Issue = z.core.$ZodIssue;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a JSON object',
  record: 'a JSON object',
};

/**
 * A schema's issues with `value` as faults; an unknown member gets the nearest known one as a hint.
 * @param root what paths begin with: `$` in a file, nothing in a request.
 */
export function schemaFaults(
  schema: z.ZodType,
  value: unknown,
  issues: readonly Issue[],
  root: '$' | '' = '$',
): Fault[] {
  return issues
    .flatMap((issue) => {
      if (issue.code === 'unrecognized_keys') return unknownMembers(schema, issue.path, issue.keys);
      if (memberAt(value, issue.path) === undefined) return [at(issue.path, 'is required')];
      return describeIssue(issue, issue.path);
    })
    .map(({ path, message }) => ({ path: formatPath(path, root), message }));
}

/**
 * Reads an object so that one bad member hides no fault of another: the members that are valid, and every fault.
 * Rules across members are the caller's, on what is valid. The schema must have no transforms.
 */
export function readMembers<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  value: unknown,
): { readonly members: Partial<z.infer<z.ZodObject<Shape>>>; readonly faults: Fault[] } {
  type Members = Partial<z.infer<z.ZodObject<Shape>>>;
  const result = schema.safeParse(value);
  if (result.success) return { members: result.data, faults: [] };
  const { issues } = result.error;
  const faulty = new Set(issues.map((issue) => issue.path[0]));
  const entries = isContainer(value) && !Array.isArray(value) ? Object.entries(value) : [];
  const valid = entries.filter(([name]) => Object.hasOwn(schema.shape, name) && !faulty.has(name));
  return { members: Object.fromEntries(valid) as Members, faults: schemaFaults(schema, value, issues, '') };
}

interface Placed {
  readonly path: Path;
  readonly message: string;
}

function describeIssue(issue: Issue, path: Path): Placed[] {
  switch (issue.code) {
    case 'invalid_union':
      return issue.errors.length === 0 ? [at(path, issue.message)] : describeUnion(issue.errors, path);
    case 'invalid_type':
      return [at(path, `must be ${typeName(issue)}`)];
    case 'invalid_value':
      return [at(path, `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`)];
    case 'too_small':
      return [at(path, size(issue.origin, 'least', issue.minimum))];
    case 'too_big':
      return [at(path, size(issue.origin, 'most', issue.maximum))];
    case 'invalid_key':
      return [at(path, 'must have a name of 1 to 1,024 characters')];
    case 'invalid_format':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'custom':
      return [at(path, issue.message)];
  }
}

/** The one branch whose type fits tells more than all of them together. */
function describeUnion(branches: readonly (readonly Issue[])[], path: Path): Placed[] {
  const isOfType = (issues: readonly Issue[]) =>
    !issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0);
  const fitting = branches.filter(isOfType);
  const [only] = fitting;
  if (fitting.length === 1 && only !== undefined)
    return only.flatMap((issue) => describeIssue(issue, [...path, ...issue.path]));
  const types = branches.flat().flatMap((issue) => (issue.code === 'invalid_type' ? [typeName(issue)] : []));
  return [at(path, `must be ${[...new Set(types)].join(' or ')}`)];
}

function unknownMembers(schema: z.ZodType, path: Path, names: readonly string[]): Placed[] {
  const known = membersAt(schema, path);
  return names.map((name) => {
    const hint = suggestion(name, known) || `; known are ${known.join(', ')}`;
    return at([...path, name], `is not a member here${hint}`);
  });
}

/** The names that the object of `schema` at `path` may have. Lists and optional parts are looked through. */
function membersAt(schema: unknown, path: Path): string[] {
  if (schema instanceof z.ZodOptional) return membersAt(schema.unwrap(), path);
  const [part, ...rest] = path;
  if (schema instanceof z.ZodArray) return membersAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  const shape = schema.shape as Record<string, unknown>;
  return part === undefined ? Object.keys(shape) : membersAt(shape[String(part)], rest);
}

function typeName(issue: { readonly expected: string }): string {
  return TYPES[issue.expected] ?? issue.expected;
}

function size(origin: string, which: 'least' | 'most', limit: number | bigint): string {
  const amount = Number(limit).toLocaleString('en');
  if (origin === 'string') return `must be at ${which} ${amount} characters`;
  if (origin === 'array') return `must have at ${which} ${amount} ${amount === '1' ? 'item' : 'items'}`;
  return `must be at ${which} ${amount}`;
}

function at(path: Path, message: string): Placed {
  return { path, message };
}
