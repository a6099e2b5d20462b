import { ManagedIdentityCredential } from '@azure/identity';
import type { PurgePorts } from '../../shared/audit/purge-audit.ts';
import { tableAuditLog } from '../../shared/audit/table-audit-log.ts';
import { tableAuditPartitions } from '../../shared/audit/table-audit-partitions.ts';
import { findRowsInUse } from '../../shared/rotation/rows-in-use.ts';
import { TableRotationJournals } from '../../shared/rotation/table-rotation-journals.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { account } from '../fakes/configuration.ts';

/** Where a purge takes place: plain data that can be passed to another process. */
export interface PurgePlace {
  /** The table endpoint of the account with the tables `Audit` and `State`. */
  readonly table: string;
  readonly signerClientId: string;
  readonly purgerClientId: string;
}

export const PURGE_TIMES = { keptSeconds: 86_400, callTimeoutSeconds: 5 };
/** The account whose journal the purge reads. */
export const ACCOUNT = 'media';

/** Returns the ports of retention with the adapters and identities that run on Azure, against the local stack. */
export function purgeOnStack({ table, signerClientId, purgerClientId }: PurgePlace): PurgePorts {
  const clock = () => new Date();
  const client = (name: string, clientId: string) =>
    auditTableClient(table, name, new ManagedIdentityCredential({ clientId }));
  const journals = new TableRotationJournals({
    client: client('State', purgerClientId),
    callTimeoutMs: 4000,
    clock,
  });
  return {
    partitions: tableAuditPartitions({ client: client('Audit', purgerClientId), clock }),
    neededRows: () => findRowsInUse(journals, [account({ name: ACCOUNT })]),
    events: tableAuditLog({ client: client('Audit', signerClientId), instance: 'purge', shard: 0, clock }),
    clock,
    log: () => undefined,
  };
}
