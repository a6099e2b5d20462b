import { describe, expect, it } from 'vitest';
import type { KeyName } from '../../../shared/azure-storage.ts';
import { boundariesOf, modesOf, playCell, type Flow } from './crash-cells.ts';
import { RotationWorld, TICK } from './rotation-world.ts';

/** Steady, every key's status known, tokens living on the active key1. */
async function steadyWorld(): Promise<RotationWorld> {
  const world = new RotationWorld();
  world.azure.publish(world.account, 'key1');
  await world.rotator('founder', false).tick(world);
  world.write({ demotedAt: null });
  world.pass(10 * TICK);
  return world;
}

async function ordered(world: Promise<RotationWorld>): Promise<RotationWorld> {
  const started = await world;
  started.write({ request: { by: 'tests/operator', reason: 'asked', at: new Date(started.now) } });
  return started;
}

/** key2 signs, key1 drains: tokens live on both. */
async function drainingWorld(): Promise<RotationWorld> {
  const world = await ordered(steadyWorld());
  const rotator = world.rotator('former', true);
  while (world.journal?.phase !== 'draining') {
    world.pass(TICK);
    await rotator.tick(world);
  }
  world.pass(2 * TICK);
  return world;
}

async function revoked(world: Promise<RotationWorld>, ...keys: KeyName[]): Promise<RotationWorld> {
  const struck = await world;
  struck.revoke(...keys);
  return struck;
}

/** The journal was lost while key1 drained; a rotation is ordered at once, and waits for the unknown key1. */
async function forgetfulWorld(): Promise<RotationWorld> {
  const world = await drainingWorld();
  world.azure.journals.delete(world.account.name);
  const rotator = world.rotator('finder', false);
  await rotator.tick(world);
  await ordered(Promise.resolve(world));
  await rotator.tick(world);
  return world;
}

const FLOWS: readonly Flow[] = [
  { name: 'rotation', start: () => ordered(steadyWorld()), regenerations: [2, 3] },
  {
    name: 'first contact',
    start: async () => {
      const world = new RotationWorld();
      world.pass(TICK);
      return world;
    },
    regenerations: [0, 0],
  },
  {
    name: 'deleted secret',
    start: async () => {
      const world = await steadyWorld();
      world.azure.deleteSecret(world.account);
      return world;
    },
    regenerations: [0, 0],
  },
  { name: 'active revoked', start: () => revoked(steadyWorld(), 'key1'), regenerations: [2, 3] },
  {
    name: 'active revoked while the other drains',
    start: () => revoked(drainingWorld(), 'key2'),
    regenerations: [2, 3],
  },
  {
    name: 'draining key revoked',
    start: () => revoked(drainingWorld(), 'key1'),
    regenerations: [2, 3],
  },
  { name: 'journal lost in mid-drain', start: forgetfulWorld, regenerations: [3, 4] },
  {
    name: 'active revoked while an unknown key is waited for',
    start: () => revoked(forgetfulWorld(), 'key2'),
    regenerations: [2, 3],
  },
];

const totals = { cells: 0, boundaries: 0, ticks: 0 };

describe('a crash anywhere ends steady, with every live token alive', () => {
  it.each(FLOWS)('$name', async (flow) => {
    const lines: string[] = [];
    const broken: string[] = [];
    const boundaries = await boundariesOf(flow);
    for (const boundary of boundaries) {
      const { index, phase, effect } = boundary;
      for (const how of modesOf(effect.name)) {
        const faults = await playCell(flow, boundary, how);
        const where = `${String(index).padStart(3)} ${phase.padEnd(19)} ${effect.name} ${effect.detail}`;
        const cell = `${flow.name} | ${where.padEnd(48)} | ${how.name.padEnd(33)} | ${faults.join('; ') || 'steady'}`;
        lines.push(cell);
        if (faults.length > 0) broken.push(cell);
      }
    }
    totals.boundaries += boundaries.length;
    totals.cells += lines.length;
    process.stdout.write(
      `${lines.join('\n')}\n${flow.name}: ${boundaries.length} effects, ${lines.length} cells, ${broken.length} broken; all so far: ${totals.cells} cells\n`,
    );
    expect(broken).toEqual([]);
    expect(lines.length).toBeGreaterThan(20);
  });
});
