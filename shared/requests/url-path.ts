import type { Fault } from '../broker-error.ts';
import { invalid, ok, type Rejection, type Result } from '../result.ts';

/**
 * Splits a URL's path after the endpoint and its slash into segments, and decodes each once. After a trailing slash,
 * the last segment is empty.
 */
export function decodeSegments(rawPath: string): Result<string[], Rejection> {
  const encoded = /%(?:2e|2f|5c)/i.exec(rawPath);
  if (encoded !== null)
    return invalid(`must not contain "${encoded[0]}", because some clients read it as a separator or a dot`);
  try {
    return ok(rawPath.split('/').map(decodeURIComponent));
  } catch {
    return invalid('must be valid percent-encoded UTF-8; write "%" as "%25"');
  }
}

/** Returns the only segment of a path, with or without a trailing slash; null if the path has more segments. */
export function onlySegment([name = '', ...rest]: readonly string[]): string | null {
  return rest.length === 0 || (rest.length === 1 && rest[0] === '') ? name : null;
}

/** Returns names from a path if they have no faults, else the first fault as a rejection of the path. */
export function requireNoFaults<Names>(names: Names, faults: readonly Fault[]): Result<Names, Rejection> {
  const [first] = faults;
  return first === undefined ? ok(names) : invalid(`${first.path} ${first.message}`);
}
