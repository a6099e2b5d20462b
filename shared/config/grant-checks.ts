import { formatDuration } from '../iso-time.ts';
import { ipFault } from '../azure/ip-range.ts';
import { checkDurations, checkUnique, kindsOf, seconds } from './check-context.ts';
import type { AccountFacts, KnownNames, Report, SalvagedDocument, SalvagedGrant } from './check-context.ts';
import type { Path } from '../input/fault-path.ts';
import { checkAccountSas, checkPermissions, checkResources } from './grant-resource-checks.ts';
import { DEFAULT_MAX_TTL } from './limits.ts';
import { given, itemsOf } from './salvage.ts';
import { MAX_USER_DELEGATION_TTL } from '../azure/limits.ts';

/** What `grants` mean beyond their shape and their callers. */
export function checkGrants(
  document: SalvagedDocument,
  accounts: { readonly known: KnownNames; readonly facts: ReadonlyMap<string, AccountFacts> },
  report: Report,
): void {
  const grants = itemsOf(document.grants);
  const ids = grants.map(([index, grant]) => [index, grant.id] as const);
  checkUnique(ids, (index) => ['grants', index, 'id'], 'id', report);
  for (const [index, grant] of grants) {
    const path = ['grants', index];
    checkKinds(grant, path, report);
    checkAgents(grant, path, report);
    checkResources(grant, path, accounts, report);
    checkAccountSas(grant, path, accounts, report);
    checkPermissions(grant, path, accounts.facts, report);
    checkTimes(grant, path, accounts.facts, report);
    checkIp(grant, path, report);
  }
}

/** Kinds and what they are for come together: an account SAS with `accountSas`, the others with `resources`. */
function checkKinds(grant: SalvagedGrant, path: Path, report: Report): void {
  const kinds = kindsOf(grant);
  const resources = given(grant, 'resources', []);
  const scopes = given(grant, 'accountSas', []);
  if (kinds.length === 0 || resources === undefined || scopes === undefined) return;
  const takesAccount = kinds.includes('account');
  const takesOthers = kinds.some((kind) => kind !== 'account');
  if (takesAccount && scopes.length === 0)
    report([...path, 'accountSas'], 'must say what account SAS may cover, since "kinds" has "account"');
  if (!takesAccount && scopes.length > 0)
    report([...path, 'accountSas'], 'needs "account" in "kinds"; add it or leave accountSas out');
  if (takesOthers && resources.length === 0)
    report([...path, 'resources'], 'must name at least one resource');
  if (!takesOthers && resources.length > 0)
    report(
      [...path, 'resources'],
      'needs "user-delegation" or "service" in "kinds"; an account SAS has no resource',
    );
}

function checkAgents(grant: SalvagedGrant, path: Path, report: Report): void {
  const kinds = kindsOf(grant);
  if (itemsOf(grant.agents).length > 0 && kinds.length > 0 && !kinds.includes('user-delegation'))
    report([...path, 'agents'], 'needs "user-delegation" in "kinds": no other SAS names an agent');
}

function checkTimes(
  grant: SalvagedGrant,
  path: Path,
  facts: ReadonlyMap<string, AccountFacts>,
  report: Report,
): void {
  checkDurations(grant, ['defaultTtl', 'maxTtl'], 1, path, report);
  const longest = seconds(given(grant, 'maxTtl', DEFAULT_MAX_TTL));
  if (longest === undefined) return;
  const usual = seconds(grant.defaultTtl);
  if (usual !== undefined && usual > longest)
    report([...path, 'defaultTtl'], `must be at most maxTtl, ${formatDuration(longest)}`);
  const limit = longestOf(grant, facts);
  if (limit !== null && longest > limit.seconds)
    report([...path, 'maxTtl'], `must be at most ${formatDuration(limit.seconds)}: ${limit.reason}`);
}

/** The least of what Azure and the accounts allow to the kinds of a grant, and why. */
function longestOf(
  grant: SalvagedGrant,
  facts: ReadonlyMap<string, AccountFacts>,
): { seconds: number; reason: string } | null {
  const kinds = kindsOf(grant);
  const limits: { seconds: number; reason: string }[] = [];
  if (kinds.includes('user-delegation'))
    limits.push({
      seconds: MAX_USER_DELEGATION_TTL,
      reason: 'a user delegation key lives 7 days, less an hour for its earlier start and renewal',
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

function checkIp(grant: SalvagedGrant, path: Path, report: Report): void {
  if (grant.ip === undefined || ['any', 'caller', 'required'].includes(grant.ip)) return;
  const fault = ipFault(grant.ip);
  if (fault !== null) report([...path, 'ip'], fault.replace('must be ', 'must be any, caller, required, '));
}
