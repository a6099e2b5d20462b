import type {
  AdministrativeEvent,
  AuditLog,
  DenialRecord,
  StoredAuditRecord,
} from '../../shared/audit/audit-record.ts';
import { auditRow } from '../../shared/audit/audit-row.ts';
import { rowNotTaken, tableNotRead } from '../../shared/audit/audit-unavailable.ts';
import { completionRow, storedRecords } from '../../shared/audit/stored-record.ts';
import type { ReadRow, TableRow } from '../../shared/tables/columns.ts';

/** An audit log without a table: what was written can be looked at, and it can be told to fail. */
export interface MemoryAuditLog extends AuditLog {
  readonly denials: readonly DenialRecord[];
  readonly events: readonly AdministrativeEvent[];
  /** Every record written, oldest issuance first. */
  records(): StoredAuditRecord[];
  /** Puts a row beside the log's own, as later capabilities will. */
  addRow(row: ReadRow & { readonly partitionKey: string; readonly rowKey: string }): void;
  /**
   * refuse: nothing is written; lose: the row is written but the caller is told it may not be; null: all is well.
   * While it is set, reads fail too.
   */
  failWith(fault: 'refuse' | 'lose' | null): void;
}

export function memoryAuditLog(): MemoryAuditLog {
  const rows = new Map<string, ReadRow>();
  const denials: DenialRecord[] = [];
  const events: AdministrativeEvent[] = [];
  let failing: 'refuse' | 'lose' | null = null;

  const put = (row: TableRow): void => {
    if (failing !== 'refuse') rows.set(`${row.partitionKey} ${row.rowKey}`, row);
    if (failing !== null) throw rowNotTaken('told to fail');
  };
  const read = (): StoredAuditRecord[] => {
    if (failing !== null) throw tableNotRead('told to fail');
    return storedRecords(rows.values());
  };

  return {
    denials,
    events,
    records: () => storedRecords(rows.values()),
    addRow: (row) => rows.set(`${row.partitionKey} ${row.rowKey}`, row),
    failWith: (fault) => {
      failing = fault;
    },
    async append(record) {
      put(auditRow(record, 'memory'));
    },
    appendTogether(records) {
      return records.map((record) => this.append(record, new Date()));
    },
    async appendCompletion(key, completion, requestId) {
      const row = completionRow(key, completion, requestId);
      if (rows.has(`${row.partitionKey} ${row.rowKey}`)) throw rowNotTaken('another row has its keys');
      put(row);
    },
    async appendDenial(denial) {
      if (failing === null) denials.push(denial);
    },
    async appendEvent(event) {
      if (failing !== null) throw rowNotTaken('told to fail');
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
