import { Agent } from 'node:https';
import { AzureNamedKeyCredential, type TableClient } from '@azure/data-tables';
import type { Stack } from '../local/stack.ts';
import { auditRow } from '../shared/audit/audit-row.ts';
import { groupCommit } from '../shared/audit/group-commit.ts';
import type { RowTransport } from '../shared/tables/row-transport.ts';
import type { TableRow } from '../shared/tables/columns.ts';
import { tableTransport } from '../shared/tables/table-transport.ts';
import { addSeconds } from '../shared/iso-time.ts';
import { someRecord } from '../test/unit/audit/records.ts';
import { ratio } from './rounds.ts';
import { auditTableClient } from '../shared/tables/table-client.ts';

const ROUNDS = 5;
/** Of either side: a thousand handshakes would be most of what is measured. */
const CONNECTIONS = 64;

export interface AuditWrites {
  readonly appends: number;
  readonly rowsPerWrite: number;
  /** Of all appends together, against each in a write of its own. */
  readonly time: number;
}

/** Appends that come at once, to the partition that an instance's tokens of one hour share. */
export async function auditWrites(stack: Stack): Promise<AuditWrites[]> {
  const transport = tableTransport(await newTable(stack));
  const results: AuditWrites[] = [];
  for (const appends of [1, 20, 200, 1000]) {
    let writes = 0;
    const counting: RowTransport<TableRow> = {
      ...transport,
      insert: (rows, signal) => {
        writes += 1;
        return transport.insert(rows, signal);
      },
    };
    const commit = groupCommit(counting, { clock: () => new Date() });
    const deadline = () => addSeconds(new Date(), 120);
    const together = async () => {
      await Promise.all(newRows(appends).map((row) => commit.submit(row, deadline())));
    };
    const alone = async () => {
      await Promise.all(newRows(appends).map((row) => transport.insert([row], new AbortController().signal)));
    };
    const time = await ratio(ROUNDS, together, alone);
    results.push({ appends, rowsPerWrite: ((ROUNDS + 1) * appends) / writes, time });
  }
  return results;
}

async function newTable(stack: Stack): Promise<TableClient> {
  const { key1 } = await stack.addAccount('bench');
  const client = auditTableClient(
    `${stack.table}/bench`,
    'Audit',
    new AzureNamedKeyCredential('bench', key1),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca: stack.certificate.ca });
  client.pipeline.addPolicy({
    name: 'trust',
    sendRequest: (request, next) => next(Object.assign(request, { agent })),
  });
  await client.createTable();
  return client;
}

let sets = 0;

/** A partition of their own: the emulator gets slower with the rows that it holds. */
function newRows(count: number): TableRow[] {
  const set = (sets += 1);
  const expiresAt = addSeconds(new Date('2026-11-22T15:15:00Z'), set * 3600);
  return Array.from({ length: count }, (_, row) =>
    auditRow(someRecord({ sig: `${set}-${row}`, expiresAt }), 'bench'),
  );
}
