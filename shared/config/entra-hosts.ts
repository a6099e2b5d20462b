/** The hosts of Microsoft Entra in every cloud, as issuers of access tokens name them. */
const ENTRA_HOSTS: ReadonlySet<string> = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
  'login.microsoft.com',
  'login.windows.net',
  'sts.windows.net',
  'sts.chinacloudapi.cn',
]);

/** True if the host belongs to Microsoft Entra. */
export function isEntraHost(hostname: string): boolean {
  return ENTRA_HOSTS.has(hostname);
}
