import { AzureNamedKeyCredential } from '@azure/data-tables';
import { tableAuditLog } from '../../shared/audit/table-audit-log.ts';
import { tableCandidateRows } from '../../shared/audit/table-candidate-rows.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { newAccount } from '../stack-client.ts';
import { candidateRowsContract } from './candidate-rows.contract.ts';

candidateRowsContract('the audit table', async () => {
  const { name, key1, table } = await newAccount();
  const client = auditTableClient(table, 'Audit', new AzureNamedKeyCredential(name, key1));
  await client.createTable();
  const clock = () => new Date();
  return {
    log: tableAuditLog({ client, instance: 'instance-1', shard: 3, clock }),
    candidates: tableCandidateRows({ client, clock }),
  };
});
