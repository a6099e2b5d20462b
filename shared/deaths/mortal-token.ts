import type { AuditRecord } from '../audit/audit-record.ts';
import { isOfService, resourcePath } from '../azure/resources.ts';
import { type Service, SERVICES } from '../azure/services.ts';
import { columnOf, instantOf, optionalColumnOf, type ReadRow, rejectRow } from '../tables/columns.ts';
import type { MortalToken } from './token-state.ts';

/** The columns that `readMortalToken` reads, besides the row's keys, which errors name. */
export const MORTAL_COLUMNS = [
  'issuedAt',
  'expiresAt',
  'resource',
  'services',
  'policyId',
  'keyId',
  'delegationStartsAt',
] as const;

/** Returns what must be known of a recorded token to tell how it ends. */
export function mortalTokenOf(
  record: Pick<AuditRecord, 'issuedAt' | 'expiresAt' | 'resource' | 'policy' | 'signedWith'>,
): MortalToken {
  const { issuedAt, expiresAt, resource, policy, signedWith } = record;
  return {
    issuedAt,
    expiresAt,
    services: isOfService(resource) ? [resource.service] : resource.services,
    place: placeIn(resourcePath(resource)),
    policy,
    signedWith:
      'delegationKey' in signedWith
        ? { delegationKeyStartsAt: signedWith.delegationKey.startsAt }
        : { keyId: signedWith.keyId },
  };
}

/**
 * Reads the same from the `MORTAL_COLUMNS` of a token's row, for scans that do not read whole rows.
 * @throws BrokerError `internal` if the row is malformed.
 */
export function readMortalToken(row: ReadRow): MortalToken {
  const path = columnOf(row, 'resource');
  const service = path.split('/')[1];
  return {
    issuedAt: instantOf(row, 'issuedAt'),
    expiresAt: instantOf(row, 'expiresAt'),
    services:
      service === undefined
        ? columnOf(row, 'services')
            .split(',')
            .map((text) => serviceOf(row, 'services', text))
        : [serviceOf(row, 'resource', service)],
    place: placeIn(path),
    policy: optionalColumnOf(row, 'policyId'),
    signedWith:
      optionalColumnOf(row, 'delegationStartsAt') === null
        ? { keyId: optionalColumnOf(row, 'keyId') }
        : { delegationKeyStartsAt: instantOf(row, 'delegationStartsAt') },
  };
}

/** Returns the container, queue, table or share in a canonical path; null if it is an account's. */
function placeIn(path: string): string | null {
  return path.split('/')[2] ?? null;
}

function serviceOf(row: ReadRow, column: string, text: string): Service {
  return SERVICES.find((service) => service === text) ?? rejectRow(row, column);
}
