import type { Fault } from '../broker-error.ts';
import { checkUnique, type Report, type SalvagedDocument } from './check-context.ts';
import { changeableClaimFault } from './claim-checks.ts';
import { formatPath } from '../input/fault-path.ts';
import { itemsOf } from './salvage.ts';
import { isLoopback, urlFault } from './web-address.ts';

const ENTRA_HOSTS: readonly string[] = [
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
  'login.microsoft.com',
  'login.windows.net',
  'sts.windows.net',
];

/** What is wrong with `issuers` beyond their shape. */
export function checkIssuers(document: SalvagedDocument, report: Report): void {
  const issuers = itemsOf(document.issuers);
  const ids = issuers.map(([index, issuer]) => [index, issuer.id] as const);
  checkUnique(ids, (index) => ['issuers', index, 'id'], 'id', report);
  const urls = issuers.map(([index, issuer]) => [index, issuer.issuer] as const);
  checkUnique(urls, (index) => ['issuers', index, 'issuer'], 'issuer', report);
  for (const [index, issuer] of issuers) {
    const fault = issuer.issuer === undefined ? null : issuerFault(issuer.issuer);
    if (fault !== null) report(['issuers', index, 'issuer'], fault);
    const subjectFault = issuer.subject === undefined ? null : changeableClaimFault(issuer.subject);
    if (subjectFault !== null) report(['issuers', index, 'subject'], subjectFault);
  }
}

function issuerFault(text: string): string | null {
  const fault = urlFault(text);
  if (fault !== null) return fault;
  const url = new URL(text);
  // Whoever could change the keys on their way here could sign any token.
  if (url.protocol !== 'https:' && !isLoopback(url)) return 'must be https outside this machine';
  const tenant = url.pathname.split('/')[1]?.toLowerCase() ?? '';
  if (ENTRA_HOSTS.includes(url.hostname) && /^(?:common|organizations|%7b.*)$/.test(tenant))
    return 'must name one tenant: tokens of every tenant in the world would pass; put its id in place of the first segment';
  return null;
}

/** What is legal but rarely meant: the audience of a Microsoft Entra v2.0 token is a client id, never a URI. */
export function issuerWarnings(document: SalvagedDocument): Fault[] {
  return itemsOf(document.issuers).flatMap(([index, issuer]) => {
    const url = issuer.issuer !== undefined && URL.canParse(issuer.issuer) ? new URL(issuer.issuer) : null;
    if (url === null || !ENTRA_HOSTS.includes(url.hostname) || !/\/v2\.0\/?$/.test(url.pathname)) return [];
    return itemsOf(issuer.audiences).flatMap(([at, audience]) =>
      audience.startsWith('api://')
        ? [
            {
              path: formatPath(['issuers', index, 'audiences', at]),
              message:
                "is an api:// URI, but Microsoft Entra's v2.0 tokens carry the API's client id; use that",
            },
          ]
        : [],
    );
  });
}
