import type { TableRow } from '../../shared/tables/columns.ts';
import { memoryTokenPages } from '../fakes/memory-token-pages.ts';
import { tokenPagesContract } from './token-pages.contract.ts';

tokenPagesContract('memory', () => {
  const rows: TableRow[] = [];
  return Promise.resolve({
    add: (more) => Promise.resolve(void rows.push(...more)),
    open: (_conditions, matches) => memoryTokenPages(rows, matches),
  });
});
