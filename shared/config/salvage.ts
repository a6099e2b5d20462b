import { isContainer, memberAt, type Path } from '../input/fault-path.ts';

/**
 * A document without its faulty parts, so that cross-checks can still check the rest. A faulty part, or a missing
 * required one, is a member with the value `undefined`. An optional part that the document leaves out is not a member
 * at all, and only then may a check assume its default: see `memberOr`.
 */
export type Salvaged<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly (Salvaged<Item> | undefined)[]
    : { readonly [Name in keyof T]?: Salvaged<T[Name]> | undefined };

/** Copies `value` without the parts at `paths`. If `value` is not an object, the copy is an empty document. */
export function salvage<T>(value: unknown, paths: readonly Path[]): Salvaged<T> {
  const copy: unknown = structuredClone(value);
  if (!isContainer(copy) || Array.isArray(copy) || paths.some((path) => path.length === 0))
    return {} as Salvaged<T>;
  for (const path of paths) {
    const parent = memberAt(copy, path.slice(0, -1));
    const name = path.at(-1);
    if (isContainer(parent) && name !== undefined) parent[name] = undefined;
  }
  return copy as Salvaged<T>;
}

/** Returns a member's value: `fallback` if the document leaves it out, undefined if it is faulty. */
export function memberOr<T extends object, Name extends keyof T, Fallback>(
  part: T,
  name: Name,
  fallback: Fallback,
): T[Name] | Fallback {
  return Object.hasOwn(part, name) ? part[name] : fallback;
}

/** Returns the remaining items of a list, each with its index in the whole list. */
export function itemsOf<T>(list: readonly (T | undefined)[] | undefined): (readonly [number, T])[] {
  return (list ?? []).flatMap((item, index) => (item === undefined ? [] : [[index, item] as const]));
}
