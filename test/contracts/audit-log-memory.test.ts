import { memoryAuditLog } from '../fakes/memory-audit-log.ts';
import { auditLogContract } from './audit-log.contract.ts';

auditLogContract('the memory audit log', async () => {
  const log = memoryAuditLog();
  return { log, addRow: async (row) => log.addRow(row) };
});
