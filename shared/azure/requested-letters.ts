import { invalid, ok, type Rejection, type Result } from '../result.ts';
import { isForeign, isPermissionName, PERMISSION_LETTERS, PERMISSION_NAMES } from './permissions.ts';
import type { Service } from './services.ts';

/** The most letters or names that a request may list. There are 18 names. */
export const MAX_PERMISSIONS = 32;

/**
 * Reads permissions: Azure's letters in any order (`"cw"`), or a list of names and single letters
 * (`["create", "w"]`).
 */
export function parseLetters(value: string | readonly string[]): Result<ReadonlySet<string>, Rejection> {
  if (value.length === 0) return invalid('must have at least one permission');
  // As letters, "read" would mean r, e, a and d, and d can delete.
  if (typeof value === 'string' && isPermissionName(value))
    return invalid(`must be Azure's letters or a list of names; to use a name, write ["${value}"]`);
  const letters = new Set<string>();
  for (const item of value) {
    const letter = isPermissionName(item) ? PERMISSION_NAMES[item] : item;
    if (!(PERMISSION_LETTERS as readonly string[]).includes(letter)) return invalid(unknownPermission(item));
    letters.add(letter);
  }
  return ok(letters);
}

/**
 * Returns the names in `value` that mean their letter for another service only: to `process` messages gives no right
 * over `permissions`. A table accepts `read` for its `query`.
 */
export function foreignNames(value: string | readonly string[], what: Service | 'account'): string[] {
  if (typeof value === 'string') return [];
  return value.filter((item) => isForeign(item, what));
}

/** Returns the letters of `value` without those of foreign names; empty if `value` is not valid. */
export function lettersGranted(
  value: string | readonly string[],
  what: Service | 'account',
): ReadonlySet<string> {
  const foreign = foreignNames(value, what);
  const letters = parseLetters(
    typeof value === 'string' ? value : value.filter((item) => !foreign.includes(item)),
  );
  return letters.ok ? letters.value : new Set();
}

function unknownPermission(item: string): string {
  const names = Object.keys(PERMISSION_NAMES).join(', ');
  // A longer text is not a misspelt name, and may be a secret.
  const what = item.length > 40 ? 'an unknown permission' : `the unknown permission "${item}"`;
  return `has ${what}; use the letters ${PERMISSION_LETTERS.join('')} or the names ${names}`;
}
