import { type AuditPartitions, MAX_ROWS_AT_ONCE } from '../../shared/audit/audit-partitions.ts';
import { auditPurgeFailure, auditReadFailure } from '../../shared/audit/audit-unavailable.ts';

/** `fail`: it has no effect; `lose`: it has its effect, and the reply is lost. */
export type PurgeFault = 'fail' | 'lose';

/** The partitions of an audit table in memory. Tests count its calls, break them, and stop them at every boundary. */
export class MemoryAuditPartitions implements AuditPartitions {
  /** Row keys by partition key. */
  readonly rows = new Map<string, Set<string>>();
  readonly calls: string[] = [];
  /** What `tableTime` returns. */
  time: Date;
  /** The most row keys that one call returns. */
  pageRows = 1000;
  /** Called before and after each effect. A promise that never settles is a crash that no `catch` can swallow. */
  before: (call: string) => void | Promise<void> = () => undefined;
  after: (call: string) => void | Promise<void> = () => undefined;
  /** Returns how a call fails; null: it does not. */
  faultOf: (call: string) => PurgeFault | null = () => null;

  constructor(time: Date) {
    this.time = time;
  }

  add(partitionKey: string, ...rowKeys: readonly string[]): void {
    const rows = this.rows.get(partitionKey) ?? new Set<string>();
    for (const key of rowKeys) rows.add(key);
    this.rows.set(partitionKey, rows);
  }

  /** Returns every row as `<partition> <row>`, in order. */
  list(): string[] {
    return [...this.rows]
      .flatMap(([partition, keys]) => [...keys].map((key) => `${partition} ${key}`))
      .sort();
  }

  tableTime(): Promise<Date> {
    return this.#perform('tableTime', () => this.time);
  }

  firstPartition({ after, before }: { after: string; before: string }): Promise<string | null> {
    return this.#perform('firstPartition', () => {
      const keys = [...this.rows].flatMap(([key, rows]) => (rows.size > 0 ? [key] : []));
      return keys.filter((key) => key > after && key < before).sort()[0] ?? null;
    });
  }

  rowKeys(partitionKey: string): Promise<readonly string[]> {
    return this.#perform('rowKeys', () =>
      [...(this.rows.get(partitionKey) ?? [])].sort().slice(0, this.pageRows),
    );
  }

  deleteRows(partitionKey: string, rowKeys: readonly string[]): Promise<void> {
    if (rowKeys.length > MAX_ROWS_AT_ONCE) throw new RangeError('too many rows for one transaction');
    return this.#perform('deleteRows', () => {
      for (const key of rowKeys) this.rows.get(partitionKey)?.delete(key);
    });
  }

  async #perform<T>(call: string, act: () => T): Promise<T> {
    this.calls.push(call);
    await this.before(call);
    const fault = this.faultOf(call);
    const result = fault === 'fail' ? undefined : act();
    await this.after(call);
    if (fault === null) return result as T;
    throw call === 'deleteRows'
      ? auditPurgeFailure(`told to ${fault}`)
      : auditReadFailure(`told to ${fault}`);
  }
}
