import type { Fault } from '../broker-error.ts';
import { formatPath, type Path } from '../fault-path.ts';
import { formatDuration } from '../iso-time.ts';
import { kindsOf, seconds, type SalvagedAccount, type SalvagedDocument } from './check-context.ts';
import type { SalvagedGrant } from './check-context.ts';
import { periodSeconds } from './expiration-period.ts';
import { DEFAULT_MAX_TTL } from './limits.ts';
import { itemsOf } from './salvage.ts';

/**
 * What the restrictions of an account (`allowSharedKeyAccess: false`, `sasPolicy`) leave without effect. Warnings, not
 * faults: the broker obeys them, and a grant may be for several accounts. Only for a document without faults.
 */
export function restrictionWarnings(document: SalvagedDocument): Fault[] {
  const accounts = itemsOf(document.accounts);
  return [
    ...accounts.flatMap(([index, account]) => idleKeys(account, ['accounts', index])),
    ...itemsOf(document.grants).flatMap(([index, grant]) =>
      accounts.flatMap(([, account]) => {
        const share = shareOf(grant, account);
        return [...withoutSharedKey(share, ['grants', index]), ...beyondSasPolicy(share, ['grants', index])];
      }),
    ),
  ];
}

function idleKeys({ allowSharedKeyAccess, keys, rotation }: SalvagedAccount, path: Path): Fault[] {
  if (allowSharedKeyAccess !== false) return [];
  const idle = (member: string, message: string) => ({ path: formatPath([...path, member]), message });
  return [
    ...(keys ? [idle('keys', 'sign nothing while allowSharedKeyAccess is false')] : []),
    ...(rotation ? [idle('rotation', 'rests while allowSharedKeyAccess is false: no key can be tried')] : []),
  ];
}

/** One grant, and the part of it that is for one account. */
interface Share {
  readonly grant: SalvagedGrant;
  readonly account: SalvagedAccount;
  readonly resources: readonly number[];
  readonly scopes: readonly number[];
}

function shareOf(grant: SalvagedGrant, account: SalvagedAccount): Share {
  const { name = '' } = account;
  const resources = itemsOf(grant.resources).filter(([, source]) => source.startsWith(`${name}/`));
  const scopes = itemsOf(grant.accountSas).filter(([, scope]) => scope.account === name);
  const places = (items: readonly (readonly [number, unknown])[]) => items.map(([index]) => index);
  return { grant, account, resources: places(resources), scopes: places(scopes) };
}

function withoutSharedKey({ grant, account, resources, scopes }: Share, path: Path): Fault[] {
  if (account.allowSharedKeyAccess !== false) return [];
  const refused = `account "${account.name ?? ''}" has allowSharedKeyAccess: false`;
  const idle = kindsOf(grant).includes('user-delegation') ? [] : resources;
  return [
    ...idle.map((index) => ({
      path: formatPath([...path, 'resources', index]),
      message: `gives nothing without "user-delegation" in "kinds": ${refused}`,
    })),
    ...scopes.map((index) => ({
      path: formatPath([...path, 'accountSas', index]),
      message: `gives nothing: ${refused}`,
    })),
  ];
}

function beyondSasPolicy({ grant, account, resources, scopes }: Share, path: Path): Fault[] {
  const given = account.sasPolicy?.sasExpirationPeriod;
  const period = given === undefined ? null : periodSeconds(given);
  const longest = seconds(grant.maxTtl) ?? DEFAULT_MAX_TTL;
  if (period === null || period >= longest || resources.length + scopes.length === 0) return [];
  const message = `is beyond the sasPolicy of account "${account.name ?? ''}": tokens live ${formatDuration(period)} there at most`;
  return [{ path: formatPath([...path, 'maxTtl']), message }];
}
