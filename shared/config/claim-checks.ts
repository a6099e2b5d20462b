import { type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import { suggestion } from '../input/suggestion.ts';
import type { KnownNames } from './account-facts.ts';
import { type Role, ROLES } from './broker-config.ts';
import { MAX_CLAIMS } from './limits.ts';
import { itemsOf } from './salvage.ts';
import type { SalvagedDocument, SalvagedRule } from './salvaged-document.ts';

/**
 * Claims that users can often change themselves, or that can pass from one user to another. No decision may depend on
 * them.
 */
const CHANGEABLE_CLAIMS: readonly string[] = [
  'name',
  'preferred_username',
  'email',
  'upn',
  'unique_name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'profile',
  'picture',
  'website',
  'phone_number',
  'address',
  'verified_primary_email',
  'verified_secondary_email',
];

/** Returns why no decision may depend on `claim`, or null. */
export function changeableClaimFault(claim: string): string | null {
  if (!CHANGEABLE_CLAIMS.includes(claim.toLowerCase())) return null;
  return `must not use the claim "${claim}", because users can change it; use a claim such as oid, sub, roles or groups`;
}

/** Returns the faults of the rules in `callers` of grants and in `roles`. */
export function checkCallers(document: SalvagedDocument, issuers: KnownNames): LocatedFault[] {
  const callers = itemsOf(document.grants).flatMap(([index, grant]) =>
    itemsOf(grant.callers).flatMap(([at, rule]) =>
      checkRule(rule, ['grants', index, 'callers', at], issuers),
    ),
  );
  const roles = ROLES.flatMap((role) =>
    itemsOf(document.roles?.[role]).flatMap(([at, rule]) => checkRoleRule(rule, role, at, issuers)),
  );
  return [...callers, ...roles];
}

function checkRoleRule(rule: SalvagedRule, role: Role, index: number, issuers: KnownNames): LocatedFault[] {
  const path = ['roles', role, index];
  const hasNoClaims =
    !Object.hasOwn(rule, 'claims') || (rule.claims && Object.keys(rule.claims).length === 0);
  return [
    ...checkRule(rule, path, issuers),
    ...locateFault(
      [...path, 'claims'],
      hasNoClaims
        ? `must have at least one claim; otherwise, every caller of the issuer would have the role ${role}`
        : null,
    ),
  ];
}

/** Returns why `id` cannot name an issuer, or null; null as well if a fault hides an issuer's id. */
export function issuerIdFault(id: string | undefined, { names, complete }: KnownNames): string | null {
  if (id === undefined || !complete || names.has(id)) return null;
  return `must be the id of one of "issuers"${suggestion(id, names)}`;
}

function checkRule(rule: SalvagedRule, path: Path, issuers: KnownNames): LocatedFault[] {
  const claims = Object.keys(rule.claims ?? {});
  return [
    ...locateFault([...path, 'issuer'], issuerIdFault(rule.issuer, issuers)),
    ...locateFault(
      [...path, 'claims'],
      claims.length > MAX_CLAIMS ? `must have at most ${MAX_CLAIMS} members` : null,
    ),
    ...claims.flatMap((claim) => locateFault([...path, 'claims', claim], changeableClaimFault(claim))),
  ];
}
