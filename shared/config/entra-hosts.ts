/** The hosts of Microsoft Entra for workforce tenants in every cloud, as issuers of access tokens name them. */
const WORKFORCE_HOSTS: ReadonlySet<string> = new Set([
  'login.microsoftonline.com',
  'login.microsoft.com',
  'login.windows.net',
  'sts.windows.net',
  // US government
  'login.microsoftonline.us',
  'login-us.microsoftonline.com',
  'login.usgovcloudapi.net',
  // China, operated by 21Vianet
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
  'sts.chinacloudapi.cn',
  // Germany, closed in 2021
  'login.microsoftonline.de',
  // National partner clouds
  'login.sovcloud-identity.fr',
  'login.sovcloud-identity.de',
  'login.sovcloud-identity.sg',
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
