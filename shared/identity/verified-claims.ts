import { createHash } from 'node:crypto';
import type { Issuer } from '../config/broker-config.ts';
import { type Claims, claimValue } from '../config/claim-value.ts';
import { looksSecret, redactSecrets } from '../input/secret-text-rule.ts';
import { claimText } from './caller-rules.ts';
import type { VerifiedToken } from './caller.ts';
import { isEntra } from './entra.ts';
import { unauthenticated } from './unauthenticated.ts';

/** How far the broker's clock may differ from the provider's, in seconds. */
export const CLOCK_TOLERANCE = 60;

const MAX_SUBJECT = 256;
const MAX_NAME = 256;
const NAME_CLAIMS = ['name', 'preferred_username', 'upn', 'email', 'app_displayname'];

/**
 * Checks the claims of a token whose signature, issuer, audience and lifetime are already verified.
 * @throws BrokerError `unauthenticated`.
 */
export function checkClaims(claims: Claims, issuer: Issuer, now: Date): VerifiedToken {
  if (typeof claims['iat'] === 'number' && claims['iat'] > epochSeconds(now) + CLOCK_TOLERANCE)
    throw unauthenticated('iat');
  for (const [claim, value] of Object.entries(issuer.require))
    if (claimText(claims, claim) !== value) throw unauthenticated(`require ${claim}`);
  // Entra signs ID tokens with the same keys and audience. Only an access token has a permission.
  if (isEntra(issuer) && !hasText(claims, 'scp') && !hasText(claims, 'roles'))
    throw unauthenticated('neither scp nor roles');
  return Object.freeze({
    issuer: issuer.id,
    subject: subjectOf(claims, issuer.subject),
    name: nameOf(claims),
    claims: Object.freeze(claims),
  });
}

/** Returns the whole seconds since 1970, as in a JWT. */
export function epochSeconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

function hasText(claims: Claims, claim: string): boolean {
  const value = claimValue(claims, claim);
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return texts.some((text) => typeof text === 'string' && text.trim() !== '');
}

function subjectOf(claims: Claims, claim: string): string {
  const subject = claimValue(claims, claim);
  if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT)
    throw unauthenticated('subject');
  // The audit table cannot store lone surrogates unchanged.
  if (/[\p{Cc}\p{Cs}]/u.test(subject)) throw unauthenticated('subject');
  return looksSecret(subject) ? redactedSubject(subject) : subject;
}

/** Rows, events and logs keep the subject. With a digest, redacted subjects stay as distinct as the claims. */
function redactedSubject(subject: string): string {
  const digest = createHash('sha256').update(subject).digest('hex').slice(0, 32);
  return `${redactSecrets(subject)} ${digest}`;
}

function nameOf(claims: Claims): string | null {
  for (const claim of NAME_CLAIMS) {
    const value = claimValue(claims, claim);
    if (typeof value !== 'string') continue;
    // With format characters, one name could look like another in the audit table.
    const shown = redactSecrets(value.replace(/\p{C}/gu, '').trim());
    const name = Array.from(shown).slice(0, MAX_NAME).join('');
    if (name !== '') return name;
  }
  return null;
}
