import { headerOf, statusOf } from '../azure-calls/failure.ts';

/**
 * Azure's code for a wrong signature, and its text for one, which Azurite sends with another code. Other 403 replies say
 * nothing about the key: a firewall sends AuthorizationFailure and "not authorized", and an account that does not allow
 * keys sends KeyBasedAuthenticationNotPermitted.
 */
const WRONG_SIGNATURE = /^AuthenticationFailed$|^Server failed to authenticate the request/;
/** Storage rejects requests whose time is 15 minutes off with the same text as for a wrong key. */
const CLOCKS_APART_MS = 10 * 60_000;

/** Returns true if storage answered that it does not accept the signature, and a wrong clock cannot be the reason. */
export function refusesSignature(error: unknown): boolean {
  if (statusOf(error) !== 403) return false;
  return textsOf(error).some((text) => WRONG_SIGNATURE.test(text)) && clocksAgree(error);
}

/** The client of tables has the code and the message in other places than the other clients. */
function textsOf(error: unknown): string[] {
  const { code, message, details } = (error ?? {}) as {
    code?: unknown;
    message?: unknown;
    details?: { errorCode?: unknown; Message?: unknown; odataError?: { code?: unknown } };
  };
  return [code, message, details?.errorCode, details?.Message, details?.odataError?.code].map(String);
}

/** Compares storage's clock with the system clock, because the SDKs sign with the system clock. */
function clocksAgree(error: unknown): boolean {
  const theirs = Date.parse(headerOf(error, 'date') ?? '');
  return Math.abs(theirs - Date.now()) < CLOCKS_APART_MS;
}
