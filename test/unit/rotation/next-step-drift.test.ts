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
      'in the secret is not repaired twice in one tick',
      told,
      { times: TIMES, secret: null, keys: KEYS, opens: { key1: true }, published: true },
      waits(null),
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

describe('the event of a difference', () => {
  const tells = (detail: string) => ({ do: 'save', journal: { outbox: [{ type: 'drift', detail }] } });
  const older = { key1: at(-7), key2: at(-7) };
  const other = { key1: hash('a'), key2: hash('b') };
  const known = { times: TIMES, keys: KEYS };
  cases(
    [
      'names one key',
      {},
      { times: older, keys: { ...KEYS, key2: hash('b') }, keysAgain: { ...KEYS, key2: hash('b') } },
      tells('key2 was regenerated outside the broker'),
    ],
    [
      'names both keys',
      {},
      { times: older, keys: other, keysAgain: other, opens: { key1: true } },
      tells('key1 and key2 were regenerated outside the broker'),
    ],
    [
      'says that the secret is gone',
      {},
      { ...known, secret: null },
      tells('the published secret does not hold the active key: the secret does not exist'),
    ],
    [
      'says that a tag is wrong',
      {},
      { ...known, secret: secretOf('key1', { name: 'key2' }) },
      tells('the published secret does not hold the active key: its CredentialId tag names key2'),
    ],
    [
      'says that the secret was changed',
      {},
      { ...known, secret: secretOf(null) },
      tells('the published secret does not hold the active key: it was disabled or overwritten'),
    ],
  );
});

describe('a published key that is neither of the account’s', () => {
  const foreign = secretOf('key1', { hash: hash('f'), name: null });
  const paused = { phase: 'paused', takenOver: false, lastError: 'x' } as const;
  const facts = { times: TIMES, secret: foreign };
  const refused = { ...facts, secretOpens: false };
  cases(
    ['is tried on the storage', paused, facts, { do: 'probe-secret' }],
    ['is left alone if storage accepts it', paused, { ...facts, secretOpens: true }, waits(null)],
    ['is not believed to be dead before the keys were read', paused, refused, reads('keys')],
    ['is not believed to be dead after one read', paused, { ...refused, keys: KEYS }, reads('keysAgain')],
    [
      'is not believed to be dead if the second read has it',
      paused,
      { ...refused, keys: KEYS, keysAgain: { ...KEYS, key2: hash('f') } },
      waits(null),
    ],
    [
      'is journalled as dead after a probe and two reads',
      paused,
      { ...refused, keys: KEYS, keysAgain: KEYS },
      saves({ deadSecret: 'v1', phase: 'paused', lastError: 'x' }),
    ],
    [
      'is journalled as dead before the active key is published again',
      {},
      { ...refused, keys: KEYS, keysAgain: KEYS },
      saves({ deadSecret: 'v1', unpublished: false }),
    ],
    [
      'is tried again while it is dead, even if it is a key of the account by now',
      { ...paused, deadSecret: 'v1' },
      QUIET,
      { do: 'probe-secret' },
    ],
    ['is tried again while it is dead', { ...paused, deadSecret: 'v1' }, facts, { do: 'probe-secret' }],
    ['stays dead while storage refuses it', { ...paused, deadSecret: 'v1' }, refused, waits(null)],
    [
      'is alive again once storage accepts it',
      { ...paused, deadSecret: 'v1' },
      { ...facts, secretOpens: true },
      saves({ deadSecret: null }),
    ],
    [
      'is forgotten once another version is published',
      { ...paused, deadSecret: 'v0' },
      { ...QUIET, secret: secretOf('key1') },
      saves({ deadSecret: null }),
    ],
    [
      'is forgotten with the secret',
      { ...paused, deadSecret: 'v0' },
      { ...QUIET, secret: null },
      saves({ deadSecret: null }),
    ],
  );
});
