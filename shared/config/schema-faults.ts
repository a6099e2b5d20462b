import { z } from 'zod';
import type { Fault } from '../broker-error.ts';
import { formatPath, suggestion, type Path } from './fault-path.ts';
import { memberAt } from './salvage.ts';

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

/** A schema's issues with `value` as faults; an unknown member gets the nearest known one as a hint. */
export function schemaFaults(schema: z.ZodType, value: unknown, issues: readonly Issue[]): Fault[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownMembers(schema, issue.path, issue.keys);
    if (memberAt(value, issue.path) === undefined) return [fault(issue.path, 'is required')];
    return describeIssue(issue, issue.path);
  });
}

function describeIssue(issue: Issue, path: Path): Fault[] {
  switch (issue.code) {
    case 'invalid_union':
      return describeUnion(issue.errors, path);
    case 'invalid_type':
      return [fault(path, `must be ${typeName(issue)}`)];
    case 'invalid_value':
      return [fault(path, `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`)];
    case 'too_small':
      return [fault(path, size(issue.origin, 'least', issue.minimum))];
    case 'too_big':
      return [fault(path, size(issue.origin, 'most', issue.maximum))];
    case 'invalid_key':
      return [fault(path, 'must have a name of 1 to 1,024 characters')];
    case 'invalid_format':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'custom':
      return [fault(path, issue.message)];
  }
}

/** The one branch whose type fits tells more than all of them together. */
function describeUnion(branches: readonly (readonly Issue[])[], path: Path): Fault[] {
  const isOfType = (issues: readonly Issue[]) =>
    !issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0);
  const fitting = branches.filter(isOfType);
  const [only] = fitting;
  if (fitting.length === 1 && only !== undefined)
    return only.flatMap((issue) => describeIssue(issue, [...path, ...issue.path]));
  const types = branches.flat().flatMap((issue) => (issue.code === 'invalid_type' ? [typeName(issue)] : []));
  return [fault(path, `must be ${[...new Set(types)].join(' or ')}`)];
}

function unknownMembers(schema: z.ZodType, path: Path, names: readonly string[]): Fault[] {
  const known = membersAt(schema, path);
  return names.map((name) => {
    const hint = suggestion(name, known) || `; known are ${known.join(', ')}`;
    return fault([...path, name], `is not a member here${hint}`);
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

function fault(path: Path, message: string): Fault {
  return { path: formatPath(path), message };
}
