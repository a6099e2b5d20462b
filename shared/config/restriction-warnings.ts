import type { Fault } from '../broker-error.ts';
import { formatPath, type Path } from '../input/fault-path.ts';
import { formatDuration } from '../iso-time.ts';
import { kindsOf, seconds, type SalvagedAccount, type SalvagedDocument } from './check-context.ts';
import type { SalvagedGrant } from './check-context.ts';
import { periodSeconds } from './expiration-period.ts';
import { DEFAULT_MAX_TTL } from './limits.ts';
import { itemsOf } from './salvage.ts';
import { undelegable } from '../azure/sas-versions.ts';
import type { Service } from '../azure/services.ts';

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
    ...(rotation
      ? [
          idle(
            'rotation',
            'rests while allowSharedKeyAccess is false, since no key can be tried; keep it, so that user delegation keys can be revoked',
          ),
        ]
      : []),
  ];
}

/** One grant, and the part of it that is for one account. */
interface Share {
  readonly grant: SalvagedGrant;
  readonly account: SalvagedAccount;
  /** Places in the grant's lists, with the service of each pattern. */
  readonly resources: readonly { readonly index: number; readonly service: Service }[];
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

function withoutSharedKey({ grant, account, resources, scopes }: Share, path: Path): Fault[] {
  if (account.allowSharedKeyAccess !== false) return [];
  const refused = `account "${account.name ?? ''}" has allowSharedKeyAccess: false`;
  const delegates = kindsOf(grant).includes('user-delegation');
  const why = (service: Service): string | null =>
    delegates
      ? undelegable(service, account.sasVersion ?? '')
      : 'the grant has no "user-delegation" in "kinds"';
  return [
    ...resources.flatMap(({ index, service }) => {
      const reason = why(service);
      const message = `gives nothing: ${refused}, and ${reason ?? ''}`;
      return reason === null ? [] : [{ path: formatPath([...path, 'resources', index]), message }];
    }),
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
