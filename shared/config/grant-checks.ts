import { ipFault } from '../azure/ip-range.ts';
import { MAX_USER_DELEGATION_TTL } from '../azure/limits.ts';
import { type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import { formatDuration } from '../iso-time.ts';
import type { AccountFacts, CheckedAccounts } from './account-facts.ts';
import { checkDurations, seconds } from './duration-checks.ts';
import { checkPermissions } from './grant-permission-checks.ts';
import { checkAccountSas, checkResources } from './grant-resource-checks.ts';
import { DEFAULT_MAX_TTL } from './limits.ts';
import { itemsOf, memberOr } from './salvage.ts';
import { kindsOf, type SalvagedDocument, type SalvagedGrant } from './salvaged-document.ts';
import { checkUnique } from './unique-checks.ts';

/** Returns the faults of `grants` beyond its shape, except those of callers. */
export function checkGrants(document: SalvagedDocument, accounts: CheckedAccounts): LocatedFault[] {
  const grants = itemsOf(document.grants);
  const ids = grants.map(([index, { id }]) => [index, id] as const);
  return [
    ...checkUnique(ids, (index) => ['grants', index, 'id'], 'id'),
    ...grants.flatMap(([index, grant]) => checkGrant(grant, ['grants', index], accounts)),
  ];
}

function checkGrant(grant: SalvagedGrant, path: Path, accounts: CheckedAccounts): LocatedFault[] {
  return [
    ...checkKinds(grant, path),
    ...checkAgents(grant, path),
    ...checkResources(grant, path, accounts),
    ...checkAccountSas(grant, path, accounts),
    ...checkPermissions(grant, [...path, 'permissions'], accounts.facts),
    ...checkTimes(grant, path, accounts.facts),
    ...checkIp(grant, [...path, 'ip']),
  ];
}

/** The kind `account` needs `accountSas`, and the other kinds need `resources`. */
function checkKinds(grant: SalvagedGrant, path: Path): LocatedFault[] {
  const kinds = kindsOf(grant);
  const resources = memberOr(grant, 'resources', []);
  const scopes = memberOr(grant, 'accountSas', []);
  if (kinds.length === 0 || resources === undefined || scopes === undefined) return [];
  const hasAccount = kinds.includes('account');
  const hasOthers = kinds.some((kind) => kind !== 'account');
  return [
    ...locateFault([...path, 'accountSas'], accountSasFault(hasAccount, scopes.length)),
    ...locateFault([...path, 'resources'], resourcesFault(hasOthers, resources.length)),
  ];
}

function accountSasFault(isAllowed: boolean, amount: number): string | null {
  if (isAllowed && amount === 0) return 'must have at least one item, because "kinds" has "account"';
  if (isAllowed || amount === 0) return null;
  return 'needs "account" in "kinds"; add "account" or remove "accountSas"';
}

function resourcesFault(isAllowed: boolean, amount: number): string | null {
  if (isAllowed && amount === 0) return 'must name at least one resource';
  if (isAllowed || amount === 0) return null;
  return 'needs "user-delegation" or "service" in "kinds", because an account SAS has no resource';
}

function checkAgents(grant: SalvagedGrant, path: Path): LocatedFault[] {
  const kinds = kindsOf(grant);
  const isUseless =
    itemsOf(grant.agents).length > 0 && kinds.length > 0 && !kinds.includes('user-delegation');
  return locateFault(
    [...path, 'agents'],
    isUseless ? 'needs "user-delegation" in "kinds", because no other SAS can name an agent' : null,
  );
}

function checkTimes(
  grant: SalvagedGrant,
  path: Path,
  facts: ReadonlyMap<string, AccountFacts>,
): LocatedFault[] {
  const durations = [
    ...checkDurations(grant, ['defaultTtl', 'maxTtl'], 1, path),
    ...checkDurations(grant, ['maxAhead'], 0, path),
  ];
  const longest = seconds(memberOr(grant, 'maxTtl', DEFAULT_MAX_TTL));
  if (longest === undefined) return durations;
  const usual = seconds(grant.defaultTtl);
  const limit = longestLife(grant, facts);
  return [
    ...durations,
    ...locateFault(
      [...path, 'defaultTtl'],
      usual !== undefined && usual > longest ? `must be at most maxTtl, ${formatDuration(longest)}` : null,
    ),
    ...locateFault(
      [...path, 'maxTtl'],
      limit !== null && longest > limit.seconds
        ? `must be at most ${formatDuration(limit.seconds)}: ${limit.reason}`
        : null,
    ),
  ];
}

/** Returns the longest life that Azure and the accounts allow for the grant's kinds, and the reason. */
function longestLife(
  grant: SalvagedGrant,
  facts: ReadonlyMap<string, AccountFacts>,
): { seconds: number; reason: string } | null {
  const kinds = kindsOf(grant);
  const limits: { seconds: number; reason: string }[] = [];
  if (kinds.includes('user-delegation'))
    limits.push({
      seconds: MAX_USER_DELEGATION_TTL,
      reason: 'a user delegation key lives 7 days, minus an hour for its earlier start and its renewal',
    });
  for (const name of kinds.some((kind) => kind !== 'user-delegation') ? accountsOf(grant) : []) {
    const account = facts.get(name);
    if (account?.hasKeys === true && account.maxTokenTtl !== undefined)
      limits.push({ seconds: account.maxTokenTtl, reason: `the maxTokenTtl of account "${name}"` });
  }
  return limits.sort((left, right) => left.seconds - right.seconds)[0] ?? null;
}

function accountsOf(grant: SalvagedGrant): Set<string> {
  const resources = itemsOf(grant.resources).map(([, source]) => source.split('/')[0] ?? '');
  const scopes = itemsOf(grant.accountSas).flatMap(([, scope]) => scope.account ?? []);
  return new Set([...resources, ...scopes]);
}

function checkIp({ ip }: SalvagedGrant, path: Path): LocatedFault[] {
  if (ip === undefined || ['any', 'caller', 'required'].includes(ip)) return [];
  return locateFault(path, ipFault(ip, 'any, caller, required'));
}
