import { endpointOf } from '../azure/clouds.ts';
import { SERVICES } from '../azure/services.ts';
import { type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import { formatDuration } from '../iso-time.ts';
import { checkDurations, checkRange, seconds } from './duration-checks.ts';
import { periodSeconds } from './expiration-period.ts';
import { ROTATION_DEFAULTS } from './limits.ts';
import { itemsOf, memberOr } from './salvage.ts';
import type { SalvagedAccount, SalvagedDocument } from './salvaged-document.ts';
import { checkUnique } from './unique-checks.ts';
import { canonicalUrl, urlFault } from './web-address.ts';

const RESOURCE_ID =
  /^\/subscriptions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/resourceGroups\/[^/]{1,90}\/providers\/Microsoft\.Storage\/storageAccounts\/([^/]+)$/i;

/** Returns the faults of `accounts` beyond its shape. */
export function checkAccounts(document: SalvagedDocument): LocatedFault[] {
  const accounts = itemsOf(document.accounts);
  const names = accounts.map(([index, account]) => [index, account.name] as const);
  // If two accounts shared a secret, each rotation would overwrite the other account's key.
  const secrets = accounts.map(
    ([index, account]) => [index, account.keys?.secretName?.toLowerCase()] as const,
  );
  return [
    ...checkUnique(names, (index) => ['accounts', index, 'name'], 'name'),
    ...checkUnique(secrets, (index) => ['accounts', index, 'keys', 'secretName'], 'secret'),
    ...checkEndpointsDiffer(document),
    ...accounts.flatMap(([index, account]) => checkAccount(account, ['accounts', index])),
  ];
}

function checkAccount(account: SalvagedAccount, path: Path): LocatedFault[] {
  return [
    ...checkResourceId(account, [...path, 'resourceId']),
    ...checkEndpoints(account, [...path, 'endpoints']),
    ...checkSasPolicy(account, [...path, 'sasPolicy', 'sasExpirationPeriod']),
    ...checkRotation(account, [...path, 'rotation']),
  ];
}

function checkResourceId({ resourceId, name }: SalvagedAccount, path: Path): LocatedFault[] {
  if (resourceId === undefined) return [];
  const owner = RESOURCE_ID.exec(resourceId)?.[1];
  if (owner === undefined)
    return locateFault(
      path,
      'must be /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Storage/storageAccounts/<name>',
    );
  const differs = name !== undefined && owner !== name;
  return locateFault(path, differs ? `must end with the name of this account, "${name}"` : null);
}

function checkEndpoints({ endpoints }: SalvagedAccount, path: Path): LocatedFault[] {
  return SERVICES.flatMap((service) => {
    const endpoint = endpoints?.[service];
    return endpoint === undefined ? [] : locateFault([...path, service], urlFault(endpoint));
  });
}

/** A request's URL must identify one account and service. */
function checkEndpointsDiffer(document: SalvagedDocument): LocatedFault[] {
  const cloud = memberOr(document, 'cloud', 'public');
  const owners = new Map<string, string>();
  const faults: LocatedFault[] = [];
  for (const [index, account] of itemsOf(document.accounts)) {
    for (const service of SERVICES) {
      const configured = account.endpoints?.[service];
      if (configured !== undefined && urlFault(configured) !== null) continue;
      if (account.name === undefined || cloud === undefined) continue;
      const endpoint = canonicalUrl(configured ?? endpointOf(account.name, service, cloud));
      const owner = owners.get(endpoint);
      if (owner === undefined) owners.set(endpoint, `${service} endpoint of account "${account.name}"`);
      else if (configured !== undefined)
        faults.push({
          path: ['accounts', index, 'endpoints', service],
          message: `must differ from the ${owner}`,
        });
    }
  }
  return faults;
}

function checkSasPolicy({ sasPolicy }: SalvagedAccount, path: Path): LocatedFault[] {
  const period = sasPolicy?.sasExpirationPeriod;
  const amount = period === undefined ? null : periodSeconds(period);
  return amount === null ? [] : checkRange(amount, 1, path);
}

function checkRotation(account: SalvagedAccount, path: Path): LocatedFault[] {
  const { rotation } = account;
  if (rotation === undefined) return [];
  const hasKeys = Object.hasOwn(account, 'keys');
  const every = seconds(rotation.every);
  const names = ['maxTokenTtl', 'overlap', 'keyCache', 'keyStaleMax', 'settle', 'clockSkew'] as const;
  const parts = names.map((name) => seconds(memberOr(rotation, name, ROTATION_DEFAULTS[name])) ?? NaN);
  const least = 2 * parts.reduce((sum, part) => sum + part, 0);
  const tooOften = every !== undefined && every < least;
  return [
    ...locateFault(
      path,
      hasKeys
        ? null
        : 'needs "keys", because rotation replaces their secret; add "keys" or remove "rotation"',
    ),
    ...checkDurations(rotation, ['every', 'maxTokenTtl', 'keyCache', 'settle'], 1, path),
    ...checkDurations(rotation, ['overlap', 'keyStaleMax', 'clockSkew'], 0, path),
    ...locateFault(
      [...path, 'every'],
      tooOften
        ? `must be at least ${formatDuration(least)} (twice the sum of ${names.join(', ')}), so that one rotation ends before the next begins`
        : null,
    ),
  ];
}
