import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { LiveTokenQuery } from '../../../shared/revocation/live-token.ts';
import { ofKey, otherTimes, planWorld } from './plan-world.ts';
import { REQUEST_DEADLINE, start } from './revocation-world.ts';

const grant = { grant: 'read' };

describe('the scan of a plan', () => {
  it('may take 0.8 of the call’s time, and begins at the largest clock skew ago', async () => {
    const world = planWorld();
    const queries: LiveTokenQuery[] = [];
    const liveTokens = {
      scan: (query: LiveTokenQuery) => (queries.push(query), Promise.resolve({ scannedAll: false })),
    };
    const plan = await world.plan(grant, null, { liveTokens });
    await world.plan({ account: 'media' }, null, { liveTokens });
    expect(queries).toEqual(
      [null, 'media'].map((account) => ({
        account,
        expiresAfter: addSeconds(start, -otherTimes.clockSkew),
        issuedSince: null,
        deadline: addSeconds(start, REQUEST_DEADLINE * 0.8),
      })),
    );
    expect(plan.scannedAll).toBe(false);
    expect(plan.notes.join()).toContain('was not read to its end');
  });

  it('is one of two that a caller may run at once, and makes room when it fails', async () => {
    const world = planWorld();
    let fail: (error: Error) => void = () => undefined;
    const held = new Promise<never>((_resolve, reject) => (fail = reject));
    const liveTokens = { scan: () => held };
    const runs = [world.plan(grant, null, { liveTokens }), world.plan(grant, null, { liveTokens })];
    // The accounts' facts are read before the scan.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(world.plan(grant)).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 5 });
    fail(new Error('down'));
    await Promise.allSettled(runs);
    expect((await world.plan(grant)).tokens).toBe(0);
  });

  it('is not begun for a target that does not exist', async () => {
    const world = planWorld();
    const liveTokens = { scan: () => Promise.reject(new Error('scanned')) };
    const plan = world.plan({ account: 'unknown' }, null, { liveTokens });
    await expect(plan).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is followed by the question how many of the callers are blocked', async () => {
    const world = planWorld();
    world.tokens.push(ofKey('key1'));
    const asked: unknown[] = [];
    const blocksOf = (callers: unknown) => (asked.push(callers), Promise.resolve(1));
    expect((await world.plan(grant, null, { blocksOf })).block).toEqual({
      possible: false,
      callers: 1,
      active: 1,
    });
    expect(asked).toMatchObject([[{ issuer: 'local', subject: 'ann' }]]);
  });
});
