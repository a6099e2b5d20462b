import { accountLetters, allowedLetters } from '../azure/permissions.ts';
import { lettersGranted, parseLetters } from '../azure/requested-letters.ts';
import type { PermissionScope } from '../azure/resources.ts';
import type { Service } from '../azure/services.ts';
import { type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import type { AccountFacts } from './account-facts.ts';
import { compilePattern, type ResourcePattern } from './resource-pattern.ts';
import { itemsOf } from './salvage.ts';
import type { SalvagedGrant } from './salvaged-document.ts';

type LettersByService = ReadonlyMap<Service | 'account', ReadonlySet<string>>;

/** Checks that each permission of a grant applies to at least one of its resources. */
export function checkPermissions(
  grant: SalvagedGrant,
  path: Path,
  facts: ReadonlyMap<string, AccountFacts>,
): LocatedFault[] {
  const { permissions } = grant;
  if (permissions === undefined) return [];
  const items = typeof permissions === 'string' ? permissions : itemsOf(permissions).map(([, item]) => item);
  const letters = parseLetters(items);
  if (!letters.ok) return locateFault(path, letters.fault.message);
  const usable = usableLetters(grant, facts);
  if (usable === null) return [];
  const given = typeof items === 'string' ? [...letters.value] : items;
  const useless = given.filter((item) => !isUsable(item, usable));
  const all = new Set([...usable.values()].flatMap((known) => [...known]));
  return locateFault(
    path,
    useless.length === 0
      ? null
      : `has ${useless.join(', ')}, which no resource of this grant supports; supported are ${[...all].join('')}`,
  );
}

/** A name applies to its own service only: for blobs, "process" is not another word for "permissions". */
function isUsable(item: string, usable: LettersByService): boolean {
  return [...usable].some(([what, known]) =>
    [...lettersGranted([item], what)].some((letter) => known.has(letter)),
  );
}

/** Returns the letters that apply to the grant's resources, by service; null if a faulty part hides some. */
function usableLetters(
  grant: SalvagedGrant,
  facts: ReadonlyMap<string, AccountFacts>,
): LettersByService | null {
  const patterns = (grant.resources ?? []).map((source) =>
    source === undefined ? null : compilePattern(source),
  );
  const scopes = (grant.accountSas ?? []).map((scope) => scope?.services);
  if (patterns.length + scopes.length === 0) return null;
  const letters = new Map<Service | 'account', Set<string>>();
  const add = (what: Service | 'account', more: Iterable<string>) =>
    letters.set(what, new Set([...(letters.get(what) ?? []), ...more]));
  for (const pattern of patterns) {
    if (pattern?.ok !== true) return null;
    const { account, service } = pattern.value;
    const hierarchical = facts.get(account)?.hierarchical ?? true;
    for (const scope of scopesOf(pattern.value)) add(service, allowedLetters(service, scope, hierarchical));
  }
  for (const services of scopes) {
    if (services?.includes(undefined) !== false) return null;
    add('account', accountLetters(itemsOf(services).map(([, service]) => service)));
  }
  return letters;
}

/** A single segment names the container or share itself; a longer pattern matches what is in it. */
function scopesOf(pattern: ResourcePattern): readonly PermissionScope[] {
  const isTop = pattern.segments.length === 1 && !pattern.openEnded;
  switch (pattern.service) {
    case 'blob':
      return isTop ? ['container'] : ['blob', 'directory'];
    case 'file':
      return isTop ? ['share'] : ['file'];
    case 'queue':
    case 'table':
      return [pattern.service];
  }
}
