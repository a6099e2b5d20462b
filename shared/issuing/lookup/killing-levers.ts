import type { AuditRecord } from '../../audit/audit-record.ts';
import { isOfService, pathSegments } from '../../azure/resources.ts';
import type { KeyName } from '../../azure/services.ts';
import type { KillingLever } from './lookup-body.ts';

/** Returns the levers that end a recorded token, narrowest first: fewer other tokens die with it. */
export function leversOfRecord({
  resource,
  policy,
  signedWith,
}: Pick<AuditRecord, 'resource' | 'policy' | 'signedWith'>): KillingLever[] {
  const { account } = resource;
  const container = isOfService(resource) ? pathSegments(resource)[0] : undefined;
  const byPolicy: KillingLever[] =
    policy === null || container === undefined || !isOfService(resource)
      ? []
      : [{ lever: 'delete-policy', on: { account, service: resource.service, container, policy } }];
  const byKey =
    'delegationKey' in signedWith ? leversOfDelegation(account) : leversOfKey(account, signedWith.key);
  return [...byPolicy, ...byKey];
}

/** Returns the levers that end a user delegation SAS of the account. */
export function leversOfDelegation(account: string): KillingLever[] {
  return [
    { lever: 'revoke-delegation-keys', on: { account } },
    { lever: 'remove-role', on: { account } },
  ];
}

/** Returns the lever that ends what a key of the account signed; null: one of the two, it is not known which. */
export function leversOfKey(account: string, key: KeyName | null): KillingLever[] {
  return [{ lever: 'regenerate-key', on: { account, key: key ?? 'both' } }];
}
