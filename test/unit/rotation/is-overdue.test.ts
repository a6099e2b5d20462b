import { describe, expect, it } from 'vitest';
import { isOverdue } from '../../../shared/rotation/is-overdue.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { account } from '../../fakes/configuration.ts';
import { at, journalWith, NOW, SETTINGS, waitsOf } from './machine-samples.ts';
import { live, steadyWorld, worldIn } from './prepared-worlds.ts';
import { TICK } from './rotation-world.ts';

const waits = waitsOf();
const { patience, revocationPatience } = waits;
const request = { by: 'issuer/operator', byName: null, reason: 'asked', at: NOW };
const delegationOrder = {
  death: 'delegation-keys-x',
  by: 'issuer/operator',
  byName: null,
  reason: 'leaked',
  at: NOW,
  revokedAtBefore: null,
  mayHaveLanded: false,
  lastError: null,
};

/** What counts from `NOW`, and after how many seconds it is overdue. */
const TABLE: readonly (readonly [string, Partial<RotationJournal>, number])[] = [
  ['a rotation that is due', { dueAt: NOW }, patience],
  ['a rotation that is ordered and does not start', { request }, patience],
  [
    'an ordered rotation that waits for the standby',
    { phase: 'preparing', demotedAt: at(-9), request },
    patience,
  ],
  ['a drain', { phase: 'draining', demotedAt: NOW, request: { ...request, at: at(-patience) } }, patience],
  ['a drain that nobody ordered', { phase: 'draining', demotedAt: NOW }, patience],
  ['an ordered rotation that never settles at its end', { phase: 'retiring', request }, 2 * patience],
  ['a compromised key', { compromised: ['key1'], request }, revocationPatience],
  [
    'a compromised key of a paused account',
    { phase: 'paused', compromised: ['key1'], request, dueAt: null },
    revocationPatience,
  ],
  [
    'a compromised key while the other one drains',
    { phase: 'draining', demotedAt: at(-patience), compromised: ['key1'], request },
    revocationPatience,
  ],
  ['a revocation of user delegation keys', { delegationOrder }, revocationPatience],
];

describe('overdue', () => {
  it.each(TABLE)('is %s that has outlasted its patience, and not before', (_name, parts, seconds) => {
    const journal = journalWith({ dueAt: null, ...parts });
    expect(isOverdue(account(), journal, waits, at(seconds))).toBe(false);
    expect(isOverdue(account(), journal, waits, at(seconds + 1))).toBe(true);
  });

  it('is never an account that waits for an operator, or for its next rotation', () => {
    const later = at(20 * 86_400);
    for (const phase of ['observed', 'paused'] as const)
      expect(isOverdue(account(), journalWith({ phase, dueAt: null }), waits, later)).toBe(false);
    expect(isOverdue(account(), journalWith({ dueAt: later }), waits, later)).toBe(false);
  });

  it('is only a revocation of user delegation keys if storage does not accept the account’s keys', () => {
    const closed = account({ allowSharedKeyAccess: false });
    const later = at(20 * 86_400);
    const stuck = journalWith({ dueAt: NOW, compromised: ['key1'], request });
    expect(isOverdue(closed, stuck, waits, later)).toBe(false);
    expect(isOverdue(closed, { ...stuck, delegationOrder }, waits, later)).toBe(true);
  });

  it('is a compromised key if nothing says since when it should be dead', () => {
    const journal = journalWith({ dueAt: null, compromised: ['key1'], request: null });
    expect(isOverdue(account(), journal, waits, NOW)).toBe(true);
  });

  it('leaves a revocation time for settling, clocks that differ, calls and the timer, and no more', () => {
    const { settle, clockSkew, requestTimeoutSeconds } = SETTINGS;
    expect(waitsOf().revocationPatience).toBe(settle + 2 * clockSkew + 8 * requestTimeoutSeconds + 900);
  });

  it.each([
    ['the longest token', { maxTokenTtl: 86_400, overlap: 3600 }, 86_400],
    ['the overlap', { maxTokenTtl: 3600, overlap: 86_400 }, 86_400],
  ])('leaves a rotation time for the freeze, two keys to settle and %s', (_name, settings, longest) => {
    const { settle, clockSkew, requestTimeoutSeconds } = SETTINGS;
    const { freeze, patience: whole } = waitsOf(settings);
    expect(whole).toBe(freeze + 2 * (settle + requestTimeoutSeconds + 2 * clockSkew) + longest);
  });

  it('is a leaked key that Azure refuses to regenerate, although no rotation is due', async () => {
    const world = await steadyWorld();
    world.revoke('key2');
    const rotator = world.rotator('one', true);
    rotator.effects.always('regenerate', { kind: 'refuse' });
    for (let tick = 0; tick < 5; tick += 1) {
      world.pass(TICK);
      await rotator.tick(world);
    }
    const overdue = (seconds: number) =>
      isOverdue(world.account, world.journal!, world.waits, new Date(world.now + seconds * 1000));
    expect(overdue(0)).toBe(false);
    expect(overdue(world.waits.revocationPatience)).toBe(true);
    rotator.effects.always('regenerate', null);
    await live(world, 20);
    expect(world.journal).toMatchObject({ phase: 'steady', request: null });
  });

  it.each(['steady', 'observed', 'paused', 'draining'] as const)(
    'is no revocation that ends in time, ordered while %s',
    async (phase) => {
      const world = await worldIn(phase);
      world.write({ dueAt: null });
      world.revoke('key1', 'key2');
      for (let tick = 0; tick < 30; tick += 1) {
        await live(world, 1);
        expect(isOverdue(world.account, world.journal!, world.waits, new Date(world.now))).toBe(false);
      }
      expect(world.journal?.compromised).toEqual([]);
    },
  );
});
