import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { groupCommit, MAX_WAITING_ROWS } from '../../../shared/audit/group-commit.ts';
import { ScriptedTable, type Step, tableError, type TestRow } from '../tables/scripted-table.ts';

const clock = (): Date => new Date();
const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
const row = (name: string | number, more: Partial<TestRow> = {}): TestRow => ({
  partitionKey: 'p',
  rowKey: String(name),
  requestId: `req-${name}`,
  ...more,
});
const rows = (count: number): TestRow[] => Array.from({ length: count }, (_, index) => row(index));
const unavailable = (reason: RegExp | string): unknown =>
  expect.objectContaining({
    code: 'audit_unavailable',
    retryAfter: 2,
    reason: expect.stringMatching(reason) as string,
  });
const sizes = (table: ScriptedTable): number[] => table.batches.map(({ length }) => length);
const step = (effect: Step['effect'], answer: Step['answer'], afterMs = 5): Step => ({
  effect,
  answer,
  afterMs,
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Submits all rows, the first of them a turn of the event loop before the others, and advances time until each has settled. */
async function submitAll(
  table: ScriptedTable,
  all: TestRow[],
  deadline = inSeconds(5),
): Promise<PromiseSettledResult<number>[]> {
  const commit = groupCommit(table, { clock });
  const submit = (some: TestRow[]) => Promise.allSettled(some.map((one) => commit.submit(one, deadline)));
  const first = submit(all.slice(0, 1));
  await vi.advanceTimersByTimeAsync(0);
  const others = submit(all.slice(1));
  await vi.runAllTimersAsync();
  return [...(await first), ...(await others)];
}

describe('group commit', () => {
  test('sends a row after this turn of the event loop if idle', async () => {
    const table = new ScriptedTable();
    void groupCommit(table, { clock }).submit(row(1), inSeconds(5));
    await vi.advanceTimersByTimeAsync(0);
    expect(sizes(table)).toEqual([1]);
    await vi.runAllTimersAsync();
  });

  test('rows submitted in one turn of the event loop share a write per partition', async () => {
    const table = new ScriptedTable();
    const commit = groupCommit(table, { clock });
    const together = [...rows(3), ...rows(2).map((one) => ({ ...one, partitionKey: 'q' }))];
    const outcomes = Promise.all(together.map((one) => commit.submit(one, inSeconds(5))));
    await vi.runAllTimersAsync();
    expect(await outcomes).toEqual([3, 3, 3, 2, 2]);
    expect(sizes(table)).toEqual([3, 2]);
  });

  test('rows submitted during a write share the next one, at most 100 per write', async () => {
    const table = new ScriptedTable();
    const outcomes = await submitAll(table, rows(251));
    expect(sizes(table)).toEqual([1, 100, 100, 50]);
    expect(table.mostInFlight).toBe(1);
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(table.rows.size).toBe(251);
  });

  test('tells each row how many rows the write had that made it durable', async () => {
    const outcomes = await submitAll(new ScriptedTable(), rows(251));
    const told = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : null));
    expect(told).toEqual([1, ...Array<number>(200).fill(100), ...Array<number>(50).fill(50)]);
  });

  test('counts the rows that wait or are being written, until their outcome is known', async () => {
    const table = new ScriptedTable();
    const commit = groupCommit(table, { clock });
    expect(commit.waiting()).toBe(0);
    const outcomes = rows(3).map((one) => commit.submit(one, inSeconds(5)));
    expect(commit.waiting()).toBe(3);
    await vi.runAllTimersAsync();
    await Promise.all(outcomes);
    expect(commit.waiting()).toBe(0);
  });

  test('partitions are written separately and in parallel', async () => {
    const table = new ScriptedTable();
    await submitAll(table, [...rows(3), row('x', { partitionKey: 'q' }), row('y', { partitionKey: 'q' })]);
    expect(table.batches.map((batch) => new Set(batch.map(({ partitionKey }) => partitionKey)).size)).toEqual(
      [1, 1, 1],
    );
    expect(table.mostInFlight).toBe(2);
  });

  test('a transaction stays below the size limit of the table', async () => {
    const table = new ScriptedTable();
    await submitAll(
      table,
      rows(8).map((one) => ({ ...one, bytes: 1_000_000 })),
    );
    expect(sizes(table)).toEqual([1, 3, 3, 1]);
  });

  test('a row that the table refuses is found by halving the batch, and only its caller fails', async () => {
    const table = new ScriptedTable();
    const all = rows(60).map((one, index) => (index === 42 ? { ...one, poison: true } : one));
    const outcomes = await submitAll(table, all);
    expect(outcomes.flatMap(({ status }, index) => (status === 'rejected' ? index : []))).toEqual([42]);
    expect(outcomes[42]).toMatchObject({ reason: unavailable('PropertyValueTooLarge') });
    expect(table.rows.size).toBe(59);
    expect(table.batches.length).toBeLessThan(20);
  });

  test('a throttled batch is split and sent again after a pause', async () => {
    const table = new ScriptedTable([step('lands', 'true'), step('is lost', 'throttled')]);
    const started = Date.now();
    const outcomes = await submitAll(table, rows(11));
    expect(sizes(table)).toEqual([1, 10, 5, 5]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(50);
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  test('a throttled write that took effect after all is recognised when it is sent again', async () => {
    const table = new ScriptedTable([step('lands', 'true'), step('lands', 'throttled')]);
    const outcomes = await submitAll(table, rows(11));
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(table.rows.size).toBe(11);
  });

  test.each(['broken', 'timed out', 'never'] as const)(
    'a write that took effect without a reply (%s) is found by reading back',
    async (answer) => {
      const table = new ScriptedTable([step('lands', 'true'), step('lands', answer)]);
      const outcomes = await submitAll(table, rows(31));
      expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
      expect(table.reads).toBe(31);
    },
  );

  test('a lost write is dropped, not sent again', async () => {
    const table = new ScriptedTable([step('is lost', 'broken')]);
    const [outcome] = await submitAll(table, [row(1)]);
    expect(outcome).toMatchObject({ reason: unavailable('outcome unknown: RestError ECONNRESET') });
    expect(sizes(table)).toEqual([1]);
  });

  test("another request's row under the same keys does not confirm this request's row", async () => {
    const table = new ScriptedTable();
    table.rows.set('p 1', row(1, { requestId: 'somebody' }));
    const [outcome, other] = await submitAll(table, [row(1), row(2)]);
    expect(outcome).toMatchObject({ reason: unavailable('another row has the same keys') });
    expect(other?.status).toBe('fulfilled');
  });

  test('the other rows of a batch are written even if one existed already', async () => {
    const table = new ScriptedTable();
    table.rows.set('p 5', row(5));
    const outcomes = await submitAll(table, rows(9));
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(table.rows.size).toBe(9);
    expect(sizes(table)).toEqual([1, 8, 7]);
  });

  test('a row fails at its deadline if the transport never answers', async () => {
    const table = new ScriptedTable(Array.from({ length: 50 }, () => step('is lost', 'never')));
    const commit = groupCommit(table, { clock });
    const rejected = vi.fn();
    commit.submit(row(1), inSeconds(4)).catch(rejected);
    await vi.advanceTimersByTimeAsync(3999);
    expect(rejected).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(rejected).toHaveBeenCalledWith(unavailable('deadline passed: '));
    await vi.runAllTimersAsync();
  });

  test('a hung write does not fail the rows behind it', async () => {
    const table = new ScriptedTable([step('is lost', 'never')]);
    const outcomes = await submitAll(table, rows(5));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', ...Array<string>(4).fill('fulfilled')]);
  });

  test('a missing table fails the whole batch at once', async () => {
    const table = new ScriptedTable();
    const insert = vi.spyOn(table, 'insert').mockRejectedValue(tableError(404, 'TableNotFound'));
    const outcomes = await submitAll(table, rows(50));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(insert).toHaveBeenCalledTimes(2);
  });

  test('a row whose deadline has passed is not sent', async () => {
    const table = new ScriptedTable();
    const [outcome] = await submitAll(table, [row(1)], clock());
    expect(outcome).toMatchObject({ reason: unavailable('deadline passed before') });
    expect(table.batches).toEqual([]);
  });

  test('rows beyond the limit are refused at once, and accepted again after others have settled', async () => {
    const table = new ScriptedTable();
    const commit = groupCommit(table, { clock });
    const waiting = Promise.all(rows(MAX_WAITING_ROWS).map((one) => commit.submit(one, inSeconds(60))));
    await expect(commit.submit(row('more'), inSeconds(60))).rejects.toEqual(
      unavailable('5000 rows are waiting'),
    );
    await vi.runAllTimersAsync();
    await waiting;
    const after = commit.submit(row('more'), inSeconds(60));
    await vi.runAllTimersAsync();
    await expect(after).resolves.toBe(1);
  });
});
