import { readFileSync } from 'node:fs';

const read = (name: string): string =>
  readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8').trimEnd();

/** Lines of storage logs in every form that was seen; all ids, names and hashes are invented. */
export const LOG_LINES: readonly string[] = read('storage-logs.ndjson').split('\n');

/** The signatures behind the hashes of `LOG_LINES`, by line number from 1. */
export const LOG_SIGNATURES = JSON.parse(read('storage-logs.tokens.json')) as Readonly<
  Record<string, string>
>;

/** Returns a line by its number, from 1. */
export function logLine(number: number): string {
  return LOG_LINES[number - 1] ?? '';
}
