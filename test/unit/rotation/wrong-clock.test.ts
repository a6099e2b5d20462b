import { describe, expect, it } from 'vitest';
import { clockAhead } from '../../../shared/rotation/clock-ahead.ts';
import type { Phase } from '../../../shared/rotation/rotation-journal.ts';
import { at, KEYS, NOW, QUIET, secretOf } from './machine-samples.ts';
import { live, revoked, steadyWorld, worldIn } from './prepared-worlds.ts';
import { RotationWorld } from './rotation-world.ts';
import { cases, reads, saves, waits } from './step-cases.ts';

const HOUR = 3600;
const YEAR = 365 * 86_400;
const unread = { isClockRight: false };

describe('before the clocks have been compared', () => {
  cases(
    ['no wait is judged', { phase: 'retiring', settleUntil: at(-9) }, {}, reads('times'), unread],
    ['nothing is corrected', { demotedAt: at(YEAR) }, {}, reads('times'), unread],
    ['a back-off is not believed either', { notBefore: at(YEAR) }, {}, reads('times'), unread],
    ['nothing is read during a back-off', { notBefore: at(9) }, {}, waits(9), unread],
    [
      'a compromised key is replaced',
      { phase: 'retiring', compromised: ['key2'] },
      { keys: KEYS },
      { do: 'regenerate', key: 'key2' },
      unread,
    ],
    [
      'what holds a compromised key is corrected, and no demotion',
      { compromised: ['key2'], notBefore: at(YEAR), demotedAt: at(YEAR) },
      {},
      saves({ notBefore: at(3900), demotedAt: at(YEAR) }),
      unread,
    ],
    [
      'a standby that was in use is not regenerated for a compromised active key',
      {
        phase: 'preparing',
        compromised: ['key1'],
        demotedAt: at(-YEAR),
        drainUntil: at(-9),
        countedAt: at(-HOUR),
      },
      { ...QUIET, keys: KEYS, secret: secretOf('key1') },
      saves({ phase: 'publishing' }),
      unread,
    ],
  );
});

describe('a tick by a clock that is wrong', () => {
  const apart = [YEAR, HOUR, 11, -11, -HOUR, -YEAR];
  const phases: Phase[] = ['steady', 'preparing', 'settling', 'publishing', 'draining', 'retiring'];

  it.each(phases.flatMap((phase) => apart.map((seconds) => [phase, seconds] as const)))(
    'only empties the outbox while %s, by %i s',
    async (phase, seconds) => {
      const world = await worldIn(phase);
      world.pass(40);
      const before = world.journal!;
      const [key1, key2] = [world.value('key1'), world.value('key2')];
      expect(await world.strayRotator(seconds).tick(world)).toBe('failed');
      expect(world.journal).toEqual({
        ...before,
        outbox: [],
        lastFailure: expect.stringContaining('clock') as string,
      });
      expect([world.value('key1'), world.value('key2')]).toEqual([key1, key2]);
      await live(world, 90);
      expect(world.faultsAtRest()).toEqual([]);
    },
  );

  it('breaks no live token after the freeze', async () => {
    const world = await worldIn('draining');
    await live(world, 9);
    expect(world.journal?.drainUntil).not.toBeNull();
    await world.strayRotator(HOUR).tick(world);
    expect(world.azure.wrongs).toEqual([]);
    expect(world.journal?.phase).toBe('draining');
  });

  it('observes no account, because the freeze of its other key would end too early', async () => {
    const world = new RotationWorld();
    expect(await world.strayRotator(-HOUR).tick(world)).toBe('failed');
    expect(world.journal).toBeNull();
  });

  it.each(apart)('replaces a compromised key, by %i s', async (seconds) => {
    const world = await revoked(steadyWorld(), 'key2');
    const leaked = world.value('key2');
    await world.strayRotator(seconds).tick(world);
    expect(world.azure.isAlive(leaked)).toBe(false);
    await live(world, 90);
    expect(world.faultsAtRest()).toEqual([]);
  });

  it('by no more than half of clockSkew is like any other', async () => {
    const world = await worldIn('steady');
    for (const seconds of [10, -10]) expect(await world.strayRotator(seconds).tick(world)).toBe('done');
  });
});

describe('the difference of two clocks', () => {
  const date = NOW.toUTCString();
  it.each<[string, number, number, number]>([
    ['is not known below a second', -1, 1, 0],
    ['is nothing if the date is between request and reply', -30, 30, 0],
    ['is what the request was sent after the date', 61, 62, 60],
    ['is negative if the reply came before the date', -62, -61, -60],
    ['is a year', YEAR, YEAR, YEAR - 1],
  ])('%s', (_name, sent, received, ahead) => {
    expect(clockAhead(date, at(sent), at(received))).toBe(ahead);
  });

  it.each(['', 'yesterday'])('cannot be told from %o', (text) => {
    expect(clockAhead(text, NOW, NOW)).toBeNull();
  });
});
