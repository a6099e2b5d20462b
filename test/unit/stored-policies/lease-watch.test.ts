import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { LeaseWatch } from '../../../shared/stored-policies/lease-watch.ts';
import { EMPTY_LEDGER } from '../../../shared/stored-policies/policy-ledger.ts';

const start = new Date('2026-11-22T12:00:00Z');
const at = (seconds: number) => addSeconds(start, seconds);
const leased = (holder: string) => ({
  ...EMPTY_LEDGER,
  lease: { holder, durationSeconds: 20, blockedPolicies: [] },
});

describe('a lease, as a process watches it', () => {
  const isLive = (watch: LeaseWatch, holder: string, seconds: number, key = 'media:blob:photos') =>
    watch.findLive(key, leased(holder), at(seconds)) !== null;

  it('expires once it has been known for as long as it lasts, counted from the first look', () => {
    const watch = new LeaseWatch();
    expect([0, 19.9, 20].map((seconds) => isLive(watch, 'other', seconds))).toEqual([true, true, false]);
  });

  it('counts from when it was sent if this process sent it', () => {
    const watch = new LeaseWatch();
    watch.track('media:blob:photos', 'own', at(0));
    expect([15, 20].map((seconds) => isLive(watch, 'own', seconds))).toEqual([true, false]);
  });

  it('is independent of the lease before it and of the leases of other places', () => {
    const watch = new LeaseWatch();
    isLive(watch, 'other', 0);
    expect(isLive(watch, 'other', 30, 'media:blob:else')).toBe(true);
    expect(isLive(watch, 'third', 30)).toBe(true);
    expect(watch.findLive('media:blob:photos', EMPTY_LEDGER, at(31))).toBeNull();
    expect(isLive(watch, 'third', 60)).toBe(true);
  });

  it('counts again from the start if the clock was set back', () => {
    const watch = new LeaseWatch();
    isLive(watch, 'other', 3600);
    expect([0, 19, 20].map((seconds) => isLive(watch, 'other', seconds))).toEqual([true, true, false]);
  });
});
