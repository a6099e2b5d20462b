import { AzureNamedKeyCredential } from '@azure/data-tables';
import { tableDenialRows } from '../../shared/audit/table-denial-rows.ts';
import { countedDenialsRow, denialRow } from '../../shared/audit/write-event-rows.ts';
import type { TableRow } from '../../shared/tables/columns.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { newAccount } from '../stack-client.ts';
import { denialRowsContract } from './denial-rows.contract.ts';

denialRowsContract('the audit table', async () => {
  const { name, key1, table } = await newAccount();
  const client = auditTableClient(table, 'Audit', new AzureNamedKeyCredential(name, key1));
  await client.createTable();
  const write = async (row: TableRow): Promise<void> => {
    await client.createEntity(row);
  };
  const origin = (shard: number) => ({ instance: 'instance-1', shard, suffix: 'abcdefgh' });
  return {
    rows: tableDenialRows({ client, clock: () => new Date() }),
    append: (denial, shard) => write(denialRow(denial, origin(shard))),
    count: (counted, shard) => write(countedDenialsRow(counted, origin(shard))),
  };
});
