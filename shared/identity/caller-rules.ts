import type { CallerRule, Role } from '../config/broker-config.ts';
import { type Claims, claimValue } from '../config/claim-value.ts';
import { compileWildcard, matchesWildcard } from '../config/wildcard.ts';
import type { VerifiedToken } from './caller.ts';

/** The part of a caller that rules match. */
type Identity = Pick<VerifiedToken, 'issuer' | 'claims'>;

/** True if the caller has the rule's issuer, and each claim in the rule matches at least one of its patterns. */
export function matchesCaller(rule: CallerRule, caller: Identity): boolean {
  if (rule.issuer !== caller.issuer) return false;
  return Object.entries(rule.claims).every(([claim, patterns]) => {
    const texts = claimTexts(caller.claims, claim);
    return patterns.some((pattern) => {
      const wildcard = compileWildcard(pattern);
      return texts.some((text) => matchesWildcard(wildcard, text));
    });
  });
}

/** Returns the roles that at least one rule gives the caller. */
export function rolesOf(
  caller: Identity,
  roles: Readonly<Record<Role, readonly CallerRule[]>>,
): ReadonlySet<Role> {
  const held = new Set<Role>();
  for (const [role, rules] of Object.entries(roles) as [Role, readonly CallerRule[]][])
    if (rules.some((rule) => matchesCaller(rule, caller))) held.add(role);
  return held;
}

/** Returns a claim with a single value as text; null if the claim is absent, a list or an object. */
export function claimText(claims: Claims, claim: string): string | null {
  const value = claimValue(claims, claim);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : null;
}

function claimTexts(claims: Claims, claim: string): readonly string[] {
  const value = claimValue(claims, claim);
  // RFC 8693, section 4.2, and Microsoft Entra: the scopes of a token are one string, separated by spaces.
  if (claim === 'scp' && typeof value === 'string') return value.split(' ').filter((scope) => scope !== '');
  if (Array.isArray(value)) return value.filter((element) => typeof element === 'string');
  const text = claimText(claims, claim);
  return text === null ? [] : [text];
}
