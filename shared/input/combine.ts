import type { Fault } from '../broker-error.ts';
import { fail, ok, type Result } from '../result.ts';

/** The results of several readers, each under the name of its value. */
type Results<Values> = { readonly [Name in keyof Values]: Result<Values[Name], readonly Fault[]> };

/** Combines the results of several readers: all of their values, or the faults of all of them, in order. */
export function combine<Values extends object>(results: Results<Values>): Result<Values, readonly Fault[]> {
  const values: Partial<Values> = {};
  let faults: Fault[] | null = null;
  for (const name in results) {
    const result = results[name];
    if (result.ok) values[name] = result.value;
    else faults = [...(faults ?? []), ...result.fault];
  }
  return faults === null ? ok(values as Values) : fail(faults);
}
