import type { CommitRow, RowTransport } from '../../../shared/tables/row-transport.ts';

export interface TestRow extends CommitRow {
  /** The table refuses any transaction that this row is in. */
  readonly poison?: boolean;
  readonly bytes?: number;
}

/** What happens to one request: whether it takes effect, and which reply the client gets after how long. */
export interface Step {
  readonly effect: 'lands' | 'is lost' | 'lands late';
  readonly answer: 'true' | 'throttled' | 'broken' | 'timed out' | 'never';
  readonly afterMs: number;
}

const fine: Step = { effect: 'lands', answer: 'true', afterMs: 5 };

/** An error as the tables SDK throws it. */
export function tableError(statusCode: number | undefined, code: string): Error {
  return Object.assign(new Error('a URL that must not be logged'), { name: 'RestError', statusCode, code });
}

/** A table of all-or-nothing transactions. Each request follows the next step of a script; later ones follow `fine`. */
export class ScriptedTable implements RowTransport<TestRow> {
  readonly rows = new Map<string, TestRow>();
  readonly batches: TestRow[][] = [];
  reads = 0;
  inFlight = 0;
  mostInFlight = 0;
  readonly #script: Step[];

  constructor(script: readonly Step[] = []) {
    this.#script = [...script];
  }

  async insert(rows: readonly TestRow[]): Promise<void> {
    this.batches.push([...rows]);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      await this.#perform(() => this.#insert(rows));
    } finally {
      this.inFlight -= 1;
    }
  }

  async requestIdOf(row: TestRow): Promise<string | null> {
    this.reads += 1;
    let seen: string | null = null;
    await this.#perform(() => {
      seen = this.rows.get(keyOf(row))?.requestId ?? null;
    });
    return seen;
  }

  bytesOf(row: TestRow): number {
    return row.bytes ?? 1000;
  }

  #insert(rows: readonly TestRow[]): void {
    if (rows.some((row) => this.rows.has(keyOf(row)))) throw tableError(409, 'EntityAlreadyExists');
    if (rows.some(({ poison }) => poison)) throw tableError(400, 'PropertyValueTooLarge');
    for (const row of rows) this.rows.set(keyOf(row), row);
  }

  async #perform(act: () => void): Promise<void> {
    const { effect, answer, afterMs } = this.#script.shift() ?? fine;
    if (effect === 'lands late') setTimeout(() => swallow(act), 3 * afterMs + 500);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    // A step that reports success for a request without effect would be a broken table, not a broken network.
    if (effect === 'lands' || answer === 'true') {
      if (answer === 'true') act();
      else swallow(act);
    }
    if (answer === 'never') await new Promise(() => undefined);
    if (answer === 'throttled') throw tableError(503, 'ServerBusy');
    if (answer === 'timed out') throw tableError(500, 'OperationTimedOut');
    if (answer === 'broken') throw tableError(undefined, 'ECONNRESET');
  }
}

const keyOf = ({ partitionKey, rowKey }: CommitRow): string => `${partitionKey} ${rowKey}`;

function swallow(act: () => void): void {
  try {
    act();
  } catch {
    // The client gets another reply.
  }
}
