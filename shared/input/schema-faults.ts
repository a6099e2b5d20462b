import * as z from 'zod/mini';
import type { Fault } from '../broker-error.ts';
import { formatFaults, isContainer, type LocatedFault, memberAt, type Path } from './fault-path.ts';
import { groupedDigits } from './grouped-digits.ts';
import { MAX_HINTS, suggestion } from './suggestion.ts';

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
 * Describes a schema's issues with `value`. For an unknown member, suggests the most similar known one.
 * @param root what paths begin with: `$` in a file, nothing in a request.
 */
export function schemaFaults(
  schema: z.ZodMiniType,
  value: unknown,
  issues: readonly Issue[],
  root: '$' | '' = '$',
): Fault[] {
  const faults = issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownMembers(schema, issue.path, issue.keys);
    if (memberAt(value, issue.path) === undefined) return [at(issue.path, 'is required')];
    return describeIssue(issue, issue.path);
  });
  return formatFaults(faults, root);
}

/** An object's valid members, and every fault of the others. */
export interface ReadMembers<Shape extends z.core.$ZodShape> {
  readonly members: Partial<z.infer<z.ZodMiniObject<Shape>>>;
  readonly faults: readonly Fault[];
}

/**
 * Reads an object so that an invalid member does not hide the faults of another. The caller checks rules across
 * members. The schema must have no transforms.
 */
export function readMembers<Shape extends z.core.$ZodShape>(
  schema: z.ZodMiniObject<Shape>,
  value: unknown,
): ReadMembers<Shape> {
  const result = schema.safeParse(value);
  if (result.success) return { members: result.data, faults: [] };
  const { issues } = result.error;
  const faulty = new Set(issues.map((issue) => issue.path[0]));
  const entries = isContainer(value) && !Array.isArray(value) ? Object.entries(value) : [];
  const valid = entries.filter(([name]) => Object.hasOwn(schema.shape, name) && !faulty.has(name));
  const members = Object.fromEntries(valid) as ReadMembers<Shape>['members'];
  return { members, faults: schemaFaults(schema, value, issues, '') };
}

function describeIssue(issue: Issue, path: Path): LocatedFault[] {
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

/** If the value has the type of only one branch, that branch's issues are more useful than a list of types. */
function describeUnion(branches: readonly (readonly Issue[])[], path: Path): LocatedFault[] {
  const isOfType = (issues: readonly Issue[]) =>
    !issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0);
  const fitting = branches.filter(isOfType);
  const [only] = fitting;
  if (fitting.length === 1 && only !== undefined)
    return only.flatMap((issue) => describeIssue(issue, [...path, ...issue.path]));
  const types = branches.flat().flatMap((issue) => (issue.code === 'invalid_type' ? [typeName(issue)] : []));
  return [at(path, `must be ${[...new Set(types)].join(' or ')}`)];
}

function unknownMembers(schema: z.ZodMiniType, path: Path, names: readonly string[]): LocatedFault[] {
  const known = membersAt(schema, path);
  const list = known.length === 0 ? '' : `; expected one of ${known.join(', ')}`;
  return names.map((name, index) => {
    const hint = index < MAX_HINTS ? suggestion(name, known) || list : '';
    return at([...path, name], `is not a known member${hint}`);
  });
}

/** Returns the member names that `schema` allows at `path`. */
function membersAt(schema: unknown, path: Path): string[] {
  if (schema instanceof z.ZodMiniOptional) return membersAt(schema.def.innerType, path);
  const [part, ...rest] = path;
  if (schema instanceof z.ZodMiniArray) return membersAt(schema.def.element, rest);
  if (!(schema instanceof z.ZodMiniObject)) return [];
  const shape = schema.shape as Record<string, unknown>;
  return part === undefined ? Object.keys(shape) : membersAt(shape[String(part)], rest);
}

function typeName(issue: { readonly expected: string }): string {
  return TYPES[issue.expected] ?? issue.expected;
}

function size(origin: string, which: 'least' | 'most', limit: number | bigint): string {
  const amount = groupedDigits(limit);
  if (origin === 'string') return `must be at ${which} ${amount} characters`;
  if (origin === 'array') return `must have at ${which} ${amount} ${amount === '1' ? 'item' : 'items'}`;
  return `must be at ${which} ${amount}`;
}

function at(path: Path, message: string): LocatedFault {
  return { path, message };
}
