import { suggestion, type Path } from '../input/fault-path.ts';
import type { KnownNames, Report, SalvagedDocument, SalvagedRule } from './check-context.ts';
import { ROLES } from './broker-config.ts';
import { MAX_CLAIMS } from './limits.ts';
import { itemsOf } from './salvage.ts';

/**
 * Claims that people can often change themselves, or that pass from one person to another: nothing may be decided
 * by them.
 */
export const CHANGEABLE_CLAIMS: readonly string[] = [
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

/** Why no decision may rest on `claim`, or null. */
export function changeableClaimFault(claim: string): string | null {
  if (!CHANGEABLE_CLAIMS.includes(claim.toLowerCase())) return null;
  return `must not rest on "${claim}", which its owner can change; use a claim such as oid, sub, roles or groups`;
}

/** Rules in `callers` of a grant and in `roles`. */
export function checkCallers(document: SalvagedDocument, issuers: KnownNames, report: Report): void {
  for (const [index, grant] of itemsOf(document.grants))
    for (const [at, rule] of itemsOf(grant.callers))
      checkRule(rule, ['grants', index, 'callers', at], issuers, report);
  for (const role of ROLES)
    for (const [at, rule] of itemsOf(document.roles?.[role])) {
      const path = ['roles', role, at];
      checkRule(rule, path, issuers, report);
      if (!Object.hasOwn(rule, 'claims') || (rule.claims && Object.keys(rule.claims).length === 0))
        report(
          [...path, 'claims'],
          `must name a claim: without one every caller of the issuer would be ${role}`,
        );
    }
}

function checkRule(rule: SalvagedRule, path: Path, issuers: KnownNames, report: Report): void {
  if (rule.issuer !== undefined && issuers.complete && !issuers.names.has(rule.issuer))
    report(
      [...path, 'issuer'],
      `must be the id of one of "issuers"${suggestion(rule.issuer, issuers.names)}`,
    );
  const claims = Object.keys(rule.claims ?? {});
  if (claims.length > MAX_CLAIMS) report([...path, 'claims'], `must have at most ${MAX_CLAIMS} members`);
  for (const claim of claims) {
    const fault = changeableClaimFault(claim);
    if (fault !== null) report([...path, 'claims', claim], fault);
  }
}
