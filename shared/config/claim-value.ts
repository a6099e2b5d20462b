/** Verified claims of an access token, by name. */
export type Claims = Readonly<Record<string, unknown>>;

/** Returns a claim's value, or undefined. Ignores inherited members, such as `constructor`. */
export function claimValue(claims: Claims, claim: string): unknown {
  return Object.hasOwn(claims, claim) ? claims[claim] : undefined;
}
