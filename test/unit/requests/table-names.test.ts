import { describe, expect, it } from 'vitest';
import { tableResourceSchema } from '../../../shared/requests/resource-schemas.ts';
import { tableUrl } from '../../../shared/requests/resource-url.ts';
import { parseTablePath, tableResourceFaults } from '../../../shared/requests/table-names.ts';
import { ok } from '../../../shared/result.ts';
import { account } from '../../fakes/configuration.ts';

const table = 'Inventory';
const START = { partitionKeyStart: 'a' };
const BOTH = { partitionKeyStart: 'a', partitionKeyEnd: 'm' };

describe('a table', () => {
  it.each(['abc', 'Inventory', 'A1b', `a${'0'.repeat(62)}`, 'tables1'])('may be named %s', (name) =>
    expect(tableResourceFaults({ table: name })).toEqual([]),
  );

  it.each([
    '',
    'ab',
    `a${'0'.repeat(63)}`,
    '1abc',
    'a-b',
    'a_bc',
    '$MetricsX',
    'tables',
    'Tables',
    'abc\n',
    'Éab',
  ])('must not be named %j', (name) =>
    expect(tableResourceFaults({ table: name })).toMatchObject([{ path: 'table' }]),
  );

  it.each([
    START,
    { partitionKeyEnd: 'm' },
    { ...BOTH, rowKeyStart: '1', rowKeyEnd: '9' },
    { ...BOTH, rowKeyStart: '9', rowKeyEnd: '1' },
    { partitionKeyStart: 'a b&c%+', partitionKeyEnd: 'ü=:|' },
    { partitionKeyStart: 'x'.repeat(1024), partitionKeyEnd: 'x'.repeat(1024) },
  ])('may be bounded by %j', (keys) => expect(tableResourceFaults({ table, ...keys })).toEqual([]));

  it.each([
    [{ partitionKeyStart: '' }, 'partitionKeyStart', /empty/],
    [{ partitionKeyEnd: '' }, 'partitionKeyEnd', /empty/],
    [{ partitionKeyStart: 'x'.repeat(1025) }, 'partitionKeyStart', /1 KiB/],
    [{ partitionKeyStart: 'é'.repeat(513) }, 'partitionKeyStart', /1 KiB/],
    [{ partitionKeyStart: 'a/b' }, 'partitionKeyStart', /must not contain/],
    [{ partitionKeyEnd: 'a\\b' }, 'partitionKeyEnd', /must not contain/],
    [{ ...START, rowKeyStart: 'a#b' }, 'rowKeyStart', /must not contain/],
    [{ ...BOTH, rowKeyEnd: 'a?b' }, 'rowKeyEnd', /must not contain/],
    [{ partitionKeyStart: 'a\u0000' }, 'partitionKeyStart', /control/],
    [{ partitionKeyStart: 'a\u0085' }, 'partitionKeyStart', /control/],
    [{ partitionKeyStart: 'a\ud800' }, 'partitionKeyStart', /surrogate/],
    [{ rowKeyStart: '1' }, 'rowKeyStart', /requires partitionKeyStart/],
    [{ ...START, rowKeyEnd: '1' }, 'rowKeyEnd', /requires partitionKeyEnd/],
    [{ partitionKeyStart: 'b', partitionKeyEnd: 'a' }, 'partitionKeyEnd', /before partitionKeyStart/],
  ])('must not be bounded by %j', (keys, path, message) =>
    expect(tableResourceFaults({ table, ...keys })).toMatchObject([
      { path, message: expect.stringMatching(message) as string },
    ]),
  );

  it('has a strict shape', () => {
    const resource = { service: 'table', table, ...BOTH, rowKeyStart: '1', rowKeyEnd: '9' };
    expect(tableResourceSchema.safeParse(resource).success).toBe(true);
    expect(tableResourceSchema.safeParse({ ...resource, partitionKey: 'a' }).success).toBe(false);
    expect(tableResourceSchema.safeParse({ ...resource, rowKeyEnd: 9 }).success).toBe(false);
  });

  it.each([table, `${table}/`])('is read from the path %s', (path) =>
    expect(parseTablePath(path)).toEqual(ok({ table })),
  );

  it.each([
    ['', /3 to 63/],
    ['Inventory()', /name of a table/],
    ["Inventory(PartitionKey='a',RowKey='b')", /name of a table/],
    ['Inventory/a', /name of a table/],
    ['%2e%2e', /%2e/],
    ['Tables', /Azure reserves/],
  ])('is not read from the path %s', (path, message) =>
    expect(parseTablePath(path)).toMatchObject({
      ok: false,
      fault: { message: expect.stringMatching(message) as string },
    }),
  );

  it('has a URL that preserves the case of its name', () => {
    const url = tableUrl(account(), { account: 'media', service: 'table', table, ...BOTH });
    expect(url).toBe('https://media.table.core.windows.net/Inventory');
  });
});
