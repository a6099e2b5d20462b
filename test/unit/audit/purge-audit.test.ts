import { beforeEach, describe, expect, test } from 'vitest';
import { PURGE_SECONDS } from '../../../shared/audit/purge-audit.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { KEPT_SECONDS, NOW, PurgeWorld } from './purge-world.ts';

let world: PurgeWorld;
let rest: string[];
let all: string[];

beforeEach(() => {
  world = new PurgeWorld();
  world.fill();
  rest = world.expectedRest();
  all = world.partitions.list();
});

describe('a purge', () => {
  test('removes what is past the retention, of every shard, and keeps everything else', async () => {
    await world.purge();
    expect(world.partitions.list()).toEqual(rest);
    expect(rest.length).toBeLessThan(all.length);
    expect(rest.filter((row) => row.includes('completed'))).toHaveLength(4);
  });

  test('records what may go before the first deletion, and what is gone after the last', async () => {
    const before: number[] = [];
    world.partitions.before = (call) => {
      if (call === 'deleteRows') before.push(world.events.length);
    };
    await world.purge();
    expect(Math.min(...before)).toBe(1);
    expect(world.events).toEqual([
      {
        at: NOW,
        type: 'purge',
        account: null,
        actor: 'retention',
        detail:
          'begins: tokens and denials before 2026-11-20T15:30:00.000Z, events before 2026-08-24T15:30:00.000Z, from e-20250101 on',
      },
      {
        at: NOW,
        type: 'purge',
        account: null,
        actor: 'retention',
        detail: 'removed 23 rows (tokens 15, denials 6, events 2) of the hours 2025010100 to 2026112014',
      },
    ]);
    expect(all.length - rest.length).toBe(23);
  });

  test('removes the oldest hours first', async () => {
    const ends: string[] = [];
    const deleteRows = world.partitions.deleteRows.bind(world.partitions);
    world.partitions.deleteRows = (key, rows) => {
      ends.push(/(\d{8})(\d\d)?$/.exec(key)?.[0].padEnd(10, '9') ?? key);
      return deleteRows(key, rows);
    };
    await world.purge();
    expect(ends.length).toBeGreaterThan(8);
    expect(ends).toEqual([...ends].sort());
  });

  test('writes no event and deletes nothing if nothing is past the retention', async () => {
    await world.purge();
    const { length } = world.events;
    world.partitions.calls.length = 0;
    await world.purge();
    expect(world.events).toHaveLength(length);
    expect(world.partitions.calls).not.toContain('deleteRows');
  });

  test('deletes large partitions in transactions of at most 100 rows, all of their pages', async () => {
    const large = new PurgeWorld();
    large.fill(2345);
    large.partitions.pageRows = 250;
    const left = large.expectedRest();
    await large.purge();
    expect(large.partitions.list()).toEqual(left);
    expect(large.details.at(-1)).toContain('tokens 7041');
  });
});

describe('nothing is removed', () => {
  test.each([
    ['if this host’s clock is behind', () => (world.clock = () => addSeconds(NOW, -1000 * 86_400))],
    ['if the table’s clock is behind', () => (world.partitions.time = addSeconds(NOW, -1000 * 86_400))],
    [
      'if a journal cannot be read',
      () =>
        (world.needed = async () => {
          throw new BrokerError('storage_unavailable', 'no', {
            reason: 'the journal of media cannot be read',
          });
        }),
    ],
    [
      'if the table does not tell the time',
      () => (world.partitions.faultOf = (call) => (call === 'tableTime' ? 'fail' : null)),
    ],
    ['if the event before it cannot be written', () => (world.eventFault = () => 'fail')],
    ['if it is not certain that the event before it was written', () => (world.eventFault = () => 'lose')],
    [
      'that an account still needs',
      () => (world.needed = async () => ({ account: 'media', since: new Date('2020-01-01T00:00:00Z') })),
    ],
  ])('%s', async (_, arrange) => {
    arrange();
    await world.purge();
    expect(world.partitions.list()).toEqual(all);
    expect(world.partitions.calls).not.toContain('deleteRows');
  });

  test('more than the slower clock allows, if the two clocks differ', async () => {
    world.clock = () => addSeconds(NOW, 1000 * 86_400);
    await world.purge();
    expect(world.partitions.list()).toEqual(rest);
  });
});

test('an account that still counts delays what it needs, and is named in the log', async () => {
  const since = addSeconds(NOW, -KEPT_SECONDS - 2 * 3600);
  world.needed = async () => ({ account: 'media', since });
  await world.purge();
  expect(world.partitions.list()).toContain('t-3-2026112014 token-1000');
  expect(world.partitions.list()).toContain('t-3-2026112013 token-1000');
  expect(world.partitions.list().join()).not.toContain('2026111003');
  expect(world.log).toEqual([
    `purge held up: the account may still need rows from ${since.toISOString()} on, because its keys are in rotation`,
    expect.stringContaining('audit rows removed'),
  ]);
  world.needed = async () => null;
  await world.purge();
  expect(world.partitions.list()).toEqual(rest);
});

describe('a run that fails part-way', () => {
  test('records what is gone, and what may be', async () => {
    let deletions = 0;
    world.partitions.faultOf = (call) => (call === 'deleteRows' && ++deletions === 4 ? 'lose' : null);
    await world.purge();
    const gone = all.length - world.partitions.list().length;
    const [, confirmed, unconfirmed] =
      /^removed (\d+) rows .*; up to (\d+) more rows may be gone, without confirmation$/.exec(
        world.details.at(-1) ?? '',
      ) ?? [];
    expect(Number(confirmed) + Number(unconfirmed)).toBe(gone);
    expect(Number(unconfirmed)).toBeGreaterThan(0);
    expect(world.log).toContain('purge held up: told to lose');
    await world.purge();
    expect(world.partitions.list()).toEqual(rest);
  });

  test('logs what is gone if the event after it cannot be written', async () => {
    world.eventFault = () => (world.events.length === 0 ? null : 'fail');
    await world.purge();
    expect(world.partitions.list()).toEqual(rest);
    expect(world.log.at(-1)).toContain('purge not recorded');
    expect(world.log.at(-2)).toContain('removed 23 rows');
  });

  test('stops at the end of its time, and the next run removes the rest', async () => {
    let seconds = 0;
    world.clock = () => addSeconds(NOW, seconds);
    world.partitions.after = (call) => {
      if (call === 'deleteRows') seconds += PURGE_SECONDS / 3;
    };
    await world.purge();
    expect(world.partitions.calls.filter((call) => call === 'deleteRows')).toHaveLength(3);
    expect(world.details.at(-1)).toMatch(/^removed \d+ rows/);
    expect(world.partitions.list().length).toBeGreaterThan(rest.length);
    world.partitions.after = () => undefined;
    await world.purge();
    expect(world.partitions.list()).toEqual(rest);
  });
});

test('two runs at once remove what one would', async () => {
  await Promise.all([world.purge(), world.purge()]);
  expect(world.partitions.list()).toEqual(rest);
});
