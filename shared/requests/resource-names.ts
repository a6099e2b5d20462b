import type { Fault } from '../broker-error.ts';

const MIN_NAME = 3;
const MAX_NAME = 63;
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** As `MIN_NAME`, `MAX_NAME` and `NAME` say; for messages. */
export const NAME_RULE = `${MIN_NAME} to ${MAX_NAME} lower-case letters, digits and single hyphens, with a letter or digit at both ends`;

/** Whether Azure takes the text as the name of a container, queue or share: they share one rule. */
export function isName(name: string): boolean {
  return name.length >= MIN_NAME && name.length <= MAX_NAME && NAME.test(name);
}

/** The faults that were found, each at a member of the resource. */
export function faultsAt(messages: Readonly<Record<string, string | null>>): Fault[] {
  return Object.entries(messages).flatMap(([path, message]) => (message === null ? [] : [{ path, message }]));
}

/** What no name may hold, because storage or somebody's text handling would change or refuse it. */
export function textFault(text: string): string | null {
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
  if (/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(text)) return 'must hold no control characters';
  return text.isWellFormed() ? null : 'must be well-formed text: it has half a surrogate pair';
}

/**
 * What is wrong with a path below a container or share, segments separated by "/": what a URL parser, storage or a
 * client would rewrite into another path.
 */
export function pathFault(path: string, maxLength: number, maxSegments: number): string | null {
  if (path.length < 1 || path.length > maxLength) return `must have 1 to ${maxLength} characters`;
  if (path.startsWith('/')) return 'must not begin with "/"';
  const text = textFault(path);
  if (text !== null) return text;
  if (path.includes('\\')) return 'must hold no backslash; segments are separated by "/"';
  if (/%(?:2e|2f|5c)/i.test(path)) return 'must hold no "%2e", "%2f" or "%5c"; names are given unencoded';
  const segments = path.split('/');
  if (segments.length > maxSegments) return `must have at most ${maxSegments} segments`;
  if (segments.at(-1) === '') return 'must not end with "/"';
  if (segments.includes('')) return 'must hold no empty segment ("//")';
  if (segments.some((segment) => segment === '.' || segment === '..'))
    return 'must hold no "." or ".." segment';
  return segments.some((segment) => segment.endsWith('.'))
    ? 'must have no segment that ends with a dot'
    : null;
}

/**
 * A URL's path after the endpoint and its slash, decoded once, a segment an element; a trailing slash makes a last
 * empty one.
 * @returns the segments, or the message of what is wrong with the path.
 */
export function decodedSegments(rawPath: string): string[] | string {
  const encoded = /%(?:2e|2f|5c)/i.exec(rawPath);
  if (encoded !== null) return `must not hold "${encoded[0]}": it would be read as a separator or a dot`;
  try {
    return rawPath.split('/').map(decodeURIComponent);
  } catch {
    return 'must be valid percent-encoded UTF-8; write "%" as "%25"';
  }
}

/** The one name of a path that may hold no more, with or without a trailing slash; null where it holds more. */
export function onlySegment([name = '', ...rest]: readonly string[]): string | null {
  return rest.length === 0 || (rest.length === 1 && rest[0] === '') ? name : null;
}

/** What was read from a path, or the first fault as a message. */
export function soundOr<Names>(names: Names, faults: readonly Fault[]): Names | string {
  const [first] = faults;
  return first === undefined ? names : `${first.path} ${first.message}`;
}
