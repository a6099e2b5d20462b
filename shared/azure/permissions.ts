import { isOfService, scopeOf, type PermissionScope, type Resource } from './resources.ts';
import type { Service } from './services.ts';

/** Azure's names of what a token may do, each with its letter. Some share one: services reuse letters. */
export const PERMISSION_NAMES = {
  read: 'r',
  add: 'a',
  create: 'c',
  write: 'w',
  delete: 'd',
  deleteVersion: 'x',
  permanentDelete: 'y',
  list: 'l',
  tags: 't',
  filter: 'f',
  move: 'm',
  execute: 'e',
  ownership: 'o',
  permissions: 'p',
  setImmutabilityPolicy: 'i',
  process: 'p',
  query: 'r',
  update: 'u',
} as const;
export type PermissionName = keyof typeof PERMISSION_NAMES;

/** Every letter that some service knows. */
export const PERMISSION_LETTERS = [...new Set(Object.values(PERMISSION_NAMES))];

/**
 * The order in which storage wants the letters of `sp`, by service and for an account SAS; another order is refused
 * there. The SDKs for JavaScript write blobs, containers and account SAS in an order of their own, so `sp` of a
 * signed token may differ from it.
 */
export const ORDER: Readonly<Record<Service | 'account', string>> = {
  blob: 'racwdxyltfmeopi',
  queue: 'raup',
  table: 'raud',
  file: 'rcwdl',
  account: 'rwdxylacuptfi',
};

/** Two names share `p`, and two `r`: those that a service does not mean by them. */
const FOREIGN: Readonly<Record<Service | 'account', readonly PermissionName[]>> = {
  blob: ['process', 'query'],
  queue: ['permissions', 'query'],
  table: ['permissions', 'process'],
  file: ['process', 'query', 'permissions'],
  account: ['permissions'],
};

const SCOPES: Readonly<Record<PermissionScope, { service: Service; flat: string; hierarchical: string }>> = {
  container: { service: 'blob', flat: 'racwdxyltfmei', hierarchical: 'racwdxyltfmeopi' },
  blob: { service: 'blob', flat: 'racwdxytmei', hierarchical: 'racwdxytmeopi' },
  directory: { service: 'blob', flat: '', hierarchical: 'racwdlmeop' },
  queue: { service: 'queue', flat: 'raup', hierarchical: 'raup' },
  table: { service: 'table', flat: 'raud', hierarchical: 'raud' },
  share: { service: 'file', flat: 'rcwdl', hierarchical: 'rcwdl' },
  file: { service: 'file', flat: 'rcwd', hierarchical: 'rcwd' },
};

const ACCOUNT_LETTERS: Readonly<Record<Service, string>> = {
  blob: 'rwdxylactfi',
  queue: 'rwdlaup',
  table: 'rwdlau',
  file: 'rwdlc',
};

/**
 * The letters that mean something for `scope` of `service`; `hierarchical` is the account's. None where the service
 * has no such thing, or a flat account no directories.
 */
export function allowedLetters(
  service: Service,
  scope: PermissionScope,
  hierarchical: boolean,
): ReadonlySet<string> {
  const row = SCOPES[scope];
  if (row.service !== service) return new Set();
  return new Set(hierarchical ? row.hierarchical : row.flat);
}

const TOP: Readonly<Record<Service, PermissionScope>> = {
  blob: 'container',
  queue: 'queue',
  table: 'table',
  file: 'share',
};

/** The letters that mean something for a whole container, queue, table or share. */
export function topLetters(service: Service, hierarchical: boolean): ReadonlySet<string> {
  return allowedLetters(service, TOP[service], hierarchical);
}

/** The letters that mean something in an account SAS of `services`: those of any of them. */
export function accountLetters(services: Iterable<Service>): ReadonlySet<string> {
  return new Set([...services].flatMap((service) => lettersIn(ACCOUNT_LETTERS[service])));
}

/** The letters that mean something for a resource; `hierarchical` is the account's. */
export function lettersFor(resource: Resource, hierarchical: boolean): ReadonlySet<string> {
  if (!isOfService(resource)) return accountLetters(resource.services);
  return allowedLetters(resource.service, scopeOf(resource), hierarchical);
}

/**
 * The letters of Azure's letters in any order (`"cw"`), or of a list of names and single letters
 * (`["create", "w"]`).
 * @returns the letters, or the message of what is wrong with `value`.
 */
export function lettersOf(value: string | readonly string[]): ReadonlySet<string> | string {
  if (value.length === 0) return 'must have at least one permission';
  // "read" would otherwise be taken as r, e, a and d, which can delete.
  if (typeof value === 'string' && isName(value))
    return `must be Azure's letters or a list of names; write ["${value}"]`;
  const letters = new Set<string>();
  for (const item of value) {
    const letter = isName(item) ? PERMISSION_NAMES[item] : item;
    if (!(PERMISSION_LETTERS as readonly string[]).includes(letter)) return unknownPermission(item);
    letters.add(letter);
  }
  return letters;
}

/**
 * Names of a list that are another service's word for a letter of this one: to `process` messages is no right over
 * `permissions`. A table's `read` is taken for its `query`.
 */
export function foreignNames(value: string | readonly string[], what: Service | 'account'): string[] {
  if (typeof value === 'string') return [];
  return value.filter((item) => isName(item) && FOREIGN[what].includes(item));
}

/** The letters of `value`, as `lettersOf` reads it, without those that only names of other services ask for. */
export function lettersGranted(
  value: string | readonly string[],
  what: Service | 'account',
): ReadonlySet<string> {
  const foreign = foreignNames(value, what);
  const letters = lettersOf(
    typeof value === 'string' ? value : value.filter((item) => !foreign.includes(item)),
  );
  return typeof letters === 'string' ? new Set() : letters;
}

/** `letters` as text in the order of `ORDER`; a letter that the service does not know is left out. */
export function inAzureOrder(letters: Iterable<string>, service: Service | 'account'): string {
  const wanted = new Set(letters);
  return lettersIn(ORDER[service])
    .filter((letter) => wanted.has(letter))
    .join('');
}

/** The names of letters as the service means them: `p` is `process` on a queue, `r` is `query` on a table. */
export function permissionNames(letters: Iterable<string>, service: Service | 'account'): PermissionName[] {
  const twin: PermissionName = service === 'table' ? 'read' : 'query';
  const names = Object.keys(PERMISSION_NAMES) as PermissionName[];
  const spoken = names.filter((name) => !FOREIGN[service].includes(name) && name !== twin);
  return lettersIn(inAzureOrder(letters, service)).flatMap((letter) => {
    const name = spoken.find((candidate) => PERMISSION_NAMES[candidate] === letter);
    return name === undefined ? [] : [name];
  });
}

/** The letters here are ASCII, so that code points are characters. */
function lettersIn(text: string): string[] {
  return Array.from(text);
}

function isName(text: string): text is PermissionName {
  return Object.hasOwn(PERMISSION_NAMES, text);
}

function unknownPermission(item: string): string {
  const names = Object.keys(PERMISSION_NAMES).join(', ');
  return `must have no "${item.slice(0, 40)}"; use the letters ${PERMISSION_LETTERS.join('')} or the names ${names}`;
}
