import type { TableClient } from '@azure/data-tables';
import { describe, expect, it } from 'vitest';
import { auditReadFailure } from '../../../shared/audit/audit-unavailable.ts';
import { PageTurns, pauseAfterTurn } from '../../../shared/azure-calls/page-turns.ts';
import { readPages } from '../../../shared/tables/table-pages.ts';

/** Returns pages that end when told to, and what is under way. */
function heldPages() {
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const read = (name: string) => () =>
    new Promise<string>((resolve, reject) => {
      begun.push(name);
      ends.set(name, (error) => (error === undefined ? resolve(name) : reject(error)));
    });
  return { begun, read, end: (name: string, error?: Error) => ends.get(name)?.(error) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Longer than any test takes. */
const NO_LIMIT_MS = 600_000;
/** An event loop that only waits. */
const IDLE = () => ({ idle: 0, active: 0 });

describe('the turns of scans', () => {
  it('are one page after the other, in order of arrival, also after a failure', async () => {
    const turns = new PageTurns({ longestMs: NO_LIMIT_MS, loopTimes: IDLE });
    const { begun, read, end } = heldPages();
    const results = ['a', 'b', 'c'].map((name) => turns.run(read(name)).catch((error: unknown) => error));
    await settle();
    expect(begun).toEqual(['a']);
    end('a', new Error('no reply'));
    await settle();
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await settle();
    expect(begun).toEqual(['a', 'b', 'c']);
    end('c');
    expect(await Promise.all(results)).toEqual([new Error('no reply'), 'b', 'c']);
    const later = turns.run(read('d'));
    expect(begun).toContain('d');
    end('d');
    expect(await later).toBe('d');
  });

  it('are given up by a page that takes long, once', async () => {
    const turns = new PageTurns({ longestMs: 1, loopTimes: IDLE });
    const { begun, read, end } = heldPages();
    const slow = turns.run(read('slow'));
    const next = turns.run(read('next'));
    await expect.poll(() => begun).toEqual(['slow', 'next']);
    end('slow');
    end('next');
    expect(await Promise.all([slow, next])).toEqual(['slow', 'next']);

    const calm = new PageTurns({ longestMs: NO_LIMIT_MS, loopTimes: IDLE });
    const held = ['a', 'b', 'c'].map((name) => calm.run(read(name)));
    end('a');
    await settle();
    expect(begun.slice(2)).toEqual(['a', 'b']);
    end('b');
    await settle();
    end('c');
    await Promise.all(held);
  });

  it('let everything else that is ready run in between', async () => {
    const turns = new PageTurns({ longestMs: NO_LIMIT_MS, loopTimes: IDLE });
    const order: string[] = [];
    const page = (name: string) => turns.run(() => Promise.resolve(void order.push(name)));
    const pages = [page('first'), page('second')];
    setImmediate(() => order.push('a request'));
    await Promise.all(pages);
    expect(order).toEqual(['first', 'a request', 'second']);
  });
});

describe('the pause after a turn', () => {
  const before = { idle: 1000, active: 500 };
  it.each([
    // busy, idle, pause
    [0, 0, 0],
    [5, 0, 20],
    [5, 4, 16],
    [5, 20, 0],
    [5, 80, 0],
    [25, 0, 50],
    [400, 0, 50],
  ])('after %d ms of work and %d ms of waiting for storage is %d ms', (busy, idle, pause) => {
    expect(pauseAfterTurn(before, { idle: 1000 + idle, active: 500 + busy })).toBe(pause);
  });

  it('holds up other scans, but not the one whose page was read', async () => {
    // Each look at the loop finds 10 ms more of work: a pause of 40 ms.
    let active = 0;
    const turns = new PageTurns({
      longestMs: NO_LIMIT_MS,
      loopTimes: () => ({ idle: 0, active: (active += 10) }),
    });
    const order: string[] = [];
    const first = turns.run(() => Promise.resolve('first')).then(() => order.push('first'));
    const second = turns.run(() => Promise.resolve(void order.push('second')));
    await first;
    expect(order).toEqual(['first']);
    await second;
    expect(order).toEqual(['first', 'second']);
  });
});

describe('a scan whose turn comes after its deadline', () => {
  it('reads nothing and says that it is cut short', async () => {
    let now = new Date('2026-11-22T12:00:00Z');
    const turns = new PageTurns({ longestMs: NO_LIMIT_MS, loopTimes: IDLE });
    const { read, end } = heldPages();
    const other = turns.run(read('other'));
    const asked: string[] = [];
    const client = { listEntities: () => void asked.push('page') } as unknown as TableClient;
    const table = { client, clock: () => now, unavailable: auditReadFailure, turns };
    const reading = readPages(table, { filter: '' }, new Date('2026-11-22T12:00:08Z'), () => undefined);
    await settle();
    now = new Date('2026-11-22T12:00:09Z');
    end('other');
    await other;
    expect(await reading).toEqual({ rest: '', fault: null });
    expect(asked).toEqual([]);
  });
});
