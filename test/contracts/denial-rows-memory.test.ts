import type { RecordedDenials } from '../../shared/audit/denial-rows.ts';
import { memoryDenialRows } from '../fakes/memory-denial-rows.ts';
import { denialRowsContract } from './denial-rows.contract.ts';

denialRowsContract('the denials in memory', () => {
  const denials: RecordedDenials[] = [];
  const add = (
    { at, caller: { issuer, subject, name } }: Pick<RecordedDenials, 'at' | 'caller'>,
    count: number,
    reason: string | null,
  ): Promise<void> =>
    Promise.resolve(void denials.push({ at, caller: { issuer, subject, name }, count, reason }));
  return Promise.resolve({
    rows: memoryDenialRows(denials),
    append: (denial) => add(denial, 1, denial.reason),
    count: (counted) => add(counted, counted.count, null),
  });
});
