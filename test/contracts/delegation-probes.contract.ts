import { inspect } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import type { DelegationProbe, DelegationProbes } from '../../shared/keys/delegation-probes.ts';

/** An account of its own, and a way to revoke its user delegation keys. */
export interface DelegationProbesHarness {
  readonly probes: DelegationProbes;
  readonly account: StorageAccount;
  readonly clock: () => Date;
  readonly revoke: () => Promise<void>;
}

export function delegationProbesContract(name: string, open: () => Promise<DelegationProbesHarness>): void {
  describe(`probes of user delegation keys (${name})`, () => {
    let harness: DelegationProbesHarness;
    const make = (since: Date | null = null, timeoutMs = 4000) =>
      harness.probes.make(harness.account, since, harness.clock(), timeoutMs);
    const isRefused = (probe: DelegationProbe) => harness.probes.isRefused(probe, harness.clock());

    beforeEach(async () => {
      harness = await open();
    });

    test('are accepted until the keys are revoked, and refused from then on', async () => {
      const [probe, ...others] = await make();
      expect(probe?.service).toBe('blob');
      expect(others).toEqual([]);
      expect(await isRefused(probe!)).toBe(false);
      await harness.revoke();
      expect(await isRefused(probe!)).toBe(true);
    });

    test('by a key from after a revocation are accepted again', async () => {
      await harness.revoke();
      const since = new Date(Math.ceil(harness.clock().getTime() / 1000) * 1000);
      await expect.poll(async () => (await make(since)).length, { timeout: 30_000 }).toBe(1);
    });

    test('that have expired, or soon will, prove nothing', async () => {
      const [probe] = await make();
      expect(await harness.probes.isRefused(probe!, addSeconds(probe!.expiresAt, -60))).toBeNull();
    });

    test('cannot be printed', async () => {
      const probes = await make();
      expect(inspect(probes) + JSON.stringify(probes)).not.toMatch(/sig=|nothing/);
    });

    test('there are none if storage does not answer in time', async () => {
      expect(await make(null, 0)).toEqual([]);
    });
  });
}
