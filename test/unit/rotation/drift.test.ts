import { describe, expect, it } from 'vitest';
import type { KeyName } from '../../../shared/azure/services.ts';
import type { Phase } from '../../../shared/rotation/rotation-journal.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { otherKey } from '../../../shared/rotation/standby.ts';
import { live, steadyWorld, worldIn } from './prepared-worlds.ts';
import { REQUEST_DEADLINE, SETTINGS, RotationWorld, TICK } from './rotation-world.ts';

const LONG = 80;
const GARBAGE = 'correct horse battery staple';
const STRANGERS_KEY = Buffer.alloc(64, 7).toString('base64');

const regenerated = (world: RotationWorld, which: 'active' | 'standby') => {
  const { active } = world.journal!;
  const key = (active === 'key1') === (which === 'active') ? 'key1' : 'key2';
  world.azure.regenerate(world.account.name, key);
};
const other = (world: RotationWorld) => world.value(world.journal!.active === 'key1' ? 'key2' : 'key1');

/** Changes from outside the broker, whether they pause the account until an operator acts, and how they show. */
const HANDS = {
  'regenerates the active key': { pauses: true, act: (world) => regenerated(world, 'active') },
  'regenerates the standby': { pauses: true, act: (world) => regenerated(world, 'standby') },
  'regenerates both keys': {
    pauses: true,
    act: (world) => {
      regenerated(world, 'active');
      regenerated(world, 'standby');
    },
  },
  'deletes the secret': { pauses: false, act: ({ azure, account }) => azure.deleteSecret(account) },
  'disables the secret': { pauses: false, act: ({ azure, account }) => azure.disableSecret(account) },
  'writes garbage': {
    pauses: false,
    act: ({ azure, account }) => azure.setSecret(account, GARBAGE),
  },
  'writes some other key': {
    pauses: false,
    act: ({ azure, account }) => azure.setSecret(account, STRANGERS_KEY),
  },
  'publishes the standby': {
    pauses: false,
    act: (world) => world.azure.setSecret(world.account, other(world)),
  },
  'calls the active key by the other name': {
    pauses: false,
    act: (world) => {
      const { active } = world.journal!;
      const tags = { CredentialId: otherKey(active), ManagedBy: 'sas-token-broker' };
      world.azure.setSecret(world.account, world.value(active), tags);
    },
  },
  'publishes as another manager': {
    pauses: false,
    act: ({ azure, account }) => azure.setSecret(account, STRANGERS_KEY, { ManagedBy: 'another' }),
  },
} satisfies Record<string, { pauses: boolean; act: (world: RotationWorld) => unknown }>;

type Hand = keyof typeof HANDS;
const HAND_NAMES = Object.keys(HANDS) as Hand[];
const PHASES: readonly Phase[] = [
  'steady',
  'preparing',
  'settling',
  'draining',
  'retiring',
  'paused',
  'observed',
];
const CASES = PHASES.flatMap((phase) => HAND_NAMES.map((hand) => [hand, phase] as const));

/** The phases in which it ends: the exceptions to "paused if a key was changed, else steady". */
function endOf(hand: Hand, phase: Phase): Phase {
  if (phase === 'observed') return hand === 'publishes as another manager' ? 'paused' : 'observed';
  if (phase === 'paused') return 'paused';
  // A regeneration that took effect late looks the same: the standby settles again.
  if (phase === 'settling' && hand === 'regenerates the standby') return 'steady';
  return HANDS[hand].pauses ? 'paused' : 'steady';
}

