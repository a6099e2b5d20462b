import { describe, expect, it } from 'vitest';
import { nextStep } from '../../../shared/rotation/next-step.ts';
import type { Facts, Step } from '../../../shared/rotation/rotation-step.ts';
import {
  at,
  contextWith,
  hash,
  journalWith,
  KEYS,
  NOW,
  secretOf,
  TIMES,
  waitsOf,
} from './machine-samples.ts';
import { cases, FREEZE, request, saves, waits } from './step-cases.ts';

describe('draining', () => {
  const draining = { phase: 'draining', active: 'key2', request, demotedAt: at(-FREEZE) } as const;
  const quiet: Facts = { times: TIMES, secret: secretOf('key2') };
  const tokens = (latestExpiry: Date | null): Facts => ({
    ...quiet,
    tokens: { key1: { count: latestExpiry === null ? 0 : 1, latestExpiry, rest: null, begunAt: NOW } },
  });
  const tally = {
    key: 'key1' as const,
    demotedAt: at(-FREEZE),
    begunAt: NOW,
    count: 7,
    latestExpiry: at(9000),
    rest: 'further on',
  };
  const unfinished: Facts = { ...quiet, tokens: { key1: tally } };
  cases(
    ['does not count before the freeze is over', { ...draining, demotedAt: at(1 - FREEZE) }, quiet, waits(1)],
    ['counts after the freeze', draining, quiet, { do: 'count', key: 'key1' }],
    [
      'waits for the latest expiry plus the clock skew',
      draining,
      tokens(at(79_000)),
      saves({ phase: 'draining', drainUntil: at(79_300), countedAt: NOW }),
    ],
    [
      'waits for the overlap if that is longer',
      draining,
      tokens(at(9000)),
      saves({ drainUntil: at(70_300 - FREEZE) }),
    ],
    [
      'waits for the overlap if no token is live',
      draining,
      tokens(null),
      saves({ drainUntil: at(70_300 - FREEZE) }),
    ],
    [
      'does not wait longer than the freeze without tokens and without an overlap',
      { ...draining, drainWaits: { freeze: FREEZE, overlap: 0 } },
      tokens(null),
      saves({ drainUntil: NOW }),
      { waits: waitsOf({ overlap: 0 }) },
    ],
    ['saves an unfinished count', draining, unfinished, saves({ drainUntil: null, tally })],
    ['continues an unfinished count', { ...draining, tally }, quiet, { do: 'count', begun: tally }],
    [
      'removes the unfinished count once the count is complete',
      { ...draining, tally },
      tokens(null),
      saves({ tally: null }),
    ],
    [
      'does not continue a count of an earlier demotion',
      { ...draining, tally: { ...tally, demotedAt: at(-FREEZE - 1) } },
      quiet,
      { do: 'count', begun: null },
    ],
    [
      'does not continue a count of the other key',
      { ...draining, tally: { ...tally, key: 'key2' } },
      quiet,
      { do: 'count', begun: null },
    ],
    [
      'does not continue a count that began before the freeze was over',
      { ...draining, tally: { ...tally, begunAt: at(-1) } },
      quiet,
      { do: 'count', begun: null, begunAt: NOW },
    ],
    [
      'does not continue a count that began in the future',
      { ...draining, tally: { ...tally, begunAt: at(1) } },
      quiet,
      { do: 'count', begun: null },
    ],
    [
      'keeps the instant at which a continued count began',
      {
        ...draining,
        demotedAt: at(-FREEZE - 9),
        tally: { ...tally, demotedAt: at(-FREEZE - 9), begunAt: at(-4) },
      },
      quiet,
      { do: 'count', begunAt: at(-4) },
    ],
    [
      'discards an unfinished count if the freeze is not over after all',
      { ...draining, demotedAt: at(1 - FREEZE), tally: { ...tally, demotedAt: at(1 - FREEZE) } },
      quiet,
      saves({ tally: null }),
    ],
    [
      'discards a complete count if the freeze is not over after all',
      { ...draining, demotedAt: at(1 - FREEZE), drainUntil: at(66_000), countedAt: at(1) },
      quiet,
      saves({ drainUntil: null, countedAt: null }),
    ],
    ['counts by the values of both keys', draining, quiet, { do: 'count', key: 'key1', hashes: KEYS }],
    ['counts once', { ...draining, drainUntil: at(66_000), countedAt: NOW }, quiet, waits(66_000)],
    [
      'counts again if the freeze was made longer since the count',
      { ...draining, drainUntil: at(66_000), countedAt: at(-1) },
      quiet,
      { do: 'count', key: 'key1', begun: null },
    ],
    [
      'counts again if the instant of the count is unknown',
      { ...draining, drainUntil: at(66_000) },
      quiet,
      { do: 'count', key: 'key1', begun: null },
    ],
    [
      'waits for the longer freeze that was configured at the demotion',
      { ...draining, drainWaits: { freeze: FREEZE + 7, overlap: 0 } },
      quiet,
      waits(7),
      { waits: waitsOf({ overlap: 0 }) },
    ],
    [
      'counts again what was counted before that freeze was over',
      {
        ...draining,
        demotedAt: at(-FREEZE - 7),
        drainWaits: { freeze: FREEZE + 7, overlap: 0 },
        drainUntil: at(-1),
        countedAt: at(-1),
      },
      quiet,
      { do: 'count', key: 'key1', begun: null },
      { waits: waitsOf({ overlap: 0 }) },
    ],
    [
      'waits for the longer overlap that was configured at the demotion',
      { ...draining, drainUntil: at(-1), countedAt: NOW },
      quiet,
      waits(70_300 - FREEZE),
      { waits: waitsOf({ overlap: 0 }) },
    ],
    [
      'journals settings that are longer than at the demotion, because an instance may keep them',
      { ...draining, drainWaits: { freeze: 1, overlap: 80_000 } },
      quiet,
      saves({ drainWaits: { freeze: FREEZE, overlap: 80_000 } }),
    ],
    [
      'keeps the longer waits if something else publishes the draining key',
      { ...draining, drainWaits: { freeze: 90_000, overlap: 80_000 } },
      { ...quiet, keys: KEYS, secret: secretOf('key1') },
      saves({ active: 'key1', demotedAt: NOW, drainWaits: { freeze: 90_000, overlap: 80_000 } }),
    ],
    [
      'waits for an overlap that was made longer since the count',
      { ...draining, drainUntil: at(-1), countedAt: NOW },
      quiet,
      waits(70_300 - FREEZE),
    ],
    [
      'ends at the latest expiry',
      { ...draining, demotedAt: at(-90_000), drainUntil: at(0), countedAt: at(-9) },
      quiet,
      saves({ phase: 'retiring', settleUntil: null }),
    ],
    [
      'ends if nothing can depend on the key',
      { ...draining, demotedAt: null },
      quiet,
      saves({ phase: 'retiring' }),
    ],
    [
      'ends at once if the key is compromised',
      { ...draining, compromised: ['key1'] },
      {},
      saves({ phase: 'retiring' }),
    ],
    [
      'publishes the draining key again if the active key is compromised',
      { ...draining, compromised: ['key2'] },
      { secret: secretOf('key2') },
      saves({ phase: 'publishing' }),
    ],
    [
      'regenerates the draining key first if both keys are compromised',
      { ...draining, compromised: ['key1', 'key2'] },
      { secret: secretOf('key2') },
      saves({ phase: 'preparing' }),
    ],
  );
});

