import { isOfService, type PermissionScope, type Resource, scopeOf } from './resources.ts';
import type { Service } from './services.ts';

/** Azure's permission names, each with its letter. Some names share a letter, because services reuse letters. */
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

/** Every letter that at least one service uses. */
export const PERMISSION_LETTERS = [...new Set(Object.values(PERMISSION_NAMES))];

/**
 * The order of letters that storage requires in `sp`, for each service and for account SAS. The SDKs for JavaScript
 * write blob, container and account SAS in a different order, so the `sp` of a signed token may differ.
 */
export const ORDER: Readonly<Record<Service | 'account', string>> = {
  blob: 'racwdxyltfmeopi',
  queue: 'raup',
  table: 'raud',
  file: 'rcwdl',
  account: 'rwdxylacuptfi',
};

/** Two names share `p`, and two share `r`. These are the names that do not apply to a service. */
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
 * Returns the letters that apply to `scope` of `service`. Empty if the service has no such scope, or the account has
 * no directories.
 * @param hierarchical true if the account has a hierarchical namespace.
 */
export function allowedLetters(
  service: Service,
  scope: PermissionScope,
  hierarchical: boolean,
): ReadonlySet<string> {
  if (SCOPES[scope].service !== service) return NO_LETTERS;
  return LETTERS[hierarchical ? 'hierarchical' : 'flat'][scope];
}

const NO_LETTERS: ReadonlySet<string> = new Set();
/** The letters of `SCOPES` as sets, built once. */
const LETTERS = { flat: letterSets('flat'), hierarchical: letterSets('hierarchical') };

function letterSets(kind: 'flat' | 'hierarchical'): Readonly<Record<PermissionScope, ReadonlySet<string>>> {
  const sets = Object.entries(SCOPES).map(([scope, row]) => [scope, new Set(row[kind])]);
  return Object.fromEntries(sets) as Record<PermissionScope, ReadonlySet<string>>;
}

const TOP: Readonly<Record<Service, PermissionScope>> = {
  blob: 'container',
  queue: 'queue',
  table: 'table',
  file: 'share',
};

/** Returns the letters that apply to a whole container, queue, table or share. */
export function topLetters(service: Service, hierarchical: boolean): ReadonlySet<string> {
  return allowedLetters(service, TOP[service], hierarchical);
}

/** Returns the letters that apply to at least one of `services` in an account SAS. */
export function accountLetters(services: Iterable<Service>): ReadonlySet<string> {
  return new Set([...services].flatMap((service) => Array.from(ACCOUNT_LETTERS[service])));
}

/**
 * Returns the letters that apply to a resource.
 * @param hierarchical true if the account has a hierarchical namespace.
 */
export function lettersFor(resource: Resource, hierarchical: boolean): ReadonlySet<string> {
  if (!isOfService(resource)) return accountLetters(resource.services);
  return allowedLetters(resource.service, scopeOf(resource), hierarchical);
}

/** Returns the letters as text in the order of `ORDER`, without letters that the service does not use. */
export function inAzureOrder(letters: Iterable<string>, service: Service | 'account'): string {
  const wanted = new Set(letters);
  let ordered = '';
  for (const letter of ORDER[service]) if (wanted.has(letter)) ordered += letter;
  return ordered;
}

/** Returns the service's own names for letters: `p` is `process` for a queue, `r` is `query` for a table. */
export function permissionNames(letters: Iterable<string>, service: Service | 'account'): PermissionName[] {
  return Array.from(inAzureOrder(letters, service)).flatMap((letter) => OWN_NAMES[service].get(letter) ?? []);
}

/** Each service's own name for a letter. */
const OWN_NAMES: Readonly<Record<Service | 'account', ReadonlyMap<string, PermissionName>>> = {
  blob: ownNames('blob'),
  queue: ownNames('queue'),
  table: ownNames('table'),
  file: ownNames('file'),
  account: ownNames('account'),
};

function ownNames(service: Service | 'account'): Map<string, PermissionName> {
  const twin: PermissionName = service === 'table' ? 'read' : 'query';
  const names = Object.keys(PERMISSION_NAMES) as PermissionName[];
  const own = names.filter((name) => !FOREIGN[service].includes(name) && name !== twin);
  return new Map(own.reverse().map((name) => [PERMISSION_NAMES[name], name]));
}

/** True if the text is one of Azure's permission names. */
export function isPermissionName(text: string): text is PermissionName {
  return Object.hasOwn(PERMISSION_NAMES, text);
}

/** True if the text is a permission name that means its letter for other services only. */
export function isForeign(name: string, what: Service | 'account'): boolean {
  return isPermissionName(name) && FOREIGN[what].includes(name);
}
