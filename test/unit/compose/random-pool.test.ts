import { describe, expect, it } from 'vitest';
import { randomPool } from '../../../shared/compose/random-pool.ts';

describe('the pool of randomness', () => {
  it('gives out every byte once, and asks again before it runs out', () => {
    let fills = 0;
    let next = 0;
    const take = randomPool((pool) => {
      fills += 1;
      const bytes = new DataView(pool.buffer);
      for (let at = 0; at + 4 <= pool.length; at += 4) bytes.setUint32(at, (next += 1));
    });
    const taken = Array.from({ length: 3000 }, () => Buffer.from(take(8)).toString('hex'));
    expect(fills).toBe(Math.ceil((3000 * 8) / 4096));
    expect(new Set(taken).size).toBe(3000);
    expect(taken.every((one) => one.length === 16)).toBe(true);
  });

  it('never changes bytes that it gave out', () => {
    const take = randomPool();
    const first = take(16);
    const copy = Buffer.from(first).toString('hex');
    for (let call = 0; call < 1000; call += 1) take(16);
    expect(Buffer.from(first).toString('hex')).toBe(copy);
    expect(copy).not.toBe('0'.repeat(32));
  });

  it('refuses more than it holds', () => {
    expect(() => randomPool()(4097)).toThrow(RangeError);
  });
});
