import type { Issuer } from '../config/broker-config.ts';
import type { VerifiedToken } from './caller.ts';
import { claimText } from './caller-rules.ts';
import { isEntra } from './entra.ts';
import { unauthenticated } from './unauthenticated.ts';

/** How far clocks may differ from the provider's, in seconds. */
export const CLOCK_TOLERANCE = 60;

const MAX_SUBJECT = 256;
const MAX_NAME = 256;
const NAME_CLAIMS = ['name', 'preferred_username', 'upn', 'email', 'app_displayname'];

/**
 * What a signed token must still say beyond signature, issuer, audience and lifetime.
 * @throws BrokerError `unauthenticated`.
 */
export function verifiedToken(
  claims: Readonly<Record<string, unknown>>,
  issuer: Issuer,
  now: Date,
): VerifiedToken {
  if (typeof claims['iat'] === 'number' && claims['iat'] > epochSeconds(now) + CLOCK_TOLERANCE)
    throw unauthenticated('iat');
  for (const [claim, value] of Object.entries(issuer.require))
    if (claimText(claims, claim) !== value) throw unauthenticated(`require ${claim}`);
  // Entra signs ID tokens with the same keys and audience; only an access token carries a permission.
  if (isEntra(issuer) && !hasText(claims, 'scp') && !hasText(claims, 'roles'))
    throw unauthenticated('neither scp nor roles');
  return Object.freeze({
    issuer: issuer.id,
    subject: subjectOf(claims, issuer.subject),
    name: nameOf(claims),
    claims: Object.freeze(claims),
  });
}

/** Whole seconds since 1970, as JWTs count. */
export function epochSeconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

function hasText(claims: Readonly<Record<string, unknown>>, claim: string): boolean {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return texts.some((text) => typeof text === 'string' && text.trim() !== '');
}

function subjectOf(claims: Readonly<Record<string, unknown>>, claim: string): string {
  const subject = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT)
    throw unauthenticated('subject');
  // Lone surrogates too: they cannot be written to the audit table as they are.
  if (/[\p{Cc}\p{Cs}]/u.test(subject)) throw unauthenticated('subject');
  return subject;
}

function nameOf(claims: Readonly<Record<string, unknown>>): string | null {
  for (const claim of NAME_CLAIMS) {
    const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    if (typeof value !== 'string') continue;
    // Format characters could make one name look like another in the audit table.
    const name = Array.from(value.replace(/\p{C}/gu, '').trim()).slice(0, MAX_NAME).join('');
    if (name !== '') return name;
  }
  return null;
}
