import type { CallerRule, Role } from '../config/broker-config.ts';
import type { VerifiedToken } from './caller.ts';
import { matchesPieces, piecesOf } from '../config/wildcard.ts';

/** The part of a caller that rules look at. */
type Identity = Pick<VerifiedToken, 'issuer' | 'claims'>;

/** Whether the caller comes from the rule's issuer and every claim the rule names matches one of its patterns. */
export function matchesCaller(rule: CallerRule, caller: Identity): boolean {
  if (rule.issuer !== caller.issuer) return false;
  return Object.entries(rule.claims).every(([claim, patterns]) => {
    const texts = claimTexts(caller.claims, claim);
    return patterns.some((pattern) => {
      const pieces = piecesOf(pattern);
      return texts.some((text) => matchesPieces(pieces, text));
    });
  });
}

/** The roles that at least one rule gives the caller. */
export function rolesOf(
  caller: Identity,
  roles: Readonly<Record<Role, readonly CallerRule[]>>,
): ReadonlySet<Role> {
  const held = new Set<Role>();
  for (const [role, rules] of Object.entries(roles) as [Role, readonly CallerRule[]][])
    if (rules.some((rule) => matchesCaller(rule, caller))) held.add(role);
  return held;
}

/** A claim that is one value, as text; null where it is absent or a structure. */
export function claimText(claims: Readonly<Record<string, unknown>>, claim: string): string | null {
  // Own members only: a rule on `constructor` must not match what every object inherits.
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : null;
}

function claimTexts(claims: Readonly<Record<string, unknown>>, claim: string): readonly string[] {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (Array.isArray(value)) return value.filter((element) => typeof element === 'string');
  const text = claimText(claims, claim);
  return text === null ? [] : [text];
}
