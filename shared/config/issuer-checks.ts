import { type LocatedFault, locateFault } from '../input/fault-path.ts';
import { changeableClaimFault } from './claim-checks.ts';
import { isEntraHost } from './entra-hosts.ts';
import { checkEntraIssuer, entraIssuerWarnings } from './entra-issuer-checks.ts';
import { itemsOf } from './salvage.ts';
import type { SalvagedDocument } from './salvaged-document.ts';
import { checkUnique } from './unique-checks.ts';
import { secureUrlFault } from './web-address.ts';

/** Returns the faults of `issuers` beyond its shape. */
export function checkIssuers(document: SalvagedDocument): LocatedFault[] {
  const issuers = itemsOf(document.issuers);
  const ids = issuers.map(([index, { id }]) => [index, id] as const);
  const urls = issuers.map(([index, { issuer }]) => [index, issuer] as const);
  return [
    ...checkUnique(ids, (index) => ['issuers', index, 'id'], 'id'),
    ...checkUnique(urls, (index) => ['issuers', index, 'issuer'], 'issuer'),
    ...issuers.flatMap(([index, { issuer, subject, require }]) => [
      ...locateFault(['issuers', index, 'issuer'], issuer === undefined ? null : issuerFault(issuer)),
      ...checkEntraIssuer(issuer, require, ['issuers', index]),
      ...locateFault(
        ['issuers', index, 'subject'],
        subject === undefined ? null : changeableClaimFault(subject),
      ),
    ]),
  ];
}

function issuerFault(text: string): string | null {
  // An attacker who can change the keys in transit can sign any token.
  const fault = secureUrlFault(text);
  if (fault !== null) return fault;
  const url = new URL(text);
  const tenant = url.pathname.split('/')[1]?.toLowerCase() ?? '';
  if (isEntraHost(url.hostname) && /^(?:common|organizations|%7b.*)$/.test(tenant))
    return 'must name one tenant, because tokens of every tenant would pass; use the tenant id as the first path segment';
  return null;
}

/**
 * Returns what may keep an issuer's callers from being accepted or recognised.
 * @param document must have no faults.
 */
export function issuerWarnings(document: SalvagedDocument): LocatedFault[] {
  return [...audienceWarnings(document), ...entraIssuerWarnings(document)];
}

/** The audience of a Microsoft Entra v2.0 token is a client id, never a URI. */
function audienceWarnings(document: SalvagedDocument): LocatedFault[] {
  return itemsOf(document.issuers).flatMap(([index, issuer]) => {
    const url = issuer.issuer !== undefined && URL.canParse(issuer.issuer) ? new URL(issuer.issuer) : null;
    if (url === null || !isEntraHost(url.hostname) || !/\/v2\.0\/?$/.test(url.pathname)) return [];
    return itemsOf(issuer.audiences).flatMap(([at, audience]) =>
      locateFault(
        ['issuers', index, 'audiences', at],
        audience.startsWith('api://')
          ? "is an api:// URI, but Microsoft Entra's v2.0 tokens carry the API's client id; use the client id"
          : null,
      ),
    );
  });
}
