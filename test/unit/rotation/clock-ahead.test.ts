import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { at, KEYS, NOW, QUIET } from './machine-samples.ts';
import { live, worldIn } from './prepared-worlds.ts';
import { cases, reads, saves, waits } from './step-cases.ts';

const YEAR = 365 * 86_400;
const attempt = { key: 'key2', instance: 'that', until: at(YEAR), before: KEYS, unanswered: null } as const;

describe('an instant that a clock far ahead has journalled', () => {
  cases(
    [
      'does not stop calls for longer than an hour',
      { notBefore: at(YEAR) },
      {},
      saves({ notBefore: at(3900) }),
    ],
    ['is kept if a service may have asked for it', { notBefore: at(3900) }, {}, waits(3900)],
    [
      'does not keep a request in flight',
      { phase: 'preparing', attempt },
      {},
      saves({ attempt: { ...attempt, until: at(10) } }),
    ],
    [
      'does not keep a key from settling',
      { phase: 'settling', settleUntil: at(YEAR) },
      {},
      saves({ settleUntil: at(1310) }),
    ],
    [
      'is no demotion in the future, and discards its count',
      { phase: 'draining', demotedAt: at(YEAR), drainUntil: at(YEAR), countedAt: at(YEAR) },
      {},
      saves({ demotedAt: NOW, drainUntil: null, countedAt: null }),
    ],
    [
      'is kept if clocks may differ by that much',
      { phase: 'draining', demotedAt: at(300) },
      {},
      reads('times'),
    ],
    ['does not shorten a drain, which ends with its tokens', { drainUntil: at(YEAR) }, QUIET, waits(500_000)],
  );

  it.each<[string, Partial<RotationJournal>]>([
    ['its back-off', { notBefore: addSeconds(NOW, YEAR) }],
    ['its attempt', { attempt }],
    ['its settling', { settleUntil: addSeconds(NOW, YEAR) }],
  ])('does not keep a leaked key alive through %s', async (_what, parts) => {
    const world = await worldIn('preparing');
    const leaked = world.value('key2');
    const hashes = world.journal!.hashes;
    const { attempt: given = null, ...rest } = parts;
    world.revoke('key2');
    world.write({ ...rest, attempt: given && { ...given, before: hashes } });
    await live(world, 1);
    world.now += 3_700_000;
    await live(world, 20);
    expect(world.azure.isAlive(leaked)).toBe(false);
  });
});
