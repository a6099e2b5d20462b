import type { Fault } from '../broker-error.ts';
import { hasControl } from '../input/control-characters.ts';
import { looksSecret, SECRET_RULE } from '../input/secret-text-rule.ts';

const MIN_NAME = 3;
const MAX_NAME = 63;
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** The rule of `isName` in words, for messages. */
export const NAME_RULE = `${MIN_NAME} to ${MAX_NAME} lower-case letters, digits and single hyphens, beginning and ending with a letter or digit`;

/** True if Azure accepts the text as the name of a container, queue or share, which share one rule. */
export function isName(name: string): boolean {
  return name.length >= MIN_NAME && name.length <= MAX_NAME && NAME.test(name);
}

/** Returns a fault for each member of the resource that has a message. */
export function memberFaults(messages: Readonly<Record<string, string | null>>): Fault[] {
  return Object.entries(messages).flatMap(([path, message]) => (message === null ? [] : [{ path, message }]));
}

/**
 * Returns what is wrong with the text of a name, or null: storage or a client would change or reject some characters,
 * and rows and events keep the name, so it must not contain a SAS or a key.
 */
export function textFault(text: string): string | null {
  if (hasControl(text) || /[\ufffe\uffff]/.test(text)) return 'must not contain control characters';
  if (!text.isWellFormed()) return 'must be well-formed Unicode, without lone surrogates';
  return looksSecret(text) ? SECRET_RULE : null;
}

/**
 * Returns what is wrong with a path below a container or share, or null. Rejects what a URL parser, storage or a client
 * would rewrite into another path.
 */
export function pathFault(path: string, maxLength: number, maxSegments: number): string | null {
  if (path.length < 1 || path.length > maxLength) return `must have 1 to ${maxLength} characters`;
  if (path.startsWith('/')) return 'must not begin with "/"';
  const text = textFault(path);
  if (text !== null) return text;
  if (path.includes('\\')) return 'must not contain a backslash; separate segments with "/"';
  if (/%(?:2e|2f|5c)/i.test(path))
    return 'must not contain "%2e", "%2f" or "%5c"; do not percent-encode names';
  const segments = path.split('/');
  if (segments.length > maxSegments) return `must have at most ${maxSegments} segments`;
  if (segments.at(-1) === '') return 'must not end with "/"';
  if (segments.includes('')) return 'must not have an empty segment ("//")';
  if (segments.some((segment) => segment === '.' || segment === '..'))
    return 'must not have a "." or ".." segment';
  return segments.some((segment) => segment.endsWith('.'))
    ? 'must not have a segment that ends with a dot'
    : null;
}
