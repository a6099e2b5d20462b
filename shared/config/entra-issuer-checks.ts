import type { Cloud } from '../azure/clouds.ts';
import { type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import { cloudsOfHost, isWorkforceHost } from './entra-hosts.ts';
import { itemsOf } from './salvage.ts';
import type { SalvagedDocument } from './salvaged-document.ts';

/** An issuer of Microsoft Entra's workforce tenants. Azure AD B2C and External ID write `iss` and `ver` differently. */
interface EntraIssuer {
  readonly host: string;
  /** The first segment of the path, in lower case. */
  readonly tenant: string;
  /** Tokens of version 2.0 have an issuer that ends with `/v2.0`; those of version 1.0 do not. */
  readonly isV2: boolean;
  readonly endsWithSlash: boolean;
}

type RequiredClaims = Readonly<Record<string, string | undefined>>;

const TENANT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Returns why no token of a Microsoft Entra issuer can pass, judged by `issuer` and `require` alone.
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference describes `iss`, `ver` and `tid`.
 */
export function checkEntraIssuer(
  text: string | undefined,
  require: RequiredClaims | undefined,
  path: Path,
): LocatedFault[] {
  const issuer = entraIssuer(text);
  if (issuer === null) return [];
  const { ver, tid } = require ?? {};
  const isOtherTenant =
    tid !== undefined && TENANT_ID.test(issuer.tenant) && tid.toLowerCase() !== issuer.tenant;
  return [
    ...locateFault([...path, 'issuer'], slashFault(issuer)),
    ...locateFault(
      [...path, 'issuer'],
      ver === '2.0' && !issuer.isV2 ? 'must end with /v2.0, because require.ver is "2.0"' : null,
    ),
    ...locateFault(
      [...path, 'require', 'ver'],
      ver !== undefined && ver !== '2.0' && issuer.isV2
        ? 'must be "2.0", because the issuer ends with /v2.0'
        : null,
    ),
    ...locateFault(
      [...path, 'require', 'tid'],
      isOtherTenant ? `must be the tenant of the issuer, "${issuer.tenant}"` : null,
    ),
  ];
}

/** Tokens must have exactly this issuer, so a slash more or less refuses all of them. */
function slashFault({ host, isV2, endsWithSlash }: EntraIssuer): string | null {
  if (isV2 && endsWithSlash)
    return 'must not end with "/", because the issuer of Microsoft Entra\'s v2.0 tokens does not';
  if (!isV2 && !endsWithSlash && host.startsWith('sts.'))
    return 'must end with "/", because the issuer of Microsoft Entra\'s v1.0 tokens does';
  return null;
}

/** Returns what is unusual, but may be meant, in the Microsoft Entra issuers of a document without faults. */
export function entraIssuerWarnings(document: SalvagedDocument): LocatedFault[] {
  const { cloud = 'public' } = document;
  return itemsOf(document.issuers).flatMap(([index, { issuer: text, subject = 'sub' }]) => {
    const issuer = entraIssuer(text);
    if (issuer === null) return [];
    return [
      ...locateFault(['issuers', index, 'issuer'], cloudWarning(issuer.host, cloud)),
      ...locateFault(
        ['issuers', index, 'subject'],
        subject === 'sub'
          ? 'is "sub" (the default), which differs between app registrations, so callers are strangers after the API is registered again; use "oid"'
          : null,
      ),
    ];
  });
}

function cloudWarning(host: string, cloud: Cloud): string | null {
  const clouds = cloudsOfHost(host);
  if (clouds.length === 0 || clouds.includes(cloud)) return null;
  return `is of the cloud ${clouds.join(' or ')}, but "cloud" is ${cloud}; make sure that both are right`;
}

function entraIssuer(text: string | undefined): EntraIssuer | null {
  if (text === undefined || !URL.canParse(text)) return null;
  const { hostname, pathname } = new URL(text);
  if (!isWorkforceHost(hostname)) return null;
  return {
    host: hostname,
    tenant: pathname.split('/')[1]?.toLowerCase() ?? '',
    isV2: /\/v2\.0\/*$/.test(pathname),
    endsWithSlash: pathname.endsWith('/'),
  };
}
