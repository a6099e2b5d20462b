import { z } from 'zod';
import type { Fault } from './broker-error.ts';

/** A schema's issues as faults, one for each unknown member; paths such as `grants[0].maxTtl`, below `prefix`. */
export function schemaFaults(error: z.ZodError, prefix = ''): Fault[] {
  return error.issues.flatMap((issue) => issueFaults(issue, prefix));
}

function issueFaults(issue: z.core.$ZodIssue, prefix: string): Fault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key], prefix),
      message: 'is not a member here',
    }));
  return [{ path: pathText(issue.path, prefix), message: issue.message }];
}

/** `['grants', 0, 'maxTtl']` → `grants[0].maxTtl`. */
export function pathText(path: readonly PropertyKey[], prefix = ''): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, prefix);
}

/**
 * Reads an object member by member, so that one bad member hides no fault of another: what is valid, and every
 * fault. Cross-member rules are the caller's, on what is valid.
 */
export function readMembers<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  value: unknown,
): { readonly members: Partial<z.infer<z.ZodObject<Shape>>>; readonly faults: Fault[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { members: {}, faults: [{ path: '', message: 'must be a JSON object' }] };
  const members: Record<string, unknown> = {};
  const faults: Fault[] = [];
  for (const [name, member] of Object.entries(value)) {
    const memberSchema = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
    if (memberSchema === undefined) {
      faults.push({ path: name, message: 'is not a member here' });
      continue;
    }
    const result = z.safeParse(memberSchema, member);
    if (result.success) members[name] = result.data;
    else faults.push(...schemaFaults(result.error, name));
  }
  for (const [name, memberSchema] of Object.entries(schema.shape))
    if (!Object.hasOwn(value, name) && !z.safeParse(memberSchema, undefined).success)
      faults.push({ path: name, message: 'is required' });
  return { members: members as Partial<z.infer<z.ZodObject<Shape>>>, faults };
}