describe('retiring', () => {
  const retiring = {
    phase: 'retiring',
    active: 'key2',
    request,
    demotedAt: at(-90_000),
    drainUntil: at(-1),
    countedAt: at(-9),
  } as const;
  const quiet: Facts = { times: TIMES, secret: secretOf('key2') };
  const settled = { ...retiring, demotedAt: null, drainUntil: null, settleUntil: at(0) } as const;
  cases(
    [
      'regenerates the drained key',
      retiring,
      { ...quiet, keys: KEYS },
      { do: 'regenerate', key: 'key1', journal: { phase: 'retiring', attempt: { key: 'key1' } } },
    ],
    ['checks again that the latest token has expired', { ...retiring, drainUntil: at(5) }, quiet, waits(5)],
    [
      'checks again that the tokens were counted',
      { ...retiring, drainUntil: null, countedAt: null },
      quiet,
      { do: 'count', key: 'key1' },
    ],
    [
      'checks again that the key is not published',
      retiring,
      { times: TIMES, secret: secretOf('key1'), keys: KEYS },
      saves({ phase: 'retiring', active: 'key1', demotedAt: NOW }),
    ],
    [
      'regenerates a compromised key, whatever depends on it',
      { ...retiring, drainUntil: at(5), compromised: ['key1'] },
      { keys: KEYS },
      { do: 'regenerate', key: 'key1' },
    ],
    ['waits until the regenerated key has settled', { ...settled, settleUntil: at(1) }, {}, waits(1)],
    [
      'settles again if the key has changed again',
      settled,
      { keys: { ...KEYS, key1: hash('d') } },
      saves({ settleUntil: at(1300), hashes: { ...KEYS, key1: hash('d') } }),
    ],
    [
      'disables every version but the latest',
      settled,
      { keys: KEYS, secret: secretOf('key2') },
      { do: 'disable', keep: 'v1' },
    ],
    [
      'disables nothing if there is no secret',
      settled,
      { keys: KEYS, secret: null },
      saves({ phase: 'steady' }),
    ],
    [
      'ends the rotation after that',
      settled,
      { keys: KEYS, secret: secretOf('key2'), disabled: true },
      saves({
        phase: 'steady',
        request: null,
        settleUntil: null,
        lastOutcome: { at: NOW, what: 'key2 signs tokens; key1 was regenerated' },
      }),
    ],
    [
      'leaves an observed account observed',
      { ...settled, takenOver: false },
      { keys: KEYS, secret: secretOf('key2'), disabled: true },
      saves({ phase: 'observed' }),
    ],
  );

  it('names in its last event who asked for the rotation', () => {
    const step = nextStep(
      journalWith(settled),
      { keys: KEYS, secret: secretOf('key2'), disabled: true },
      contextWith(),
    ) as Extract<Step, { do: 'save' }>;
    expect(step.journal.outbox.at(-1)).toMatchObject({ type: 'rotation-steady', actor: 'issuer/operator' });
  });
});
