import { describe, expect, it } from 'vitest';
import { boundariesOf, type Flow, modesOf, playCell } from './crash-cells.ts';
import { forgetfulWorld, ordered, revoked, steadyWorld, worldIn } from './prepared-worlds.ts';
import { RotationWorld, TICK } from './rotation-world.ts';

const FLOWS: readonly Flow[] = [
  { name: 'rotation', start: () => ordered(steadyWorld()), regenerations: [2, 3] },
  {
    name: 'rotation, counted in several calls',
    start: async () => {
      const world = await ordered(steadyWorld());
      world.rowsPerCount = 60;
      return world;
    },
    regenerations: [2, 3],
  },
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
    name: 'active key revoked while the other drains',
    start: () => revoked(worldIn('draining'), 'key2'),
    regenerations: [2, 3],
  },
  {
    name: 'draining key revoked',
    start: () => revoked(worldIn('draining'), 'key1'),
    regenerations: [2, 3],
  },
  { name: 'both revoked', start: () => revoked(steadyWorld(), 'key1', 'key2'), regenerations: [2, 3] },
  { name: 'journal lost in mid-drain', start: forgetfulWorld, regenerations: [3, 4] },
  {
    name: 'active key revoked while waiting for a key of unknown status',
    start: () => revoked(forgetfulWorld(), 'key2'),
    regenerations: [2, 3],
  },
];

const totals = { cells: 0, boundaries: 0, ticks: 0 };

describe('after a crash at any point, the account ends steady and every live token works', () => {
  it.each(FLOWS)('$name', async (flow) => {
    const lines: string[] = [];
    const broken: string[] = [];
    const { boundaries, events } = await boundariesOf(flow);
    for (const boundary of boundaries) {
      const { index, phase, effect } = boundary;
      for (const how of modesOf(effect.name)) {
        const faults = await playCell(flow, boundary, how, events);
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
