import { auditRow } from '../../shared/audit/audit-row.ts';
import type { CandidateRows } from '../../shared/audit/candidate-rows.ts';
import type { MemoryAuditLog } from './memory-audit-log.ts';

/** Finds candidates among the records of an audit log in memory. */
export function memoryCandidateRows(audit: MemoryAuditLog): CandidateRows {
  return {
    async find({ hours, shard, columns, fits, limit }) {
      const records = audit
        .records()
        .filter(({ key }) => hours === null || (hours.from <= key.hour && key.hour <= hours.to))
        .filter(({ key }) => shard === null || key.shard === shard)
        .filter((record) => {
          const row = auditRow(record, 'memory') as Readonly<Record<string, unknown>>;
          return Object.entries(columns).every(([name, value]) => row[name] === value);
        })
        .filter(fits);
      return { records: records.slice(0, limit), scannedAll: records.length <= limit };
    },
  };
}
