import { beforeEach, describe, expect, test } from 'vitest';
import type { Service } from '../../shared/azure/services.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import type { PolicyList, PolicyPlace, StoredPolicies } from '../../shared/stored-policies/stored-policy.ts';
import { storedPolicy } from '../fakes/memory-stored-policies.ts';

/** What the suite needs from an implementation: a separate account with one place in it. */
export interface StoredPoliciesHarness {
  readonly stored: StoredPolicies;
  readonly place: PolicyPlace;
}

const startsAt = new Date('2026-11-22T15:00:00Z');
const expiresAt = new Date('2030-01-01T00:00:00Z');
const LETTERS: Readonly<Record<Service, [string, string]>> = {
  blob: ['rl', 'racwdl'],
  queue: ['rp', 'raup'],
  table: ['ra', 'raud'],
  file: ['rl', 'rcwdl'],
};

export function storedPoliciesContract(
  name: string,
  service: Service,
  open: () => Promise<StoredPoliciesHarness>,
): void {
  describe(`stored access policies (${name})`, () => {
    let harness: StoredPoliciesHarness;
    const [some, all] = LETTERS[service];
    // The emulator's table service rejects a policy that leaves anything out.
    const least = service === 'table' ? { startsAt, expiresAt, permissions: some } : { permissions: some };
    const soon = () => addSeconds(new Date(), 10);
    const read = () => harness.stored.read(harness.place, soon());
    const replace = (list: Partial<PolicyList>) =>
      harness.stored.replace(harness.place, { policies: [], publicAccess: null, ...list }, soon());

    beforeEach(async () => {
      harness = await open();
    });

    test('a new place has none', async () => {
      expect(await read()).toEqual({ policies: [], publicAccess: null });
    });

    test('they are read as they were written: letters, times, and what they leave out', async () => {
      const policies = [
        storedPolicy({ id: 'full', startsAt, expiresAt, permissions: all }),
        storedPolicy({ id: 'no-times', ...least }),
        storedPolicy({ id: 'sb-aaaabbbbccccdddd', ...least }),
        storedPolicy({ id: 'Ümläut & <tag> =', ...least, expiresAt }),
        storedPolicy({ id: 'x'.repeat(64), ...least, startsAt }),
      ];
      await replace({ policies });
      expect(await read()).toEqual({ policies, publicAccess: null });
      expect((await read()).policies.map(({ managed }) => managed)).toEqual([
        false,
        false,
        true,
        false,
        false,
      ]);
    });

    test('the whole list is replaced', async () => {
      await replace({ policies: [storedPolicy({ id: 'one', ...least, expiresAt })] });
      await replace({ policies: [storedPolicy({ id: 'two', ...least, expiresAt })] });
      expect((await read()).policies.map(({ id }) => id)).toEqual(['two']);
      await replace({});
      expect(await read()).toEqual({ policies: [], publicAccess: null });
    });

    const levels = service === 'blob' ? (['container', 'blob'] as const) : [];
    test.each(levels)('the public access level %s is kept if it is sent again', async (publicAccess) => {
      await replace({ publicAccess });
      const before = await read();
      await replace({ ...before, policies: [storedPolicy({ permissions: some })] });
      expect(await read()).toEqual({ policies: [storedPolicy({ permissions: some })], publicAccess });
    });

    test('a place that does not exist is not found', async () => {
      const place = { ...harness.place, name: 'nosuchplace' };
      const absent = { code: 'not_found' };
      await expect(harness.stored.read(place, soon())).rejects.toMatchObject(absent);
      const replacing = harness.stored.replace(place, { policies: [], publicAccess: null }, soon());
      await expect(replacing).rejects.toMatchObject(absent);
    });
  });
}
