import type { Fault } from '../broker-error.ts';
import { redactSecrets } from './secret-text-rule.ts';

export type Path = readonly PropertyKey[];

/** A fault whose path is still a list of member names and indexes. */
export interface LocatedFault {
  readonly path: Path;
  readonly message: string;
}

/** Returns the fault at `path` as a list; empty if `message` is null. */
export function locateFault(path: Path, message: string | null): LocatedFault[] {
  return message === null ? [] : [{ path, message }];
}

/**
 * Writes each fault's path as text.
 * @param root what paths begin with: `$` in a file, nothing in a request.
 */
export function formatFaults(faults: readonly LocatedFault[], root: '$' | '' = '$'): Fault[] {
  return faults.map(({ path, message }) => ({ path: formatPath(path, root), message }));
}

/**
 * Writes a path as text: `['grants', 0, 'maxTtl']` → `$.grants[0].maxTtl`, or `grants[0].maxTtl` if `root` is ''. A
 * name that is not an identifier is quoted in brackets. A SAS or a key in a name is not repeated.
 */
export function formatPath(path: Path, root: '$' | '' = '$'): string {
  const whole = path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = redactSecrets(String(part));
    return /^[$A-Za-z_][\w$]*$/.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`;
  }, root);
  return root === '' ? whole.replace(/^\./, '') : whole;
}

/** Returns the value at `path`, or undefined. */
export function memberAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) => (isContainer(inner) && Object.hasOwn(inner, part) ? inner[part] : undefined),
    value,
  );
}

/** True for an object or a list. */
export function isContainer(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}
