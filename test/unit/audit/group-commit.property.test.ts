import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { groupCommit } from '../../../shared/audit/group-commit.ts';
import { propertyRuns } from '../../property-runs.ts';
import { ScriptedTable, type Step } from '../tables/scripted-table.ts';

beforeAll(() => vi.useFakeTimers());
afterAll(() => vi.useRealTimers());

const anyStep: fc.Arbitrary<Step> = fc.record({
  effect: fc.constantFrom('lands', 'is lost', 'lands late'),
  answer: fc.constantFrom('true', 'true', 'throttled', 'broken', 'timed out', 'never'),
  afterMs: fc.nat(400),
});

const anySubmission = fc.record({
  partition: fc.constantFrom('p', 'p', 'p', 'q'),
  poison: fc.nat(30).map((number) => number === 0),
  /** A row that exists under the same keys before anything is sent: of an earlier try, or of another request. */
  existing: fc.constantFrom(null, null, null, null, null, null, 'ours', 'other'),
  afterMs: fc.nat(60),
  deadlineMs: fc.integer({ min: 1, max: 3000 }),
});

test('whatever the table does, every row settles by its deadline, and a confirmed row is in the table once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { maxLength: 40 }),
      fc.array(anySubmission, { minLength: 1, maxLength: 150 }),
      async (script, submissions) => {
        const table = new ScriptedTable(script);
        const commit = groupCommit(table, { clock: () => new Date() });
        const outcomes = submissions.map(
          async ({ partition, poison, existing, afterMs, deadlineMs }, index) => {
            if (existing !== null) {
              const requestId = existing === 'ours' ? `req-${index}` : 'other';
              const earlier = { partitionKey: partition, rowKey: `${index}`, requestId };
              table.rows.set(`${partition} ${index}`, earlier);
            }
            await new Promise((resolve) => setTimeout(resolve, afterMs));
            const row = { partitionKey: partition, rowKey: `${index}`, requestId: `req-${index}`, poison };
            const deadline = new Date(Date.now() + deadlineMs);
            const written = await commit.submit(row, deadline).then(
              () => true,
              () => false,
            );
            // The table is read when the caller learns the outcome, not at the end.
            const isInTable = table.rows.get(`${partition} ${index}`)?.requestId === row.requestId;
            return { written, isInTable, late: Date.now() > deadline.getTime() };
          },
        );

        await vi.runAllTimersAsync();
        const settled = await Promise.all(outcomes);

        expect(settled).toHaveLength(submissions.length);
        for (const { written, isInTable, late } of settled) {
          expect(late).toBe(false);
          if (written) expect(isInTable).toBe(true);
        }
        for (const batch of table.batches) {
          expect(batch.length).toBeLessThanOrEqual(100);
          expect(new Set(batch.map(({ partitionKey }) => partitionKey)).size).toBe(1);
          expect(new Set(batch.map(({ rowKey }) => rowKey)).size).toBe(batch.length);
        }
        expect(vi.getTimerCount()).toBe(0);
      },
    ),
    { numRuns: propertyRuns({ quick: 100, full: 300 }) },
  );
}, 60_000);
