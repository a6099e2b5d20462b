import { formatDuration } from '../iso-time.ts';
import type { Path } from '../input/fault-path.ts';
import { checkDurations, checkUnique, seconds } from './check-context.ts';
import type { Report, SalvagedAccount, SalvagedDocument } from './check-context.ts';
import { endpointOf } from '../azure/clouds.ts';
import { periodSeconds } from './expiration-period.ts';
import { MAX_SECONDS, ROTATION_DEFAULTS } from './limits.ts';
import { given, itemsOf } from './salvage.ts';
import { canonicalUrl, urlFault } from './web-address.ts';
import { SERVICES } from '../azure/services.ts';

const RESOURCE_ID =
  /^\/subscriptions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/resourceGroups\/[^/]{1,90}\/providers\/Microsoft\.Storage\/storageAccounts\/([^/]+)$/i;

/** What the members of `accounts` mean to each other. */
export function checkAccounts(document: SalvagedDocument, report: Report): void {
  const accounts = itemsOf(document.accounts);
  const names = accounts.map(([index, account]) => [index, account.name] as const);
  checkUnique(names, (index) => ['accounts', index, 'name'], 'name', report);
  // Two accounts behind one secret would overwrite each other's key at every rotation.
  const secrets = accounts.map(
    ([index, account]) => [index, account.keys?.secretName?.toLowerCase()] as const,
  );
  checkUnique(secrets, (index) => ['accounts', index, 'keys', 'secretName'], 'secret', report);
  checkEndpointsDiffer(document, report);
  for (const [index, account] of accounts) {
    const path = ['accounts', index];
    checkResourceId(account, path, report);
    checkEndpoints(account, path, report);
    checkSasPolicy(account, path, report);
    checkRotation(account, path, report);
  }
}

function checkResourceId(account: SalvagedAccount, path: Path, report: Report): void {
  if (account.resourceId === undefined) return;
  const named = RESOURCE_ID.exec(account.resourceId)?.[1];
  if (named === undefined)
    report(
      [...path, 'resourceId'],
      'must be /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Storage/storageAccounts/<name>',
    );
  else if (account.name !== undefined && named !== account.name)
    report([...path, 'resourceId'], `must end with the account's own name, "${account.name}"`);
}

function checkEndpoints(account: SalvagedAccount, path: Path, report: Report): void {
  for (const service of SERVICES) {
    const endpoint = account.endpoints?.[service];
    const fault = endpoint === undefined ? null : urlFault(endpoint);
    if (fault !== null) report([...path, 'endpoints', service], fault);
  }
}

/** A request's URL must lead to one account and service. */
function checkEndpointsDiffer(document: SalvagedDocument, report: Report): void {
  const cloud = given(document, 'cloud', 'public');
  const owners = new Map<string, string>();
  for (const [index, account] of itemsOf(document.accounts)) {
    for (const service of SERVICES) {
      const configured = account.endpoints?.[service];
      if (configured !== undefined && urlFault(configured) !== null) continue;
      if (account.name === undefined || cloud === undefined) continue;
      const endpoint = canonicalUrl(configured ?? endpointOf(account.name, service, cloud));
      const owner = owners.get(endpoint);
      if (owner === undefined) owners.set(endpoint, `${account.name}'s ${service}`);
      else if (configured !== undefined)
        report(['accounts', index, 'endpoints', service], `must not be ${owner} endpoint as well`);
    }
  }
}

function checkSasPolicy({ sasPolicy }: SalvagedAccount, path: Path, report: Report): void {
  const period = sasPolicy?.sasExpirationPeriod;
  const amount = period === undefined ? null : periodSeconds(period);
  const at = [...path, 'sasPolicy', 'sasExpirationPeriod'];
  if (amount === 0) report(at, 'must be at least PT1S');
  if (amount !== null && amount > MAX_SECONDS) report(at, `must be at most ${formatDuration(MAX_SECONDS)}`);
}

function checkRotation(account: SalvagedAccount, path: Path, report: Report): void {
  const { rotation } = account;
  if (rotation === undefined) return;
  const at = [...path, 'rotation'];
  if (!Object.hasOwn(account, 'keys'))
    report(at, 'needs "keys": without a secret there is nothing to rotate; add it or leave rotation out');
  checkDurations(rotation, ['every', 'maxTokenTtl', 'keyCache', 'settle'], 1, at, report);
  checkDurations(rotation, ['overlap', 'keyStaleMax', 'clockSkew'], 0, at, report);
  const every = seconds(rotation.every);
  const names = ['maxTokenTtl', 'overlap', 'keyCache', 'keyStaleMax', 'settle', 'clockSkew'] as const;
  const parts = names.map((name) => seconds(given(rotation, name, ROTATION_DEFAULTS[name])) ?? NaN);
  const least = 2 * parts.reduce((sum, part) => sum + part, 0);
  if (every !== undefined && every < least)
    report(
      [...at, 'every'],
      `must be at least ${formatDuration(least)}: twice the sum of ${names.join(', ')}, so that one rotation ends before the next`,
    );
}
