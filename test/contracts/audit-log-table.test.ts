import { AzureNamedKeyCredential } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { inject } from 'vitest';
import { tableAuditLog } from '../../shared/audit/table-audit-log.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { auditLogContract, type AuditLogUnderTest } from './audit-log.contract.ts';

async function open(managedIdentity: boolean): Promise<AuditLogUnderTest> {
  const { name, key1, table } = await newAccount();
  const byKey = new AzureNamedKeyCredential(name, key1);
  const owner = auditTableClient(table, 'Audit', byKey);
  await owner.createTable();
  useManagedIdentity();
  const { signerClientId } = inject('stack');
  const client = managedIdentity
    ? auditTableClient(table, 'Audit', new ManagedIdentityCredential({ clientId: signerClientId }))
    : owner;
  const log = tableAuditLog({ client, instance: 'instance-1', shard: 3, clock: () => new Date() });
  return {
    log,
    addRow: async (row) => {
      await owner.createEntity(row);
    },
  };
}

auditLogContract('the table audit log, by key', () => open(false));
auditLogContract('the table audit log, by managed identity', () => open(true));
