import type { Fault } from '../broker-error.ts';
import { fail, ok, type Result } from '../result.ts';

/** The results of several readers, each under the name of its value. */
type Results<Values> = { readonly [Name in keyof Values]: Result<Values[Name], readonly Fault[]> };

/** Combines the results of several readers: all of their values, or the faults of all of them, in order. */
export function combine<Values extends object>(results: Results<Values>): Result<Values, readonly Fault[]> {
  const entries = Object.entries(results) as [keyof Values, Result<unknown, readonly Fault[]>][];
  const faults = entries.flatMap(([, result]) => (result.ok ? [] : result.fault));
  if (faults.length > 0 || entries.some(([, result]) => !result.ok)) return fail(faults);
  const values = entries.flatMap(([name, result]) => (result.ok ? [[name, result.value] as const] : []));
  return ok(Object.fromEntries(values) as Values);
}
