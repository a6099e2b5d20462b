import { describe, expect, it } from 'vitest';
import { ScanGate } from '../../../shared/audit/scan-gate.ts';

/** A scan that ends when the test says so. */
function heldScan() {
  let end: (fault?: Error) => void = () => undefined;
  const scan = () =>
    new Promise<string>((resolve, reject) => {
      end = (fault) => (fault === undefined ? resolve('read') : reject(fault));
    });
  return { scan, end: (fault?: Error) => end(fault) };
}

const refused = { code: 'rate_limited', retryAfter: expect.any(Number) as number };

describe('scans of the audit table', () => {
  it('of one caller run two at once; a third is told when to come back', async () => {
    const gate = new ScanGate();
    const held = [heldScan(), heldScan()];
    const runs = held.map(({ scan }) => gate.run('local/ann', scan));
    await expect(gate.run('local/ann', () => Promise.resolve(1))).rejects.toMatchObject(refused);
    expect(await gate.run('local/bob', () => Promise.resolve(2))).toBe(2);
    held[0]!.end();
    await runs[0];
    expect(await gate.run('local/ann', () => Promise.resolve(3))).toBe(3);
    held[1]!.end();
    expect(await Promise.all(runs)).toEqual(['read', 'read']);
  });

  it('run eight at once on an instance, whoever asks', async () => {
    const gate = new ScanGate();
    const held = Array.from({ length: 8 }, heldScan);
    const runs = held.map(({ scan }, index) => gate.run(`local/${index}`, scan));
    await expect(gate.run('local/ann', () => Promise.resolve(1))).rejects.toMatchObject(refused);
    for (const { end } of held) end();
    await Promise.all(runs);
    expect(await gate.run('local/ann', () => Promise.resolve(1))).toBe(1);
  });

  it('make room however they end, also if they throw at once', async () => {
    const gate = new ScanGate({ perCaller: 1, perInstance: 1 });
    const held = heldScan();
    const run = gate.run('local/ann', held.scan);
    held.end(new Error('the table is down'));
    await expect(run).rejects.toThrow('the table is down');
    const thrown = gate.run('local/ann', () => {
      throw new Error('no time left');
    });
    await expect(thrown).rejects.toThrow('no time left');
    expect(await gate.run('local/bob', () => Promise.resolve(1))).toBe(1);
  });

  it('that were refused take no room', async () => {
    const gate = new ScanGate({ perCaller: 1, perInstance: 8 });
    const held = heldScan();
    const run = gate.run('local/ann', held.scan);
    for (let tries = 0; tries < 20; tries += 1)
      await expect(gate.run('local/ann', () => Promise.resolve(1))).rejects.toMatchObject(refused);
    expect(await gate.run('local/bob', () => Promise.resolve(1))).toBe(1);
    held.end();
    await run;
    expect(await gate.run('local/ann', () => Promise.resolve(2))).toBe(2);
  });
});
