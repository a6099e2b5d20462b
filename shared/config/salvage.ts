import { isContainer, memberAt, type Path } from '../input/fault-path.ts';

/**
 * What is left of a document after its faulty parts are taken out, so that cross-checks can still look at the rest.
 * A part that was taken out (or is required and missing) is there as `undefined`; an optional one that was never
 * given is not there at all, and only for that one a default may be assumed: see `given`.
 */
export type Salvaged<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly (Salvaged<Item> | undefined)[]
    : { readonly [Name in keyof T]?: Salvaged<T[Name]> | undefined };

/** Takes what stands at `paths` out of a copy of `value`; a value that is no object leaves an empty document. */
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

/** A member's value, `fallback` where it was never given, undefined where it is faulty. */
export function given<T extends object, Name extends keyof T, Fallback>(
  part: T,
  name: Name,
  fallback: Fallback,
): T[Name] | Fallback {
  return Object.hasOwn(part, name) ? part[name] : fallback;
}

/** The items of a list that are left, each with its place in the whole. */
export function itemsOf<T>(list: readonly (T | undefined)[] | undefined): (readonly [number, T])[] {
  return (list ?? []).flatMap((item, index) => (item === undefined ? [] : [[index, item] as const]));
}