describe('a change from outside the broker', () => {
  it.each(CASES)('(%s while %s) ends with a published key that storage accepts', async (hand, phase) => {
    const world = await worldIn(phase);
    expect(world.journal?.phase).toBe(phase);
    const known = world.events.length;
    world.azure.byHand(() => HANDS[hand].act(world));

    await live(world, LONG);

    const { journal } = world;
    const end = endOf(hand, phase);
    expect(world.azure.wrongs).toEqual([]);
    expect(journal).toMatchObject({ phase: end, attempt: null, outbox: [], lastFailure: null });
    if (end === 'paused') expect(journal?.lastError).toMatch(/outside the broker/);
    else expect(journal?.lastError).toBeNull();
    // A secret of another manager is left alone as long as the broker has not taken the account over.
    if (!(phase === 'observed' && end === 'paused')) {
      expect(world.azure.published()).toBe(world.value(journal!.active));
    }
    expect(world.events.length).toBeGreaterThan(known);
    if (phase === 'steady' || HANDS[hand].pauses)
      expect(world.events.slice(known).map(({ type }) => type)).toContain('drift');
  });

  it.each(['key1', 'key2'] as const)(
    'that publishes the active key1 as %s breaks no token that was signed meanwhile',
    async (name) => {
      const world = await steadyWorld();
      const tags = { CredentialId: name, ManagedBy: 'sas-token-broker' };
      world.azure.byHand(() => world.azure.setSecret(world.account, world.value('key1'), tags));
      world.pass(4 * TICK);
      // Expires later than a rotation usually takes.
      world.instances[1]!.sign(600);
      await live(world, 2);
      const types = world.events.map(({ type }) => type);
      expect(types.includes('healed')).toBe(name === 'key2');
      expect(world.azure.secret(world.account)?.versions.at(-1)?.tags['CredentialId']).toBe('key1');
      world.order();
      await live(world, LONG);
      expect(world.azure.regenerations).toHaveLength(2);
      expect(world.journal).toMatchObject({ active: 'key2' });
      expect(world.faultsAtRest()).toEqual([]);
    },
  );

  it('that names the active key wrongly and is put right before the next tick breaks no token', async () => {
    const world = await steadyWorld();
    const publish = (name: KeyName) =>
      world.azure.byHand(() =>
        world.azure.setSecret(world.account, world.value('key1'), {
          CredentialId: name,
          ManagedBy: 'sas-token-broker',
        }),
      );
    publish('key2');
    world.pass(4 * TICK);
    // Expires later than a rotation usually takes.
    world.instances[1]!.sign(600);
    world.instances[1]!.handOut();
    publish('key1');
    world.order();
    await live(world, LONG);
    expect(world.azure.regenerations).toHaveLength(2);
    expect(world.faultsAtRest()).toEqual([]);
  });

  it('pauses the account, and the broker regenerates nothing until an operator takes it over', async () => {
    const world = await worldIn('paused');
    const before = world.azure.regenerations.length;
    world.now += world.waits.every * 3000;
    await live(world, LONG);
    expect(world.azure.regenerations.length).toBe(before);
    expect(world.journal?.phase).toBe('paused');
  });

  it('is not believed after one read', async () => {
    const world = await steadyWorld();
    const rotator = world.rotator('one', true);
    world.azure.byHand(() => world.azure.regenerate(world.account.name, 'key2'));
    let lists = 0;
    rotator.effects.before = ({ name }) => {
      if (name === 'list' && (lists += 1) === 2)
        world.azure.byHand(() => world.azure.regenerate(world.account.name, 'key2'));
    };
    await rotator.tick(world);
    expect(world.journal?.phase).toBe('steady');
    await rotator.tick(world);
    expect(world.journal?.phase).toBe('paused');
  });

  it('is noticed even if keys have no creation times, or it comes between two reads', async () => {
    const world = new RotationWorld({ times: false });
    const rotator = world.rotator('one', true);
    let touched = false;
    rotator.effects.after = ({ name }) => {
      if (touched || name !== 'list') return;
      touched = true;
      world.azure.byHand(() => world.azure.regenerate(world.account.name, 'key1'));
    };
    await rotator.tick(world);
    await live(world, 6);
    expect(world.journal?.phase).toBe('paused');
    expect(world.azure.published()).toBe(world.value('key1'));
  });
});

