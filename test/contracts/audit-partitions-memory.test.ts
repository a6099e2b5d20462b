import { MemoryAuditPartitions } from '../fakes/memory-audit-partitions.ts';
import { auditPartitionsContract } from './audit-partitions.contract.ts';

auditPartitionsContract('memory', async () => {
  const partitions = new MemoryAuditPartitions(new Date('2026-11-22T15:00:00Z'));
  return { partitions, add: async (key, rowKeys) => partitions.add(key, ...rowKeys) };
});
