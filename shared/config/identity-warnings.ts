import { type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import { type Role, ROLES } from './broker-config.ts';
import { isEntraHost } from './entra-hosts.ts';
import { claimsOf, compilePattern, type ResourcePattern } from './resource-pattern.ts';
import { itemsOf } from './salvage.ts';
import type { SalvagedDocument, SalvagedRule } from './salvaged-document.ts';

/** Claims that usually, but not always, belong to one person for life. */
const DOUBTFUL_CLAIMS: readonly string[] = ['emails', 'login_hint'];

/** The tenant of personal Microsoft accounts, by name and by id. */
const CONSUMER_TENANTS: readonly string[] = ['consumers', '9188040d-6c67-4c5b-b112-36a304b66dad'];

const NOBODY_MAY: Readonly<Record<Role, string>> = {
  auditor: 'nobody can read the audit records of others',
  operator: 'nobody can order a rotation or revoke a token',
};

/**
 * Returns what may let in more callers, or fewer, than its author meant. These are warnings, not faults: each has rare
 * good uses.
 * @param document must have no faults.
 */
export function identityWarnings(document: SalvagedDocument): LocatedFault[] {
  const grants = itemsOf(document.grants);
  return [
    ...itemsOf(document.issuers).flatMap(([index, { issuer, subject }]) => [
      ...locateFault(['issuers', index, 'issuer'], consumersWarning(issuer ?? '')),
      ...locateFault(['issuers', index, 'subject'], doubtfulClaim(subject ?? 'sub')),
    ]),
    ...grants.flatMap(([index, grant]) =>
      itemsOf(grant.callers).flatMap(([at, rule]) => [
        ...ruleWarnings(rule, ['grants', index, 'callers', at]),
        ...locateFault(['grants', index, 'callers', at], everyCallerWarning(rule)),
      ]),
    ),
    ...grants.flatMap(([index, grant]) =>
      itemsOf(grant.resources).flatMap(([at, source]) =>
        patternWarnings(source, ['grants', index, 'resources', at]),
      ),
    ),
    ...ROLES.flatMap((role) => locateFault(['roles'], missingRoleWarning(document, role))),
    ...ROLES.flatMap((role) =>
      itemsOf(document.roles?.[role]).flatMap(([at, rule]) => [
        ...ruleWarnings(rule, ['roles', role, at]),
        ...openRoleWarnings(rule, ['roles', role, at], role),
      ]),
    ),
  ];
}

function consumersWarning(issuer: string): string | null {
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  const tenant = url?.pathname.split('/')[1]?.toLowerCase() ?? '';
  return url !== null && isEntraHost(url.hostname) && CONSUMER_TENANTS.includes(tenant)
    ? 'is the tenant of personal Microsoft accounts, which anyone can create; name the tenant of your organisation'
    : null;
}

function everyCallerWarning({ claims = {} }: SalvagedRule): string | null {
  if (Object.keys(claims).length > 0) return null;
  return 'has no claims, so every caller of the issuer matches; name a claim such as roles, or "oid": "*" if everyone is meant';
}

/** An empty list is a decision. */
function missingRoleWarning({ roles = {} }: SalvagedDocument, role: Role): string | null {
  if (Object.hasOwn(roles, role)) return null;
  return `has no "${role}", so ${NOBODY_MAY[role]}; name callers, or set it to [] if that is meant`;
}

function doubtfulClaim(claim: string): string | null {
  return DOUBTFUL_CLAIMS.includes(claim.toLowerCase())
    ? `uses the claim "${claim}", which can change or pass to another user; use a claim such as oid, sub, roles or groups`
    : null;
}

function ruleWarnings(rule: SalvagedRule, path: Path): LocatedFault[] {
  return Object.entries(rule.claims ?? {}).flatMap(([claim, patterns]) => [
    ...locateFault([...path, 'claims', claim], doubtfulClaim(claim)),
    ...locateFault(
      [...path, 'claims', claim],
      claim === 'scp' && textsOf(patterns).some((pattern) => pattern.includes(' '))
        ? 'has a pattern with a space, which never matches: scp is compared scope by scope; list the scopes'
        : null,
    ),
  ]);
}

/** The pattern `*` only requires that a token has the claim. */
function openRoleWarnings(rule: SalvagedRule, path: Path, role: string): LocatedFault[] {
  return Object.entries(rule.claims ?? {}).flatMap(([claim, patterns]) =>
    locateFault(
      [...path, 'claims', claim],
      textsOf(patterns).some((pattern) => /^\*+$/.test(pattern))
        ? `accepts any value of ${claim} for the role ${role}; name the values`
        : null,
    ),
  );
}

function patternWarnings(source: string, path: Path): LocatedFault[] {
  const pattern = compilePattern(source);
  if (!pattern.ok) return [];
  return [
    ...[...new Set(claimsOf(pattern.value))].flatMap((claim) => locateFault(path, doubtfulClaim(claim))),
    ...locateFault(
      path,
      hasOpenClaim(pattern.value)
        ? 'has a claim and "*" in one segment, so it also matches names with the longer claims of other callers; separate the two with "/"'
        : null,
    ),
  ];
}

function hasOpenClaim({ segments }: ResourcePattern): boolean {
  return segments.some(
    (segment) => segment.some(({ kind }) => kind === 'claim') && segment.some(({ kind }) => kind === 'any'),
  );
}

function textsOf(patterns: string | readonly (string | undefined)[] | undefined): string[] {
  return [patterns].flat().filter((pattern) => pattern !== undefined);
}
