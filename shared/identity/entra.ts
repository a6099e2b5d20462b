import type { Issuer } from '../config/broker-config.ts';
import { isEntraHost, isWorkforceHost } from '../config/entra-hosts.ts';
import { claimText } from './caller-rules.ts';
import type { Caller } from './caller.ts';

/** True if Microsoft Entra issues these tokens, for workforce or for customer tenants (External ID, Azure AD B2C). */
export function isEntra(issuer: Issuer): boolean {
  return isEntraHost(new URL(issuer.issuer).hostname);
}

/**
 * Returns the Microsoft Entra user that storage knows the caller as, by `oid` and `tid`; null if another provider or a
 * customer tenant issued the token. Never uses `sub`, which differs for each application.
 */
export function entraUser(
  caller: Caller,
  issuers: readonly Issuer[],
): { readonly objectId: string; readonly tenantId: string } | null {
  const issuer = issuers.find(({ id }) => id === caller.issuer);
  const objectId = claimText(caller.claims, 'oid');
  const tenantId = claimText(caller.claims, 'tid');
  if (issuer === undefined || !isWorkforceHost(new URL(issuer.issuer).hostname)) return null;
  if (objectId === null || tenantId === null) return null;
  return { objectId, tenantId };
}
