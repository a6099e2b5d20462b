import { completionRow, readStoredRecords } from '../../shared/audit/add-on-rows.ts';
import type {
  AdministrativeEvent,
  AuditLog,
  DenialRecord,
  StoredAuditRecord,
} from '../../shared/audit/audit-record.ts';
import { auditRow } from '../../shared/audit/audit-row.ts';
import { auditReadFailure, auditWriteFailure } from '../../shared/audit/audit-unavailable.ts';
import type { ReadRow, TableRow } from '../../shared/tables/columns.ts';

/** An audit log in memory. Tests can read what was written and make it fail. */
export interface MemoryAuditLog extends AuditLog {
  readonly denials: readonly DenialRecord[];
  readonly events: readonly AdministrativeEvent[];
  /** Returns every record written, oldest issuance first. */
  records(): StoredAuditRecord[];
  /** Adds a row that the log itself does not write. */
  addRow(row: ReadRow & { readonly partitionKey: string; readonly rowKey: string }): void;
  /**
   * Makes calls fail: `refuse` writes nothing; `lose` writes the row but rejects as if it might be missing. Reads fail
   * too. Null ends the faults.
   */
  failWith(fault: 'refuse' | 'lose' | null): void;
}

export function memoryAuditLog(): MemoryAuditLog {
  const rows = new Map<string, ReadRow>();
  const denials: DenialRecord[] = [];
  const events: AdministrativeEvent[] = [];
  let failing: 'refuse' | 'lose' | null = null;

  const insert = (row: TableRow): void => {
    if (failing !== 'refuse') rows.set(`${row.partitionKey} ${row.rowKey}`, row);
    if (failing !== null) throw auditWriteFailure('the test made it fail');
  };
  const read = (): StoredAuditRecord[] => {
    if (failing !== null) throw auditReadFailure('the test made it fail');
    return readStoredRecords(rows.values());
  };

  return {
    denials,
    events,
    records: () => readStoredRecords(rows.values()),
    addRow: (row) => rows.set(`${row.partitionKey} ${row.rowKey}`, row),
    failWith: (fault) => {
      failing = fault;
    },
    async append(record) {
      insert(auditRow(record, 'memory'));
      return 1;
    },
    async appendCompletion(key, completion, requestId) {
      const row = completionRow(key, completion, requestId);
      if (rows.has(`${row.partitionKey} ${row.rowKey}`))
        throw auditWriteFailure('another row has the same keys');
      insert(row);
    },
    async appendDenial(denial) {
      if (failing === null) denials.push(denial);
    },
    async appendEvent(event) {
      if (failing !== null) throw auditWriteFailure('the test made it fail');
      events.push(event);
    },
    async find({ shard, hour, fingerprint, suffix }) {
      const found = read().find(
        ({ key }) =>
          key.shard === shard &&
          key.hour === hour &&
          key.fingerprint === fingerprint &&
          key.suffix === suffix,
      );
      return found ?? null;
    },
    async findByFingerprint(fingerprint, hours) {
      const records = read().filter(
        ({ key }) =>
          key.fingerprint === fingerprint &&
          (hours === null || (hours.from <= key.hour && key.hour <= hours.to)),
      );
      return { records, scannedAll: true };
    },
  };
}
