import type { PurgePorts, PurgeTimes } from '../audit/purge-audit.ts';
import { tableAuditPartitions } from '../audit/table-audit-partitions.ts';
import { auditRetention } from '../config/audit-retention.ts';
import { findRowsInUse } from '../rotation/rows-in-use.ts';
import { TableRotationJournals } from '../rotation/table-rotation-journals.ts';
import { auditTableClient } from '../tables/table-client.ts';
import type { Foundation } from './foundation.ts';

/** What removes audit rows. */
export interface Purge {
  readonly ports: PurgePorts;
  readonly times: PurgeTimes;
}

/**
 * Assembles retention; null without `AUDIT_RETENTION`, so nothing is ever removed. The purger reads and deletes, and the
 * signer, which may not delete, records what is removed.
 */
export function purgeOf(foundation: Foundation): Purge | null {
  const { settings, config, purger, clock, callTimeoutMs, audit: events, lines } = foundation;
  if (settings.auditRetention === null) return null;
  const client = ({ endpoint, table }: typeof settings.auditTable) =>
    auditTableClient(endpoint, table, purger);
  const journals = new TableRotationJournals({ client: client(settings.stateTable), callTimeoutMs, clock });
  return {
    ports: {
      partitions: tableAuditPartitions({ client: client(settings.auditTable), clock }),
      neededRows: () => findRowsInUse(journals, config.accounts.values()),
      events,
      clock,
      log: lines.log,
    },
    times: {
      keptSeconds: auditRetention(settings.auditRetention, config).keptSeconds,
      callTimeoutSeconds: settings.requestTimeoutSeconds,
    },
  };
}
