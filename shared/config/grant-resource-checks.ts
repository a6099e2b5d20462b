import type { Service } from '../azure/services.ts';
import { type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import { suggestion } from '../input/suggestion.ts';
import type { CheckedAccounts, KnownNames } from './account-facts.ts';
import { changeableClaimFault } from './claim-checks.ts';
import { claimsOf, compilePattern, type ResourcePattern } from './resource-pattern.ts';
import { itemsOf } from './salvage.ts';
import { kindsOf, type SalvagedGrant } from './salvaged-document.ts';

/** How many segments a pattern may have below account and service. Blobs and files have no limit. */
const DEEPEST: Readonly<Partial<Record<Service, { segments: number; message: string }>>> = {
  queue: { segments: 1, message: 'must end with the queue, because a queue contains no other resource' },
  table: { segments: 2, message: 'must end with the table or one partition key' },
};

/** Checks that each pattern compiles, can match, and names an account that can serve the grant's kinds. */
export function checkResources(grant: SalvagedGrant, path: Path, accounts: CheckedAccounts): LocatedFault[] {
  return itemsOf(grant.resources).flatMap(([index, source]) => {
    const at = [...path, 'resources', index];
    const pattern = compilePattern(source);
    if (!pattern.ok) return locateFault(at, pattern.fault.message);
    return checkPattern(grant, pattern.value, at, accounts);
  });
}

function checkPattern(
  grant: SalvagedGrant,
  pattern: ResourcePattern,
  at: Path,
  accounts: CheckedAccounts,
): LocatedFault[] {
  const deepest = DEEPEST[pattern.service];
  const depth = pattern.segments.length + (pattern.openEnded ? 1 : 0);
  const kinds = kindsOf(grant);
  const needsKeys = kinds.includes('service') && !kinds.includes('user-delegation');
  const remedy = 'service SAS only; add "user-delegation" to "kinds"';
  return [
    ...locateFault(at, deepest && depth > deepest.segments ? deepest.message : null),
    ...[...new Set(claimsOf(pattern))].flatMap((claim) => locateFault(at, changeableClaimFault(claim))),
    ...checkAccountName(pattern.account, at, accounts.known),
    ...(needsKeys ? checkHasKeys(pattern.account, at, accounts, remedy) : []),
  ];
}

/** Checks that each scope of `accountSas` names an account with keys, which sign an account SAS. */
export function checkAccountSas(grant: SalvagedGrant, path: Path, accounts: CheckedAccounts): LocatedFault[] {
  return itemsOf(grant.accountSas).flatMap(([index, { account }]) => {
    if (account === undefined) return [];
    const at = [...path, 'accountSas', index, 'account'];
    return [
      ...checkAccountName(account, at, accounts.known),
      ...checkHasKeys(account, at, accounts, 'an account SAS; remove this item'),
    ];
  });
}

function checkAccountName(name: string, at: Path, known: KnownNames): LocatedFault[] {
  if (!known.complete || known.names.has(name)) return [];
  return locateFault(at, `must name one of "accounts", not "${name}"${suggestion(name, known.names)}`);
}

function checkHasKeys(name: string, at: Path, accounts: CheckedAccounts, purpose: string): LocatedFault[] {
  if (accounts.facts.get(name)?.hasKeys !== false) return [];
  return locateFault(
    at,
    `account "${name}" has no "keys", but this grant allows ${purpose}, or add "keys" to the account`,
  );
}
