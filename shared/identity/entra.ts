import type { Issuer } from '../config/broker-config.ts';
import type { Caller } from './caller.ts';
import { claimText } from './caller-rules.ts';

const ENTRA_HOSTS: ReadonlySet<string> = new Set([
  'login.microsoftonline.com',
  'sts.windows.net',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'sts.chinacloudapi.cn',
]);

/** Whether tokens of this issuer are Microsoft Entra's, whose `oid` and `tid` storage knows too. */
export function isEntra(issuer: Issuer): boolean {
  return ENTRA_HOSTS.has(new URL(issuer.issuer).hostname);
}

/**
 * The caller as storage would know them; null where another provider vouches for them. Never from `sub`, which Entra
 * makes anew for each application.
 */
export function entraUser(
  caller: Caller,
  issuers: readonly Issuer[],
): { readonly objectId: string; readonly tenantId: string } | null {
  const issuer = issuers.find(({ id }) => id === caller.issuer);
  const [objectId, tenantId] = [claimText(caller.claims, 'oid'), claimText(caller.claims, 'tid')];
  if (issuer === undefined || !isEntra(issuer) || objectId === null || tenantId === null) return null;
  return { objectId, tenantId };
}
