import { TableClient } from '@azure/data-tables';
import { describe, expect, it } from 'vitest';
import { auditReadFailure } from '../../../shared/audit/audit-unavailable.ts';
import type { ReadRow } from '../../../shared/tables/columns.ts';
import { readPages } from '../../../shared/tables/table-pages.ts';

const keys = {
  'odata.etag': 'W/"1"',
  PartitionKey: 't-0-2026112212',
  RowKey: 'a',
  Timestamp: '2026-11-22T12:00:00.1Z',
};

/** Returns a client of the SDK whose requests get this reply, and nothing is sent. */
function clientOf(status: number, body: unknown, position: Record<string, string> = {}): TableClient {
  const client = new TableClient('http://127.0.0.1:1/media', 'Audit', { allowInsecureConnection: true });
  client.pipeline.addPolicy(
    {
      name: 'reply',
      sendRequest: (request) => {
        const { headers } = request;
        headers.set('content-type', 'application/json;odata=minimalmetadata');
        for (const [name, value] of Object.entries(position)) headers.set(name, value);
        return Promise.resolve({ request, status, headers, bodyAsText: JSON.stringify(body) });
      },
    },
    { afterPhase: 'Sign' },
  );
  return client;
}

async function read(client: TableClient) {
  const rows: ReadRow[] = [];
  const table = { client, clock: () => new Date(), unavailable: auditReadFailure };
  let pages = 0;
  const end = await readPages(
    table,
    { filter: '', mayRead: () => pages++ === 0 },
    new Date(Date.now() + 60_000),
    (page) => void rows.push(...page),
  );
  return { ...end, rows };
}

describe('a page of rows that hold only texts and numbers', () => {
  it('is taken as storage sent it, with the keys under the names of the SDK', async () => {
    const entity = { ...keys, account: 'media', count: 7, grant: null };
    const { rows, rest } = await read(clientOf(200, { 'odata.metadata': 'x', value: [entity] }));
    expect(rest).toBeNull();
    expect(rows).toEqual([{ ...entity, partitionKey: 't-0-2026112212', rowKey: 'a', etag: 'W/"1"' }]);
  });

  it('has the position of the next page, also if it is empty', async () => {
    for (const value of [[], [keys]]) {
      const client = clientOf(
        200,
        { value },
        {
          'x-ms-continuation-nextpartitionkey': 'p',
          'x-ms-continuation-nextrowkey': 'r',
        },
      );
      const { rows, rest } = await read(client);
      expect(rows).toHaveLength(value.length);
      expect(rest).toEqual(expect.stringMatching(/./));
    }
  });
});

describe('what is left to the SDK', () => {
  it('is a page with a column of another type', async () => {
    const times = { ...keys, at: '2026-11-22T12:00:00Z', 'at@odata.type': 'Edm.DateTime' };
    const { rows } = await read(clientOf(200, { value: [keys, times] }));
    expect(rows.map(({ partitionKey, PartitionKey }) => [partitionKey, PartitionKey])).toEqual([
      ['t-0-2026112212', undefined],
      ['t-0-2026112212', undefined],
    ]);
    expect(rows[1]?.['at']).toEqual(new Date('2026-11-22T12:00:00Z'));
  });

  it('is an error, whatever its body looks like', async () => {
    const error = { 'odata.error': { code: 'InvalidInput', message: { value: 'no' } } };
    for (const body of [error, { value: [keys] }, 'text', null])
      await expect(read(clientOf(400, body))).rejects.toMatchObject({ code: 'audit_unavailable' });
  });

  it('is a reply that is not a page', async () => {
    for (const body of [{}, { value: 'a' }, []])
      expect((await read(clientOf(200, body))).rows.filter((row) => 'RowKey' in row)).toEqual([]);
  });
});
