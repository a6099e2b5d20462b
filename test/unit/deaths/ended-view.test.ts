import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import type { Death } from '../../../shared/deaths/death.ts';
import { endedListSchema, endedView, readEnded } from '../../../shared/deaths/ended-view.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { MemoryDeaths } from '../../fakes/memory-deaths.ts';

const start = new Date('2026-11-22T12:00:00.789Z');
const death = (dead: Death['dead'], parts: Partial<Death> = {}): Death => ({
  id: 'one',
  account: 'media',
  dead,
  order: { at: start, by: 'local/otto', byName: 'Otto', reason: 'leaked' },
  proof: null,
  ...parts,
});
const NOTHING = {
  id: 'one',
  keyId: null,
  policy: null,
  place: null,
  proved: null,
  provedAt: null,
  provedOn: [],
};
const ORDERED = { orderedAt: '2026-11-22T12:00:00Z', by: 'local/otto' };

describe('what was ended', () => {
  it.each<[Death['dead'], object]>([
    [
      { what: 'key', keyId: '0123456789abcdef' },
      { what: 'key', keyId: '0123456789abcdef' },
    ],
    [{ what: 'delegation-keys', before: start, settled: false }, { what: 'delegation-keys' }],
    [
      { what: 'policy', service: 'blob', place: 'photos', policy: 'readers' },
      { what: 'policy', policy: 'readers', place: 'blob/photos' },
    ],
  ])('is named: %j', (dead, named) => {
    const view = endedView([death(dead)]);
    expect(view).toEqual([{ ...NOTHING, ...ORDERED, ...named }]);
    expect(endedListSchema.parse(view)).toEqual(view);
  });

  it.each([true, false])('is shown with its proof (%s) and where storage answered', (refused) => {
    const proof = { at: addSeconds(start, 3), refused, on: ['blob', 'queue'] as const };
    expect(endedView([death({ what: 'key', keyId: 'k' }, { proof })])).toMatchObject([
      { proved: refused, provedAt: '2026-11-22T12:00:03Z', provedOn: ['blob', 'queue'] },
    ]);
  });

  it('is listed newest first, and no more than ten of it', () => {
    const deaths = Array.from({ length: 12 }, (_, index) => death({ what: 'key', keyId: `k${index}` }));
    expect(endedView(deaths)?.map(({ keyId }) => keyId)).toEqual(
      [11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((index) => `k${index}`),
    );
  });

  it('is unknown, not empty, if it cannot be read', async () => {
    const deaths = new MemoryDeaths();
    expect(endedView(await readEnded(deaths, 'media', start))).toEqual([]);
    deaths.failing = new BrokerError('storage_unavailable', 'Told to fail.');
    expect(await readEnded(deaths, 'media', start)).toBeNull();
    expect(endedView(null)).toBeNull();
  });

  it('does not hide a fault of the program', async () => {
    const fault = new TypeError('list is not iterable');
    const deaths = { list: () => Promise.reject(fault) };
    await expect(readEnded(deaths, 'media', start)).rejects.toBe(fault);
  });
});
