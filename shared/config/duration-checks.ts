import { type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import { durationSeconds, formatDuration } from '../iso-time.ts';
import { MAX_SECONDS } from './limits.ts';

/** Returns the whole seconds of a duration that the schema accepted; undefined if it is missing, faulty or too long. */
export function seconds(value: string | number | undefined): number | undefined {
  const amount = value === undefined ? null : durationSeconds(value);
  return amount === null || amount > MAX_SECONDS ? undefined : amount;
}

/** Returns a fault for each of `members` whose duration is too short or too long. */
export function checkDurations<Name extends string>(
  part: Readonly<Partial<Record<Name, string | number | undefined>>>,
  members: readonly Name[],
  least: number,
  path: Path,
): LocatedFault[] {
  return members.flatMap((name) => {
    const value = part[name];
    const amount = value === undefined ? null : durationSeconds(value);
    return amount === null ? [] : checkRange(amount, least, [...path, name]);
  });
}

/** Returns a fault if `amount` is less than `least` or more than `MAX_SECONDS`; all in seconds. */
export function checkRange(amount: number, least: number, path: Path): LocatedFault[] {
  if (amount < least) return locateFault(path, `must be at least ${formatDuration(least)}`);
  return locateFault(path, amount > MAX_SECONDS ? `must be at most ${formatDuration(MAX_SECONDS)}` : null);
}
