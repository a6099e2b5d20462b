import type { LocatedFault, Path } from '../input/fault-path.ts';

/**
 * Returns a fault, at `pathOf(index)`, for each item whose text an earlier item already has.
 * @param what names the text in the message, such as `id`.
 */
export function checkUnique(
  items: readonly (readonly [number, string | undefined])[],
  pathOf: (index: number) => Path,
  what: string,
): LocatedFault[] {
  const first = new Map<string, number>();
  const faults: LocatedFault[] = [];
  for (const [index, item] of items) {
    if (item === undefined) continue;
    const earlier = first.get(item);
    if (earlier === undefined) first.set(item, index);
    else
      faults.push({ path: pathOf(index), message: `must be unique; item ${earlier} has the same ${what}` });
  }
  return faults;
}
