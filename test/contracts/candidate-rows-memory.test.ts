import { memoryAuditLog } from '../fakes/memory-audit-log.ts';
import { memoryCandidateRows } from '../fakes/memory-candidate-rows.ts';
import { candidateRowsContract } from './candidate-rows.contract.ts';

candidateRowsContract('the audit log in memory', () => {
  const log = memoryAuditLog();
  return Promise.resolve({ log, candidates: memoryCandidateRows(log) });
});
