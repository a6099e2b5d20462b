import type { Fault } from '../broker-error.ts';
import { hasAsciiControl } from '../input/control-characters.ts';
import { invalid, ok, type Rejection, type Result } from '../result.ts';

/**
 * Splits a URL's path after the endpoint and its slash into segments, and decodes each once. After a trailing slash,
 * the last segment is empty.
 */
export function decodeSegments(rawPath: string): Result<string[], Rejection> {
  const encoded = /%(?:2e|2f|5c)/i.exec(rawPath);
  if (encoded !== null)
    return invalid(`must not contain "${encoded[0]}", because some clients read it as a separator or a dot`);
  const raw = rawCharacterFault(rawPath);
  if (raw !== null) return invalid(raw);
  try {
    return ok(rawPath.split('/').map(decodeURIComponent));
  } catch {
    return invalid('must be valid percent-encoded UTF-8; write "%" as "%25"');
  }
}

/**
 * Returns a fault if the path has raw characters that a URL parser encodes or drops: storage would then see another name
 * than the one that was signed. Source: url.spec.whatwg.org, path percent-encode set, and `|`, which RFC 3986 excludes.
 */
function rawCharacterFault(rawPath: string): string | null {
  // eslint-disable-next-line no-control-regex -- this pattern exists to find control characters
  const raw = [...new Set(rawPath.match(/[\u0000-\u0020"<>^`{|}\u007f]/g))];
  if (raw.length === 0) return null;
  const forms = raw.map((character) => `${nameOf(character)} as "${encodeURIComponent(character)}"`);
  const remedy = raw.some(hasAsciiControl)
    ? 'remove the control characters, which no name may contain'
    : 'percent-encode names';
  return `must not contain raw characters that URL parsers encode or drop; ${remedy}: ${forms.join(', ')}`;
}

function nameOf(character: string): string {
  if (!hasAsciiControl(character)) return `"${character}"`;
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
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
