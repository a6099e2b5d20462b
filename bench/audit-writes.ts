import { Agent } from 'node:https';
import { AzureNamedKeyCredential, type TableClient } from '@azure/data-tables';
import type { Stack } from '../local/stack.ts';
import { auditRow } from '../shared/audit/audit-row.ts';
import { groupCommit } from '../shared/audit/group-commit.ts';
import { addSeconds } from '../shared/iso-time.ts';
import type { TableRow } from '../shared/tables/columns.ts';
import type { RowTransport } from '../shared/tables/row-transport.ts';
import { auditTableClient } from '../shared/tables/table-client.ts';
import { tableTransport } from '../shared/tables/table-transport.ts';
import { someRecord } from '../test/unit/audit/records.ts';
import { measureRatio } from './rounds.ts';

const ROUNDS = 5;
/** For both sides, because a thousand TLS handshakes would be most of the measured time. */
const MAX_CONNECTIONS = 64;

export interface AuditWrites {
  readonly appends: number;
  readonly rowsPerWrite: number;
  /** The time with group commit, relative to one write per row. */
  readonly ratio: number;
}

/** Times appends that arrive at once in one partition, which an instance's tokens of one hour share. */
export async function measureAuditWrites(stack: Stack): Promise<AuditWrites[]> {
  const transport = tableTransport(await createTable(stack));
  const results: AuditWrites[] = [];
  for (const appends of [1, 20, 200, 1000]) {
    let writes = 0;
    const countingTransport: RowTransport<TableRow> = {
      ...transport,
      insert: (rows, signal) => {
        writes += 1;
        return transport.insert(rows, signal);
      },
    };
    const commit = groupCommit(countingTransport, { clock: () => new Date() });
    const deadline = () => addSeconds(new Date(), 120);
    const appendInGroups = async () => {
      await Promise.all(createRows(appends).map((row) => commit.submit(row, deadline())));
    };
    const appendOneByOne = async () => {
      await Promise.all(
        createRows(appends).map((row) => transport.insert([row], new AbortController().signal)),
      );
    };
    const ratio = await measureRatio(ROUNDS, appendInGroups, appendOneByOne);
    // The round that warms up also writes rows.
    results.push({ appends, rowsPerWrite: ((ROUNDS + 1) * appends) / writes, ratio });
  }
  return results;
}

async function createTable(stack: Stack): Promise<TableClient> {
  const { key1 } = await stack.addAccount('bench');
  const client = auditTableClient(
    `${stack.table}/bench`,
    'Audit',
    new AzureNamedKeyCredential('bench', key1),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS, ca: stack.certificate.ca });
  client.pipeline.addPolicy({
    name: 'trust-stack',
    sendRequest: (request, next) => next(Object.assign(request, { agent })),
  });
  await client.createTable();
  return client;
}

let partitions = 0;

/** Creates rows in a new partition, because the emulator slows down as a partition grows. */
function createRows(count: number): TableRow[] {
  const partition = (partitions += 1);
  const expiresAt = addSeconds(new Date('2026-11-22T15:15:00Z'), partition * 3600);
  return Array.from({ length: count }, (_, row) =>
    auditRow(someRecord({ sig: `${partition}-${row}`, expiresAt }), 'bench'),
  );
}
