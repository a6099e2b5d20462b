import type { Cloud } from '../azure/clouds.ts';

/**
 * The hosts of Microsoft Entra for workforce tenants, as issuers of access tokens name them, each with the clouds whose
 * tenants use it. Clouds that broker.json cannot name (Germany, closed in 2021, and national partners) are left out.
 */
const WORKFORCE_HOSTS: ReadonlyMap<string, readonly Cloud[]> = new Map([
  ['login.microsoftonline.com', ['public']],
  ['login.microsoft.com', ['public']],
  ['login.windows.net', ['public']],
  ['sts.windows.net', ['public', 'usgovernment']],
  ['login.microsoftonline.us', ['usgovernment']],
  ['login-us.microsoftonline.com', ['usgovernment']],
  ['login.usgovcloudapi.net', ['usgovernment']],
  ['login.partner.microsoftonline.cn', ['china']],
  ['login.chinacloudapi.cn', ['china']],
  ['sts.chinacloudapi.cn', ['china']],
  ['login.microsoftonline.de', []],
  ['login.sovcloud-identity.fr', []],
  ['login.sovcloud-identity.de', []],
  ['login.sovcloud-identity.sg', []],
]);

/** Domains with a subdomain per tenant: External ID (`ciamlogin`) and Azure AD B2C (`b2clogin`). */
const CUSTOMER_DOMAINS: readonly string[] = [
  '.ciamlogin.com',
  '.ciamlogin.us',
  '.ciamlogin.cn',
  '.b2clogin.com',
  '.b2clogin.us',
  '.b2clogin.cn',
];

/** True if the host belongs to Microsoft Entra, for workforce or for customer tenants. */
export function isEntraHost(hostname: string): boolean {
  return isWorkforceHost(hostname) || CUSTOMER_DOMAINS.some((domain) => hostname.endsWith(domain));
}

/** True if the host belongs to Microsoft Entra for workforce tenants, whose users Azure Storage knows. */
export function isWorkforceHost(hostname: string): boolean {
  return WORKFORCE_HOSTS.has(hostname);
}

/** Returns the clouds whose workforce tenants use the host; empty if it is unknown or of another cloud. */
export function cloudsOfHost(hostname: string): readonly Cloud[] {
  return WORKFORCE_HOSTS.get(hostname) ?? [];
}
