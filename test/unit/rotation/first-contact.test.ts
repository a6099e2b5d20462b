import { describe, expect, it } from 'vitest';
import { nextStep } from '../../../shared/rotation/next-step.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import type { Step } from '../../../shared/rotation/rotation-step.ts';
import { nextDue } from '../../../shared/rotation/rotation-waits.ts';
import type { SecretFact } from '../../../shared/rotation/secret-fact.ts';
import { contextWith, hash, KEYS, NOW, secretOf, TIMES } from './machine-samples.ts';
import { live } from './prepared-worlds.ts';
import { RotationWorld } from './rotation-world.ts';

const meet = (secret: SecretFact | null, takeOver: boolean): RotationJournal => {
  const facts = { secret, keys: KEYS, times: TIMES };
  return (nextStep(null, facts, contextWith({ takeOver })) as Extract<Step, { do: 'save' }>).journal;
};
const dueAt = nextDue('media', NOW, contextWith().waits.every);
const observed = { phase: 'observed', takenOver: false, dueAt: null, lastError: null };
const steady = { phase: 'steady', takenOver: true, dueAt, lastError: null };
const paused = { phase: 'paused', takenOver: false, dueAt: null };

const NEITHER = secretOf(null, { hash: hash('f'), managedBy: null });
const TABLE: readonly (readonly [string, SecretFact | null, boolean, object])[] = [
  ['no secret is observed, with key1', null, false, { ...observed, active: 'key1' }],
  ['no secret that may be taken over is steady, with key1', null, true, { ...steady, active: 'key1' }],
  [
    'a secret that holds key1 is observed',
    secretOf('key1', { managedBy: null }),
    false,
    { ...observed, active: 'key1' },
  ],
  [
    'a secret that holds key2 keeps it',
    secretOf('key2', { managedBy: null }),
    false,
    { ...observed, active: 'key2' },
  ],
  [
    'a secret that holds key2, to be taken over, keeps it',
    secretOf('key2'),
    true,
    { ...steady, active: 'key2' },
  ],
  [
    'a secret that holds neither key is paused',
    NEITHER,
    false,
    { ...paused, lastError: expect.stringContaining('neither key') as string },
  ],
  [
    'a secret that holds neither key is overwritten if the configuration takes the account over',
    NEITHER,
    true,
    { ...steady, active: 'key1' },
  ],
  ['a disabled secret is as good as none', secretOf(null), false, { ...observed, active: 'key1' }],
  ['another manager’s secret is paused', secretOf('key1', { managedBy: 'another' }), false, paused],
  [
    'another manager’s secret is paused whatever the configuration says',
    secretOf('key2', { managedBy: 'another' }),
    true,
    { ...paused, active: 'key2' },
  ],
  ['another manager’s disabled secret is, too', secretOf(null, { managedBy: 'another' }), true, paused],
];

describe('an account at first contact', () => {
  it.each(TABLE)('with %s', (_name, secret, takeOver, expected) => {
    const journal = meet(secret, takeOver);
    expect(journal).toMatchObject(expected);
    // Any application may use the other key.
    expect(journal).toMatchObject({
      demotedAt: NOW,
      drainUntil: null,
      tally: null,
      hashes: KEYS,
      times: TIMES,
      attempt: null,
    });
    expect(journal.outbox).toMatchObject([{ type: `rotation-${journal.phase}`, actor: 'first contact' }]);
  });

  it('is read before anything is decided, the creation times of its keys before their values', () => {
    const context = contextWith();
    expect(nextStep(null, {}, context)).toEqual({ do: 'read', what: 'secret' });
    expect(nextStep(null, { secret: null }, context)).toEqual({ do: 'read', what: 'times' });
    expect(nextStep(null, { secret: null, times: TIMES }, context)).toEqual({ do: 'read', what: 'keys' });
  });
});

describe('an observed account', () => {
  it('signs tokens and keeps both keys, however much time passes', async () => {
    const world = new RotationWorld({ takeOver: false });
    await live(world, 5);
    world.now += 10 * world.waits.every * 1000;
    await live(world, 40);
    expect(world.azure.regenerations).toEqual([]);
    expect(world.faultsAtRest('observed')).toEqual([]);
    expect(world.azure.handedOut.length).toBeGreaterThan(50);
  });

  it('rotates once it is taken over, without breaking a token that was issued before', async () => {
    const world = new RotationWorld({ takeOver: false });
    await live(world, 8);
    world.account = { ...world.account, rotation: { ...world.account.rotation!, takeOver: true } };
    await live(world, 1);
    expect(world.journal).toMatchObject({ phase: 'steady', takenOver: true });
    world.order();
    await live(world, 90);
    expect(world.azure.regenerations).toHaveLength(2);
    expect(world.faultsAtRest()).toEqual([]);
  });

  it('waits for tokens that the unknown key may have signed before the journal was lost', async () => {
    const world = new RotationWorld();
    world.azure.publish(world.account, 'key2');
    world.pass(60);
    world.azure.publish(world.account, 'key1');
    await live(world, 1);
    world.order();
    await live(world, 90);
    expect(world.azure.regenerations).toHaveLength(2);
    expect(world.faultsAtRest()).toEqual([]);
  });
});
