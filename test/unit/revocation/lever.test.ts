import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Death } from '../../../shared/deaths/death.ts';
import {
  delegationGeneration,
  type DelegationLever,
  keyGeneration,
  type KeyLever,
  planHash,
  policyGeneration,
  type PolicyLever,
} from '../../../shared/revocation/lever.ts';
import type { RevocationTarget } from '../../../shared/revocation/revocation-target.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { anyJournal, someJournal } from '../rotation/journal-samples.ts';
import { start } from './revocation-world.ts';

const whole: RevocationTarget = { account: 'media' };
const key1: KeyLever = { name: 'regenerate-key', on: { account: 'media', key: 'key1' } };
const both: KeyLever = { name: 'regenerate-key', on: { account: 'media', key: 'both' } };
const delegation: DelegationLever = { name: 'revoke-delegation-keys', on: { account: 'media' } };
const policy: PolicyLever = {
  name: 'delete-policy',
  on: { account: 'media', service: 'blob', container: 'photos', policy: 'p' },
};
const keyHash = (lever: KeyLever, journal: RotationJournal | null, target: RevocationTarget = whole) =>
  planHash(target, lever, keyGeneration(lever, journal));
const delegationHash = (journal: RotationJournal | null, deaths: readonly Death[] = []) =>
  planHash(whole, delegation, delegationGeneration(journal, deaths));

function delegationDeath(id: string): Death {
  const order = { at: start, by: 'local/otto', byName: null, reason: 'leaked' };
  return {
    id,
    account: 'media',
    dead: { what: 'delegation-keys', before: start, settled: false },
    order,
    proof: null,
  };
}

describe('the hash of a plan', () => {
  it('stays the same whatever else the journal says', () => {
    fc.assert(
      fc.property(anyJournal, anyJournal, (one, other) => {
        const { hashes, compromised, delegationRevokedAt, delegationOrder } = one;
        const changed = { ...other, hashes, compromised, delegationRevokedAt, delegationOrder };
        expect(keyHash(both, changed)).toBe(keyHash(both, one));
        expect(delegationHash(changed)).toBe(delegationHash(one));
      }),
    );
  });

  it.each([
    [{ hashes: { key1: 'c'.repeat(64), key2: 'b'.repeat(64) } }, true],
    [{ compromised: ['key1'] }, true],
    [{ hashes: { key1: 'a'.repeat(64), key2: 'c'.repeat(64) } }, false],
    [{ compromised: ['key2'] }, false],
    [{ delegationRevokedAt: start }, false],
  ] as const)('for a key: %j changes it: %s', (parts, changes) => {
    expect(keyHash(key1, someJournal(parts)) !== keyHash(key1, someJournal())).toBe(changes);
  });

  it('changes with each order to revoke delegation keys, proved or not', () => {
    const journal = someJournal();
    const death = delegationDeath('delegation-keys-aaaaaaaaaaaaaaaa');
    const hashes = [
      delegationHash(null),
      delegationHash(journal, [death]),
      delegationHash(journal, [death, delegationDeath('delegation-keys-bbbbbbbbbbbbbbbb')]),
      delegationHash(someJournal({ delegationRevokedAt: start })),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    const proof = { at: start, refused: true, on: ['blob'] } as const;
    expect(delegationHash(journal, [{ ...death, proof }])).toBe(hashes[1]);
    expect(delegationHash(journal)).toBe(hashes[0]);
  });

  it('names each order to revoke delegation keys, in whatever order they are listed, and no other death', () => {
    const journal = someJournal();
    const one = delegationDeath('delegation-keys-aaaaaaaaaaaaaaaa');
    const other = delegationDeath('delegation-keys-bbbbbbbbbbbbbbbb');
    const ofKey: Death = { ...one, id: 'key-one', dead: { what: 'key', keyId: 'one' } };
    expect(delegationHash(journal, [one])).not.toBe(delegationHash(journal, [other]));
    expect(delegationHash(journal, [other, one])).toBe(delegationHash(journal, [one, other]));
    expect(delegationHash(journal, [one, ofKey])).toBe(delegationHash(journal, [one]));
  });

  it('stays the same while a pending order to revoke delegation keys is tried again', () => {
    const order = {
      death: 'delegation-keys-aaaaaaaaaaaaaaaa',
      by: 'local/otto',
      byName: null,
      reason: 'leaked',
      at: start,
      revokedAtBefore: null,
      mayHaveLanded: true,
      lastError: null,
    };
    const pending = someJournal({ delegationOrder: order, delegationRevokedAt: start });
    const later = { ...pending, delegationRevokedAt: new Date(start.getTime() + 60_000) };
    expect(delegationHash(later)).toBe(delegationHash(pending));
    expect(delegationHash({ ...later, delegationOrder: null })).not.toBe(delegationHash(pending));
  });

  it('covers the fields of a stored policy, and that it is gone', () => {
    const fields = { id: 'p', startsAt: null, expiresAt: start, permissions: 'r', managed: false };
    const of = (found: Parameters<typeof policyGeneration>[0]) =>
      planHash(whole, policy, policyGeneration(found));
    const hashes = [
      of(fields),
      of(null),
      of({ ...fields, permissions: 'rw' }),
      of({ ...fields, expiresAt: null }),
      of({ ...fields, startsAt: start }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('differs for each target, lever and thing that the lever acts on', () => {
    const caller = { caller: { issuer: 'local', subject: 'ann' } };
    const hashes = [
      keyHash(key1, someJournal()),
      keyHash(key1, null),
      keyHash(both, someJournal()),
      keyHash(key1, someJournal(), { account: 'media', key: 'key1' }),
      keyHash(key1, someJournal(), caller),
      keyHash(key1, someJournal(), { caller: { issuer: 'local', subject: 'bob' } }),
      keyHash({ ...key1, on: { ...key1.on, account: 'archive' } }, someJournal()),
      planHash(whole, policy, null),
      planHash(whole, { ...policy, on: { ...policy.on, container: 'photo' } }, null),
      planHash(whole, { name: 'remove-role', on: { account: 'media' } }, null),
      planHash(whole, delegation, null),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('is the same in every version of the broker, so a plan can be acted on after a deployment', () => {
    const place = { account: 'media', service: 'blob', container: 'photos' } as const;
    const fields = { id: 'p', startsAt: null, expiresAt: start, permissions: 'r', managed: false };
    expect(planHash(place, policy, policyGeneration(fields))).toBe(
      '34ab53a93c08a82ce860bfa5d98fff8e7ca03087ab371d47b6f68923423e9097',
    );
  });

  it('does not depend on the order in which the members of a target were sent', () => {
    const one = { account: 'media', service: 'blob', container: 'photos' } as const;
    const other = { container: 'photos', service: 'blob', account: 'media' } as const;
    expect(keyHash(key1, null, other)).toBe(keyHash(key1, null, one));
    const ann = { caller: { issuer: 'local', subject: 'ann' } };
    expect(keyHash(key1, null, { caller: { subject: 'ann', issuer: 'local' } })).toBe(
      keyHash(key1, null, ann),
    );
  });
});