describe('a rotation continues', () => {
  it('after its journal was lost in any phase', async () => {
    for (const phase of PHASES) {
      const world = await worldIn(phase);
      const regenerations = world.azure.regenerations.length;
      world.azure.journals.delete(world.account.name);
      await live(world, LONG);
      expect(world.azure.wrongs).toEqual([]);
      expect(world.journal?.phase).toBe(phase === 'observed' ? 'observed' : 'steady');
      expect(world.azure.published()).toBe(world.value(world.journal!.active));
      // The other key's status is unknown again, so the broker waits for as long as it could be used.
      expect(world.journal?.demotedAt).not.toBeNull();
      expect(world.azure.regenerations.length).toBe(regenerations);
    }
  });

  it.each(PHASES)('after all clocks were set back an hour while %s', async (phase) => {
    const world = await worldIn(phase);
    world.azure.setBack(3_600_000);
    world.now -= 3_600_000;
    for (const instance of world.instances) instance.forget();
    await live(world, LONG);
    expect(world.azure.wrongs).toEqual([]);
    world.now += 3_600_000;
    await live(world, LONG);
    const end = phase === 'paused' || phase === 'observed' ? phase : 'steady';
    expect(world.faultsAtRest(end)).toEqual([]);
  });

  it('if Azure’s clock makes a key younger than the tokens that it signed', async () => {
    const world = await steadyWorld();
    world.azure.account(world.account.name).keys.key1.createdAt = new Date(world.now + 3_600_000);
    await live(world, 10);
    world.order();
    await live(world, LONG);
    expect(world.azure.regenerations).toHaveLength(2);
    expect(world.faultsAtRest()).toEqual([]);
  });

  it.each([
    ['longer', 400],
    ['shorter', 0],
  ])('with an overlap that a deployment makes %s in mid-drain', async (_word, overlap) => {
    const world = await worldIn('draining');
    const demotedAt = world.journal!.demotedAt!;
    const rotation = { ...world.account.rotation!, overlap };
    world.account = { ...world.account, rotation };
    world.waits = rotationWaits(world.account, REQUEST_DEADLINE)!;
    const pair = [world.rotator('one', true), world.rotator('another', false)];
    const former = world.value('key1');
    for (let tick = 0; world.azure.isAlive(former); tick += 1) {
      world.pass(TICK);
      await pair[tick % 2]!.tick(world);
    }
    // The clock that recorded the demotion is ahead of Azure's.
    const age = (world.now - demotedAt.getTime()) / 1000 + world.waits.clockSkew / 2;
    const longest = Math.max(overlap, SETTINGS.overlap);
    expect(age).toBeGreaterThanOrEqual(Math.max(longest, world.waits.freeze));
    expect(age).toBeLessThan(Math.max(overlap, 300) + 60);
    expect(world.azure.wrongs).toEqual([]);
  });

  it('with the new period after a deployment shortened it', async () => {
    const world = await steadyWorld();
    const rotation = { ...world.account.rotation!, every: 1000 };
    world.account = { ...world.account, rotation };
    world.waits = rotationWaits(world.account, REQUEST_DEADLINE)!;
    await live(world, 1);
    const dueAt = world.journal!.dueAt!.getTime();
    expect(dueAt).toBeLessThanOrEqual(world.now + 1_010_000);
    await live(world, 1);
    expect(world.journal!.dueAt!.getTime()).toBe(dueAt);
  });

  it('in a later tick after a regeneration was refused', async () => {
    const world = await steadyWorld();
    world.order();
    const rotator = world.rotator('one', true);
    rotator.effects.always('regenerate', { kind: 'refuse' });
    await rotator.tick(world);
    expect(rotator.effects.count('regenerate')).toBe(1);
    expect(world.journal).toMatchObject({ attempt: null, lastError: 'told to refuse' });
    rotator.effects.always('regenerate', null);
    await live(world, LONG);
    expect(world.faultsAtRest()).toEqual([]);
  });

  it.each([{ kind: 'refuse' }, { kind: 'throttle', retryAfter: 5 }] as const)(
    'after a regeneration without reply took effect late, although sending it again met %j',
    async (fault) => {
      const world = await steadyWorld({ settings: { settle: 60 } });
      world.order();
      const rotator = world.rotator('one', true);
      rotator.effects.next('regenerate', { kind: 'late' });
      rotator.effects.always('regenerate', null);
      await rotator.tick(world);
      rotator.effects.always('regenerate', fault);
      world.pass(40);
      await rotator.tick(world);
      expect(rotator.effects.count('regenerate')).toBe(2);
      world.azure.landLate();
      rotator.effects.always('regenerate', null);
      await live(world, LONG);
      expect(world.events.map(({ type }) => type)).not.toContain('drift');
      expect(world.azure.regenerations).toHaveLength(2);
      expect(world.faultsAtRest()).toEqual([]);
    },
  );

  it.each(['times', 'regenerate'] as const)(
    'on any instance only at the time that Resource Manager named to one that asked for %s',
    async (name) => {
      const world = await steadyWorld();
      world.order();
      const rotator = world.rotator('one', true);
      rotator.effects.next(name, { kind: 'throttle', retryAfter: 200 });
      await rotator.tick(world);
      world.pass(170);
      const other = world.rotator('another', true);
      await other.tick(world);
      expect(other.effects.calls.map((call) => call.name)).toEqual(expect.not.arrayContaining(['list']));
      expect(other.effects.count('times') + other.effects.count('regenerate')).toBe(0);
      await live(world, LONG);
      expect(world.faultsAtRest()).toEqual([]);
    },
  );

  it('at the time that Resource Manager named', async () => {
    const world = await steadyWorld();
    world.order();
    const rotator = world.rotator('one', true);
    rotator.effects.next('regenerate', { kind: 'throttle', retryAfter: 200 });
    await rotator.tick(world);
    const calls = rotator.effects.calls.length;
    world.pass(190);
    await rotator.tick(world);
    expect(rotator.effects.calls.slice(calls).map(({ name }) => name)).toEqual(['load']);
    await live(world, LONG);
    expect(world.faultsAtRest()).toEqual([]);
  });
});
