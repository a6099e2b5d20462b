import { describe, expect } from 'vitest';
import type { OrderedKeyDeath } from '../../../shared/rotation/rotation-journal.ts';
import { at, hash, KEYS, NOW, QUIET, secretOf, TIMES } from './machine-samples.ts';
import { cases, reads, request, saves, waits } from './step-cases.ts';

const deathOf = (of: string): OrderedKeyDeath => ({
  id: `key-${of.slice(0, 16)}`,
  account: 'media',
  dead: { what: 'key', keyId: of.slice(0, 16) },
  order: { at: NOW, by: null, byName: null, reason: 'key1 was regenerated outside the broker' },
});

describe('a difference', () => {
  const other = { ...KEYS, key1: hash('a') };
  const older = { ...TIMES, key1: at(-7) };
  cases(
    ['in creation time makes the broker read the keys', {}, { times: older }, reads('keys')],
    [
      'in creation time alone is recorded',
      {},
      { times: older, keys: KEYS },
      saves({ phase: 'steady', times: older }),
    ],
    ['in value is confirmed by a second read', {}, { times: older, keys: other }, reads('keysAgain')],
    [
      'that the second read does not confirm is not believed',
      {},
      { times: older, keys: other, keysAgain: { ...KEYS, key1: hash('e') } },
      waits(null),
    ],
    [
      'of the active key is probed',
      {},
      { times: older, keys: other, keysAgain: other },
      { do: 'probe', key: 'key1' },
    ],
    [
      'is not believed if storage does not accept the key',
      {},
      { times: older, keys: other, keysAgain: other, opens: { key1: false } },
      waits(null),
    ],
    [
      'that is confirmed pauses the account',
      { request },
      { times: older, keys: other, keysAgain: other, opens: { key1: true } },
      saves({
        phase: 'paused',
        hashes: other,
        times: older,
        request: null,
        demotedAt: null,
        lastError: 'key1 was regenerated outside the broker',
        unrecordedDeaths: [deathOf(KEYS.key1)],
      }),
    ],
    [
      'of the standby makes its status unknown and discards its count',
      { tally: { key: 'key2', demotedAt: NOW, begunAt: NOW, count: 1, latestExpiry: NOW, rest: 'x' } },
      { times: older, keys: { ...KEYS, key2: hash('b') }, keysAgain: { ...KEYS, key2: hash('b') } },
      saves({ phase: 'paused', demotedAt: NOW, drainUntil: null, tally: null }),
    ],
    [
      'does not pause an observed account',
      { phase: 'observed' },
      { times: older, keys: other, keysAgain: other, opens: { key1: true } },
      saves({ phase: 'observed', hashes: other, unrecordedDeaths: [deathOf(KEYS.key1)] }),
    ],
    [
      'of a compromised key is recorded as the death of both values, because the broker replaces the new one too',
      { phase: 'publishing', compromised: ['key1'], request },
      { secret: secretOf(null), keys: other, keysAgain: other, opens: { key1: true } },
      saves({
        phase: 'paused',
        request,
        unrecordedDeaths: [
          deathOf(KEYS.key1),
          {
            ...deathOf(other.key1),
            order: { at: NOW, by: request.by, byName: null, reason: request.reason },
          },
        ],
      }),
    ],
    ['in the secret makes the broker read the keys too', {}, { times: TIMES, secret: null }, reads('keys')],
    [
      'in the secret alone is recorded before it is repaired',
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
      'in the secret is repaired only after a probe of the active key',
      told,
      { times: TIMES, secret: secretOf(null), keys: KEYS },
      { do: 'probe', key: 'key1' },
    ],
    [
      'in the secret is not repaired with a key that storage does not accept',
      told,
      { times: TIMES, secret: null, keys: KEYS, opens: { key1: false } },
      waits(null),
    ],
    [
      'in the secret is repaired by publishing the active key',
      told,
      { times: TIMES, secret: null, keys: KEYS, opens: { key1: true } },
      { do: 'publish', key: 'key1' },
    ],
    [
      'in the secret is recorded as repaired once the secret holds the active key',
      told,
      QUIET,
      saves({ unpublished: false, lastOutcome: { at: NOW, what: 'key1 was published again' } }),
    ],
    [
      'in the secret does not replace the reason for a pause',
      { phase: 'paused', lastError: 'x' },
      { times: TIMES, secret: null, keys: KEYS },
      saves({ phase: 'paused', lastError: 'x', unpublished: true }),
    ],
    [
      'in the secret does not clear the reason for a pause when it is repaired',
      { ...told, phase: 'paused', lastError: 'x' },
      QUIET,
      saves({ phase: 'paused', lastError: 'x', unpublished: false }),
    ],
    [
      'in the secret is left alone if the account was paused before it was taken over',
      { phase: 'paused', takenOver: false },
      { times: TIMES, secret: null },
      waits(null),
    ],
    [
      'in the ManagedBy tag pauses an observed account',
      { phase: 'observed', takenOver: false },
      { times: TIMES, secret: secretOf(null, { managedBy: 'another' }) },
      saves({ phase: 'paused', lastError: expect.stringContaining('ManagedBy') as string }),
    ],
    [
      'in the name of the active key is recorded before it is repaired',
      {},
      { ...QUIET, secret: secretOf('key1', { name: 'key2' }), keys: KEYS },
      saves(told),
    ],
    [
      'in the name of the active key is repaired by publishing it',
      told,
      { ...QUIET, secret: secretOf('key1', { name: 'key2' }), keys: KEYS, opens: { key1: true } },
      { do: 'publish', key: 'key1' },
    ],
    [
      'is not seen in a secret without a name',
      {},
      { ...QUIET, secret: secretOf('key1', { name: null }) },
      waits(500_000),
    ],
    [
      'that publishes the standby makes it the active key',
      {},
      { ...QUIET, secret: secretOf('key2'), keys: KEYS },
      saves({ phase: 'draining', active: 'key2', demotedAt: NOW, drainUntil: null }),
    ],
  );
});
