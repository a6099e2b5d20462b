import { type LocatedFault, locateFault } from '../input/fault-path.ts';
import type { KnownNames } from './account-facts.ts';
import { issuerIdFault } from './claim-checks.ts';
import type { SalvagedDocument } from './salvaged-document.ts';
import { secureUrlFault } from './web-address.ts';

const ENDPOINTS = ['authorizationEndpoint', 'tokenEndpoint', 'endSessionEndpoint'] as const;

/** Returns the faults of `console` beyond its shape. */
export function checkConsole({ console: member }: SalvagedDocument, issuers: KnownNames): LocatedFault[] {
  if (member === undefined) return [];
  return [
    ...locateFault(['console', 'issuer'], issuerIdFault(member.issuer, issuers)),
    ...locateFault(['console', 'scope'], scopeFault(member.scope)),
    ...ENDPOINTS.flatMap((name) => {
      const endpoint = member[name];
      return locateFault(['console', name], endpoint === undefined ? null : secureUrlFault(endpoint));
    }),
  ];
}

/** Without `openid` the issuer returns no ID token, and the console needs one to know that the answer is its own. */
function scopeFault(scope: string | undefined): string | null {
  return scope === undefined || scope.split(' ').includes('openid') ? null : 'must include openid';
}
