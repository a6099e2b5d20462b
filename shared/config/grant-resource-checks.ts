import type { PermissionScope } from '../azure/resources.ts';
import { claimsOf, compilePattern, type ResourcePattern } from './resource-pattern.ts';
import { accountLetters, allowedLetters, lettersGranted, lettersOf } from '../azure/permissions.ts';
import {
  kindsOf,
  type AccountFacts,
  type KnownNames,
  type Report,
  type SalvagedGrant,
} from './check-context.ts';
import { changeableClaimFault } from './claim-checks.ts';
import { suggestion, type Path } from '../input/fault-path.ts';
import { itemsOf } from './salvage.ts';
import type { Service } from '../azure/services.ts';

interface Accounts {
  readonly known: KnownNames;
  readonly facts: ReadonlyMap<string, AccountFacts>;
}

/** The deepest that names go below account and service; blobs and files go on. */
const DEEPEST: Readonly<Partial<Record<Service, { segments: number; message: string }>>> = {
  queue: { segments: 1, message: 'must end with the queue: there is nothing below one' },
  table: { segments: 2, message: 'must end with the table or one partition key' },
};

/** Each pattern of a grant: that it compiles, can match, and names an account that can serve the grant's kinds. */
export function checkResources(grant: SalvagedGrant, path: Path, accounts: Accounts, report: Report): void {
  for (const [index, source] of itemsOf(grant.resources)) {
    const at = [...path, 'resources', index];
    const pattern = compilePattern(source);
    if (typeof pattern === 'string') {
      report(at, pattern);
      continue;
    }
    const deepest = DEEPEST[pattern.service];
    if (deepest && pattern.segments.length + (pattern.openEnded ? 1 : 0) > deepest.segments)
      report(at, deepest.message);
    for (const claim of new Set(claimsOf(pattern))) {
      const fault = changeableClaimFault(claim);
      if (fault !== null) report(at, fault);
    }
    checkAccountName(pattern.account, at, accounts.known, report);
    const kinds = kindsOf(grant);
    if (kinds.includes('service') && !kinds.includes('user-delegation'))
      checkHasKeys(
        pattern.account,
        at,
        accounts,
        'service SAS only; add "user-delegation" to "kinds"',
        report,
      );
  }
}

/** Each scope of `accountSas`: an account SAS is signed with the account's key. */
export function checkAccountSas(grant: SalvagedGrant, path: Path, accounts: Accounts, report: Report): void {
  for (const [index, scope] of itemsOf(grant.accountSas)) {
    if (scope.account === undefined) continue;
    const at = [...path, 'accountSas', index, 'account'];
    checkAccountName(scope.account, at, accounts.known, report);
    checkHasKeys(scope.account, at, accounts, 'account SAS; leave it out', report);
  }
}

function checkAccountName(name: string, at: Path, known: KnownNames, report: Report): void {
  if (known.complete && !known.names.has(name))
    report(at, `must name one of "accounts", not "${name}"${suggestion(name, known.names)}`);
}

function checkHasKeys(name: string, at: Path, accounts: Accounts, purpose: string, report: Report): void {
  if (accounts.facts.get(name)?.hasKeys === false)
    report(
      at,
      `account "${name}" has no "keys", and this grant gives ${purpose}, or give the account "keys"`,
    );
}

/** A letter that nothing in the grant has would be a promise that no token can keep. */
export function checkPermissions(
  grant: SalvagedGrant,
  path: Path,
  facts: ReadonlyMap<string, AccountFacts>,
  report: Report,
): void {
  if (grant.permissions === undefined) return;
  const at = [...path, 'permissions'];
  const { permissions } = grant;
  const items = typeof permissions === 'string' ? permissions : itemsOf(permissions).map(([, item]) => item);
  const letters = lettersOf(items);
  if (typeof letters === 'string') {
    report(at, letters);
    return;
  }
  const takes = lettersOfResources(grant, facts);
  if (takes === null) return;
  // A name is of a service: "process" beside blobs alone is no "permissions".
  const isTaken = (item: string) =>
    [...takes].some(([what, known]) => [...lettersGranted([item], what)].some((letter) => known.has(letter)));
  const idle = typeof items === 'string' ? [...letters] : items;
  const untaken = idle.filter((item) => !isTaken(item));
  const all = new Set([...takes.values()].flatMap((known) => [...known]));
  if (untaken.length > 0)
    report(at, `has ${untaken.join(', ')}, which nothing in this grant takes; it takes ${[...all].join('')}`);
}

/** The letters of all a grant names, by service; null where a faulty part hides some. */
function lettersOfResources(
  grant: SalvagedGrant,
  facts: ReadonlyMap<string, AccountFacts>,
): Map<Service | 'account', Set<string>> | null {
  const patterns = (grant.resources ?? []).map((source) =>
    source === undefined ? 'faulty' : compilePattern(source),
  );
  const scopes = (grant.accountSas ?? []).map((scope) => scope?.services);
  if (patterns.length + scopes.length === 0) return null;
  const letters = new Map<Service | 'account', Set<string>>();
  const add = (what: Service | 'account', more: Iterable<string>) =>
    letters.set(what, new Set([...(letters.get(what) ?? []), ...more]));
  for (const pattern of patterns) {
    if (typeof pattern === 'string') return null;
    const hierarchical = facts.get(pattern.account)?.hierarchical ?? true;
    for (const scope of scopesOf(pattern))
      add(pattern.service, allowedLetters(pattern.service, scope, hierarchical));
  }
  for (const services of scopes) {
    if (services?.includes(undefined) !== false) return null;
    add('account', accountLetters(itemsOf(services).map(([, service]) => service)));
  }
  return letters;
}

/** What a pattern can match: a container's name alone is the container, anything longer lies in it. */
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
