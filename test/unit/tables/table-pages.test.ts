import { TableClient } from '@azure/data-tables';
import { describe, expect, test } from 'vitest';
import { auditReadFailure } from '../../../shared/audit/audit-unavailable.ts';
import type { ReadRow } from '../../../shared/tables/columns.ts';
import { readPages } from '../../../shared/tables/table-pages.ts';
import { tableError } from './scripted-table.ts';

/** The reply to a query for the page at a position. */
type Answer = { readonly rows: number; readonly next?: string } | Error;

/** A table client that can only list pages. */
function clientOf(pages: Readonly<Record<string, Answer>>): TableClient {
  const byPage = async function* ({ continuationToken = '' }: { continuationToken?: string }) {
    await Promise.resolve();
    const answer = pages[continuationToken] ?? new Error('There is no such page');
    if (answer instanceof Error) throw answer;
    yield Object.assign(Array.from({ length: answer.rows }), { continuationToken: answer.next });
  };
  return { listEntities: () => ({ byPage }) } as unknown as TableClient;
}

async function read(client: TableClient, from = '', sliceRows?: number) {
  const sizes: number[] = [];
  const table = { client, clock: () => new Date(), unavailable: auditReadFailure };
  const deadline = new Date(Date.now() + 5000);
  const take = (rows: readonly ReadRow[]) => void sizes.push(rows.length);
  const end = await readPages(
    table,
    { filter: '', from, ...(sliceRows !== undefined && { sliceRows }) },
    deadline,
    take,
  );
  return { ...end, sizes };
}

describe('reading rows page by page', () => {
  test('an empty page with a next position is not the last page', async () => {
    const client = clientOf({ '': { rows: 0, next: 'a' }, a: { rows: 0, next: 'b' }, b: { rows: 2 } });
    expect(await read(client)).toEqual({ rest: null, fault: null, sizes: [0, 0, 2] });
  });

  test('a page is taken in slices, and other work runs in between', async () => {
    const client = clientOf({ '': { rows: 450, next: 'a' }, a: { rows: 0, next: 'b' }, b: { rows: 400 } });
    expect(await read(client, '', 200)).toEqual({
      rest: null,
      fault: null,
      sizes: [200, 200, 50, 0, 200, 200],
    });
    const order: number[] = [];
    const table = { client, clock: () => new Date(), unavailable: auditReadFailure };
    const slices = { filter: '', from: 'b', sliceRows: 200 };
    const reading = readPages(table, slices, new Date(Date.now() + 5000), ({ length }) => {
      order.push(length);
      setImmediate(() => order.push(-1));
    });
    await reading;
    expect(order.slice(0, 3)).toEqual([200, -1, 200]);
  });

  test('a position of an earlier reading that storage rejects is reported', async () => {
    const client = clientOf({ a: tableError(400, 'InvalidInput') });
    expect(await read(client, 'a')).toMatchObject({ rest: 'a', isRefused: true, sizes: [] });
  });

  test('a position that cannot be decoded is reported as well', async () => {
    const client = new TableClient('https://media.table.core.windows.net', 'Audit');
    expect(await read(client, 'what is this')).toMatchObject({ isRefused: true });
  });

  test('a query that is refused without such a position fails', async () => {
    for (const answers of [
      { '': tableError(400, 'InvalidInput') },
      { '': { rows: 1, next: 'a' }, a: tableError(400, 'InvalidInput') },
    ])
      await expect(read(clientOf(answers))).rejects.toMatchObject({ code: 'audit_unavailable' });
  });
});
