import { userDelegationFault } from '../azure/sas-versions.ts';
import type { Service } from '../azure/services.ts';
import { type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import { formatDuration } from '../iso-time.ts';
import { seconds } from './duration-checks.ts';
import { periodSeconds } from './expiration-period.ts';
import { DEFAULT_MAX_TTL } from './limits.ts';
import { itemsOf } from './salvage.ts';
import {
  kindsOf,
  type SalvagedAccount,
  type SalvagedDocument,
  type SalvagedGrant,
} from './salvaged-document.ts';

/**
 * Returns what has no effect because of an account's restrictions (`allowSharedKeyAccess: false`, `sasPolicy`). These
 * are warnings, not faults: the broker obeys the restrictions, and a grant may apply to several accounts.
 * @param document must have no faults.
 */
export function restrictionWarnings(document: SalvagedDocument): LocatedFault[] {
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

function idleKeys({ allowSharedKeyAccess, keys, rotation }: SalvagedAccount, path: Path): LocatedFault[] {
  if (allowSharedKeyAccess !== false) return [];
  return [
    ...locateFault([...path, 'keys'], keys ? 'have no use while allowSharedKeyAccess is false' : null),
    ...locateFault(
      [...path, 'rotation'],
      rotation
        ? 'pauses while allowSharedKeyAccess is false, because the broker cannot test keys; keep it to be able to revoke user delegation keys'
        : null,
    ),
  ];
}

/** The part of one grant that applies to one account. */
interface Share {
  readonly grant: SalvagedGrant;
  readonly account: SalvagedAccount;
  /** Indexes in the grant's `resources`, with the service of each pattern. */
  readonly resources: readonly { readonly index: number; readonly service: Service }[];
  /** Indexes in the grant's `accountSas`. */
  readonly scopes: readonly number[];
}

function shareOf(grant: SalvagedGrant, account: SalvagedAccount): Share {
  const { name = '' } = account;
  const resources = itemsOf(grant.resources).flatMap(([index, source]) => {
    const [owner, service] = source.split('/');
    return owner === name ? [{ index, service: service as Service }] : [];
  });
  const scopes = itemsOf(grant.accountSas).flatMap(([index, scope]) =>
    scope.account === name ? [index] : [],
  );
  return { grant, account, resources, scopes };
}

function withoutSharedKey({ grant, account, resources, scopes }: Share, path: Path): LocatedFault[] {
  if (account.allowSharedKeyAccess !== false) return [];
  const restriction = `account "${account.name ?? ''}" has allowSharedKeyAccess: false`;
  const delegates = kindsOf(grant).includes('user-delegation');
  const undelegableReason = (service: Service): string | null =>
    delegates
      ? userDelegationFault(service, account.sasVersion ?? '')
      : 'the grant has no "user-delegation" in "kinds"';
  return [
    ...resources.flatMap(({ index, service }) => {
      const reason = undelegableReason(service);
      const message = reason === null ? null : `has no effect: ${restriction}, and ${reason}`;
      return locateFault([...path, 'resources', index], message);
    }),
    ...scopes.flatMap((index) =>
      locateFault([...path, 'accountSas', index], `has no effect: ${restriction}`),
    ),
  ];
}

function beyondSasPolicy({ grant, account, resources, scopes }: Share, path: Path): LocatedFault[] {
  const { sasExpirationPeriod } = account.sasPolicy ?? {};
  const period = sasExpirationPeriod === undefined ? null : periodSeconds(sasExpirationPeriod);
  const longest = seconds(grant.maxTtl) ?? DEFAULT_MAX_TTL;
  if (period === null || period >= longest || resources.length + scopes.length === 0) return [];
  return locateFault(
    [...path, 'maxTtl'],
    `exceeds the sasPolicy of account "${account.name ?? ''}", whose tokens live at most ${formatDuration(period)}`,
  );
}
