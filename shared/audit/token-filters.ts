import type { SasKind } from '../azure/sas-kinds.ts';
import type { KeyName, Service } from '../azure/services.ts';
import { formatInstant } from '../iso-time.ts';
import { quote } from '../tables/odata.ts';
import type { AuditRecord } from './audit-record.ts';

/** Which tokens to list; null: any. */
export interface TokenFilters {
  readonly account: string | null;
  readonly service: Service | null;
  /** A container, queue, table or share, compared without regard to case; only with account and service. */
  readonly container: string | null;
  readonly caller: { readonly issuer: string; readonly subject: string } | null;
  readonly kind: SasKind | null;
  readonly grant: string | null;
  readonly key: KeyName | null;
  /** Lower-case. */
  readonly keyId: string | null;
  readonly policy: string | null;
  /** Inclusive. */
  readonly issuedAfter: Date | null;
  /** Exclusive. */
  readonly issuedBefore: Date | null;
}

/** Returns OData conditions that a token's row meets if it matches, except for what `isInTable` checks. */
export function tokenConditions(filters: TokenFilters): string[] {
  const { issuedAfter, issuedBefore } = filters;
  const equal = (column: string, value: string | null): string[] =>
    value === null ? [] : [`${column} eq ${quote(value)}`];
  return [
    ...equal('account', filters.account),
    ...equal('service', filters.service),
    ...placeConditions(filters),
    ...equal('callerIssuer', filters.caller?.issuer ?? null),
    ...equal('callerSubject', filters.caller?.subject ?? null),
    ...equal('kind', filters.kind),
    ...equal('grant', filters.grant),
    ...equal('keyName', filters.key),
    ...equal('keyId', filters.keyId),
    ...equal('policyId', filters.policy),
    // Rows hold whole seconds, which sort as text.
    ...(issuedAfter === null ? [] : [`issuedAt ge ${quote(formatInstant(issuedAfter))}`]),
    ...(issuedBefore === null ? [] : [`issuedAt lt ${quote(formatInstant(issuedBefore))}`]),
  ];
}

/** Names of containers, queues and shares are lower-case. Those of tables are stored as they were requested. */
function placeConditions({ account, service, container }: TokenFilters): string[] {
  if (account === null || service === null || container === null || service === 'table') return [];
  const path = `${account}/${service}/${container.toLowerCase()}`;
  // "0" is the character after "/".
  return [
    `(resource eq ${quote(path)} or (resource ge ${quote(`${path}/`)} and resource lt ${quote(`${path}0`)}))`,
  ];
}

/** True if the record is in the table that the filters name. OData cannot compare without regard to case. */
export function isInTable({ resource }: Pick<AuditRecord, 'resource'>, filters: TokenFilters): boolean {
  if (filters.service !== 'table' || filters.container === null) return true;
  return 'table' in resource && resource.table.toLowerCase() === filters.container.toLowerCase();
}
