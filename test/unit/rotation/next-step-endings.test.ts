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
  QUIET,
  secretOf,
  TIMES,
  waitsOf,
} from './machine-samples.ts';
import { cases, FREEZE, reads, request, saves, waits } from './step-cases.ts';

describe('draining', () => {
  const draining = { phase: 'draining', active: 'key2', request, demotedAt: at(-FREEZE) } as const;
  const quiet: Facts = { times: TIMES, secret: secretOf('key2') };
  const tokens = (latestExpiry: Date | null): Facts => ({
    ...quiet,
    tokens: { key1: { count: latestExpiry === null ? 0 : 1, latestExpiry, rest: null, begunAt: NOW } },
  });
  const tally = {
    ...{ key: 'key1' as const, demotedAt: at(-FREEZE), begunAt: NOW },
    ...{ count: 7, latestExpiry: at(9000), rest: 'further on' },
  };
  const unfinished: Facts = { ...quiet, tokens: { key1: tally } };
  cases(
    ['does not count before it is frozen', { ...draining, demotedAt: at(1 - FREEZE) }, quiet, waits(1)],
    ['counts then', draining, quiet, { do: 'count', key: 'key1' }],
    [
      'waits for the latest token by any clock',
      draining,
      tokens(at(79_000)),
      saves({ phase: 'draining', drainUntil: at(79_300), countedAt: NOW }),
    ],
    [
      'waits for other readers of the secret where that is longer',
      draining,
      tokens(at(9000)),
      saves({ drainUntil: at(70_000 - FREEZE) }),
    ],
    ['and where no token lives', draining, tokens(null), saves({ drainUntil: at(70_000 - FREEZE) })],
    [
      'needs no wait where nothing holds it up',
      draining,
      tokens(null),
      saves({ drainUntil: NOW }),
      { waits: waitsOf({ overlap: 0 }) },
    ],
    ['keeps what was counted so far', draining, unfinished, saves({ drainUntil: null, tally })],
    ['goes on from there', { ...draining, tally }, quiet, { do: 'count', begun: tally }],
    ['and forgets it at the end', { ...draining, tally }, tokens(null), saves({ tally: null })],
    [
      'takes nothing from a count of an earlier demotion',
      { ...draining, tally: { ...tally, demotedAt: at(-FREEZE - 1) } },
      quiet,
      { do: 'count', begun: null },
    ],
    [
      'nor from one of the other key',
      { ...draining, tally: { ...tally, key: 'key2' } },
      quiet,
      { do: 'count', begun: null },
    ],
    [
      'nor from one that was begun before it was frozen',
      { ...draining, tally: { ...tally, begunAt: at(-1) } },
      quiet,
      { do: 'count', begun: null, begunAt: NOW },
    ],
    [
      'nor from one that was begun by a clock ahead of this one',
      { ...draining, tally: { ...tally, begunAt: at(1) } },
      quiet,
      { do: 'count', begun: null },
    ],
    [
      'keeps to when it was begun',
      {
        ...draining,
        demotedAt: at(-FREEZE - 9),
        tally: { ...tally, demotedAt: at(-FREEZE - 9), begunAt: at(-4) },
      },
      quiet,
      { do: 'count', begunAt: at(-4) },
    ],
    [
      'drops what was counted where it is not frozen after all',
      { ...draining, demotedAt: at(1 - FREEZE), tally: { ...tally, demotedAt: at(1 - FREEZE) } },
      quiet,
      saves({ tally: null }),
    ],
    [
      'and what came of it',
      { ...draining, demotedAt: at(1 - FREEZE), drainUntil: at(66_000), countedAt: at(1) },
      quiet,
      saves({ drainUntil: null, countedAt: null }),
    ],
    [
      'counts rows of both names where the key was published under the other one',
      { ...draining, misnamed: ['key1'] },
      quiet,
      { do: 'count', key: 'key1', anyName: true },
    ],
    [
      'and only then',
      { ...draining, misnamed: ['key2'] },
      quiet,
      { do: 'count', key: 'key1', anyName: false },
    ],
    ['counts once', { ...draining, drainUntil: at(66_000), countedAt: NOW }, quiet, waits(66_000)],
    [
      'counts again where that was before a freeze that was made longer since',
      { ...draining, drainUntil: at(66_000), countedAt: at(-1) },
      quiet,
      { do: 'count', key: 'key1', begun: null },
    ],
    [
      'and where it is not known when that was',
      { ...draining, drainUntil: at(66_000) },
      quiet,
      { do: 'count', key: 'key1', begun: null },
    ],
    [
      'keeps to an overlap that was made longer since',
      { ...draining, drainUntil: at(-1), countedAt: NOW },
      quiet,
      waits(70_000 - FREEZE),
    ],
    [
      'ends at the latest expiry',
      { ...draining, demotedAt: at(-90_000), drainUntil: at(0), countedAt: at(-9) },
      quiet,
      saves({ phase: 'retiring', settleUntil: null }),
    ],
    [
      'ends where nothing can depend on the key',
      { ...draining, demotedAt: null },
      quiet,
      saves({ phase: 'retiring' }),
    ],
    [
      'ends at once where the key was given up',
      { ...draining, compromised: ['key1'] },
      {},
      saves({ phase: 'retiring' }),
    ],
    [
      'returns to the draining key where the active one was',
      { ...draining, compromised: ['key2'] },
      { secret: secretOf('key2') },
      saves({ phase: 'publishing' }),
    ],
    [
      'makes that anew first where both were',
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
      'attempts the drained key',
      retiring,
      { ...quiet, keys: KEYS },
      { do: 'regenerate', key: 'key1', journal: { phase: 'retiring', attempt: { key: 'key1' } } },
    ],
    ['looks once more whether it may', { ...retiring, drainUntil: at(5) }, quiet, waits(5)],
    [
      'and whether it was counted',
      { ...retiring, drainUntil: null, countedAt: null },
      quiet,
      { do: 'count', key: 'key1' },
    ],
    [
      'and whether somebody published it',
      retiring,
      { times: TIMES, secret: secretOf('key1'), keys: KEYS },
      saves({ phase: 'retiring', active: 'key1', demotedAt: NOW }),
    ],
    [
      'ends a key that was given up, whatever lives on it',
      { ...retiring, drainUntil: at(5), compromised: ['key1'] },
      { keys: KEYS },
      { do: 'regenerate', key: 'key1' },
    ],
    ['lets it settle', { ...settled, settleUntil: at(1) }, {}, waits(1)],
    [
      'anew where it changed once more',
      settled,
      { keys: { ...KEYS, key1: hash('d') } },
      saves({ settleUntil: at(1000), hashes: { ...KEYS, key1: hash('d') } }),
    ],
    [
      'disables every version but the latest',
      settled,
      { keys: KEYS, secret: secretOf('key2') },
      { do: 'disable', keep: 'v1' },
    ],
    [
      'has nothing to disable where the secret is gone',
      settled,
      { keys: KEYS, secret: null },
      saves({ phase: 'steady' }),
    ],
    [
      'is over then',
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

  it('tells in its last event who had asked', () => {
    const step = nextStep(
      journalWith(settled),
      { keys: KEYS, secret: secretOf('key2'), disabled: true },
      contextWith(),
    ) as Extract<Step, { do: 'save' }>;
    expect(step.journal.outbox.at(-1)).toMatchObject({ type: 'rotation-steady', actor: 'issuer/operator' });
  });
});

describe('a difference', () => {
  const other = { ...KEYS, key1: hash('a') };
  const older = { ...TIMES, key1: at(-7) };
  cases(
    ['in age leads to the values', {}, { times: older }, reads('keys')],
    ['in age alone is noted', {}, { times: older, keys: KEYS }, saves({ phase: 'steady', times: older })],
    ['in value is read twice', {}, { times: older, keys: other }, reads('keysAgain')],
    [
      'that changes meanwhile is not believed',
      {},
      { times: older, keys: other, keysAgain: { ...KEYS, key1: hash('e') } },
      waits(null),
    ],
    [
      'of the active key is tried on storage',
      {},
      { times: older, keys: other, keysAgain: other },
      { do: 'probe', key: 'key1' },
    ],
    [
      'that storage does not know is not believed',
      {},
      { times: older, keys: other, keysAgain: other, opens: { key1: false } },
      waits(null),
    ],
    [
      'that is believed pauses',
      { request },
      { times: older, keys: other, keysAgain: other, opens: { key1: true } },
      saves({
        phase: 'paused',
        hashes: other,
        times: older,
        request: null,
        demotedAt: null,
        lastError: 'key1 was regenerated outside the broker',
      }),
    ],
    [
      'of the standby makes its status unknown, whatever was counted',
      { tally: { key: 'key2', demotedAt: NOW, begunAt: NOW, count: 1, latestExpiry: NOW, rest: 'x' } },
      { times: older, keys: { ...KEYS, key2: hash('b') }, keysAgain: { ...KEYS, key2: hash('b') } },
      saves({ phase: 'paused', demotedAt: NOW, drainUntil: null, tally: null }),
    ],
    [
      'does not pause what is only observed',
      { phase: 'observed' },
      { times: older, keys: other, keysAgain: other, opens: { key1: true } },
      saves({ phase: 'observed', hashes: other }),
    ],
    ['in the secret leads to the values, too', {}, { times: TIMES, secret: null }, reads('keys')],
    [
      'in the secret alone is told first',
      {},
      { times: TIMES, secret: null, keys: KEYS },
      saves({
        phase: 'steady',
        unpublished: true,
      }),
    ],
  );

  const told = { unpublished: true };
  cases(
    [
      'is mended with a key that opens',
      told,
      { times: TIMES, secret: secretOf(null), keys: KEYS },
      { do: 'probe', key: 'key1' },
    ],
    [
      'not with one that does not',
      told,
      { times: TIMES, secret: null, keys: KEYS, opens: { key1: false } },
      waits(null),
    ],
    [
      'is mended by publishing',
      told,
      { times: TIMES, secret: null, keys: KEYS, opens: { key1: true } },
      { do: 'publish', key: 'key1' },
    ],
    [
      'is mended then',
      told,
      QUIET,
      saves({ unpublished: false, lastOutcome: { at: NOW, what: 'key1 was published again' } }),
    ],
    [
      'leaves a pause its reason',
      { phase: 'paused', lastError: 'x' },
      { times: TIMES, secret: null, keys: KEYS },
      saves({ phase: 'paused', lastError: 'x', unpublished: true }),
    ],
    [
      'leaves it when it is mended, too',
      { ...told, phase: 'paused', lastError: 'x' },
      QUIET,
      saves({ phase: 'paused', lastError: 'x', unpublished: false }),
    ],
    [
      'is left alone where an account was paused before it was taken over',
      { phase: 'paused', takenOver: false },
      { times: TIMES, secret: null },
      waits(null),
    ],
    [
      'pauses an observed account where another manager shows',
      { phase: 'observed', takenOver: false },
      { times: TIMES, secret: secretOf(null, { managedBy: 'another' }) },
      saves({ phase: 'paused', lastError: expect.stringContaining('ManagedBy') as string }),
    ],
    [
      'is remembered where it calls the active key by the other name',
      {},
      { ...QUIET, secret: secretOf('key1', { name: 'key2' }) },
      saves({ misnamed: ['key1'], phase: 'steady' }),
    ],
    [
      'is told of then',
      { misnamed: ['key1'] },
      { ...QUIET, secret: secretOf('key1', { name: 'key2' }), keys: KEYS },
      saves(told),
    ],
    [
      'and mended by publishing',
      { ...told, misnamed: ['key1'] },
      { ...QUIET, secret: secretOf('key1', { name: 'key2' }), keys: KEYS, opens: { key1: true } },
      { do: 'publish', key: 'key1' },
    ],
    [
      'makes what was counted of the standby worth nothing where it calls that by the other name',
      { phase: 'paused', takenOver: false, demotedAt: at(-90_000), drainUntil: at(9), countedAt: at(-9) },
      { ...QUIET, secret: secretOf('key2', { name: 'key1' }) },
      saves({ misnamed: ['key2'], drainUntil: null }),
    ],
    ['needs no name', {}, { ...QUIET, secret: secretOf('key1', { name: null }) }, waits(500_000)],
    [
      'makes the standby the active key where somebody published it',
      {},
      { ...QUIET, secret: secretOf('key2'), keys: KEYS },
      saves({ phase: 'draining', active: 'key2', demotedAt: NOW, drainUntil: null }),
    ],
  );
});
