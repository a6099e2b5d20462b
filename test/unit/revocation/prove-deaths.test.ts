import { beforeEach, describe, expect, it } from 'vitest';
import type { Dead } from '../../../shared/deaths/death.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { proveDeaths } from '../../../shared/revocation/prove-deaths.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { revocationWorld, start } from './revocation-world.ts';

const DAY = 86_400;
const FORMER = new SecretText('a former key');
const keyDead: Dead = { what: 'key', keyId: keyIdOf(hashKey(FORMER)) };
const delegationDead: Dead = { what: 'delegation-keys', before: start, settled: false };
const policyDead: Dead = { what: 'policy', service: 'blob', place: 'photos', policy: 'readers' };

let world: ReturnType<typeof revocationWorld>;
/** How often storage was asked about a key, a probe or a list of policies. */
let asked: number;
/** Whether storage refuses keys and probes. */
let refuses: boolean;

beforeEach(() => {
  world = revocationWorld();
  asked = 0;
  refuses = true;
  const { rotation, delegationProbes, policies } = world.ports;
  rotation.probe.opens = () => Promise.resolve(!answer());
  delegationProbes.isRefused = () => Promise.resolve(answer());
  const read = policies.policies.read.bind(policies.policies);
  policies.policies.read = (...parts) => {
    asked += 1;
    return read(...parts);
  };
});

function answer(): boolean {
  asked += 1;
  return refuses;
}

async function addDeath(id: string, dead: Dead): Promise<void> {
  const order = { at: start, by: 'local/otto', byName: null, reason: 'leaked' };
  await world.ports.rotation.deaths.order({ id, account: 'media', dead, order }, addSeconds(start, 10));
}

async function addKeyDeath(): Promise<string> {
  const id = `key-${keyIdOf(hashKey(FORMER))}`;
  await addDeath(id, keyDead);
  world.proofs.rememberKey('media', FORMER);
  return id;
}

async function addDelegationDeath(id = 'delegation-keys-a'): Promise<string> {
  await addDeath(id, delegationDead);
  const url = new SecretText('https://media.blob.core.windows.net/x');
  world.proofs.rememberProbes('media', id, [{ service: 'blob', url, expiresAt: addSeconds(start, DAY) }]);
  return id;
}

const makePlace = (...ids: string[]) =>
  world.policies.policies.make(
    { account: world.media, service: 'blob', name: 'photos' },
    { policies: ids.map((id) => storedPolicy({ id })) },
  );
const saveJournal = (parts: Partial<RotationJournal> = {}) =>
  world.ports.rotation.journals.save(someJournal({ account: 'media', ...parts }), null);
const prove = (maxTokenTtl = DAY) => proveDeaths(world.ports, { ...world.media, maxTokenTtl });
const proofs = async () => (await world.deaths()).map(({ proof }) => proof && [proof.refused, proof.on]);

describe('a death', () => {
  it.each([
    ['7 days, if tokens of the account live a day', DAY, 7 * DAY],
    ['as long as a token may live, if that is longer', 30 * DAY, 30 * DAY],
  ])('is tried for %s', async (_, maxTokenTtl, seconds) => {
    makePlace('readers');
    await addDeath('policy-a', policyDead);
    world.pass(seconds - 1);
    await prove(maxTokenTtl);
    expect([asked, await proofs()]).toEqual([1, [[false, ['blob']]]]);
    world.pass(1);
    await prove(maxTokenTtl);
    expect(asked).toBe(1);
  });

  it('is not tried again once storage refuses it, and then not even the journal is read', async () => {
    makePlace();
    await addDeath('policy-a', policyDead);
    world.pass(3600);
    await prove();
    expect([asked, await proofs()]).toEqual([1, [[true, ['blob']]]]);
    const reads = world.effects.count('load');
    await prove();
    expect([asked, world.effects.count('load')]).toEqual([1, reads]);
  });

  it('is tried again while storage accepts it, with what is remembered until it refuses', async () => {
    await saveJournal();
    const ids = [await addKeyDeath(), await addDelegationDeath()];
    refuses = false;
    await prove();
    expect((await proofs()).map((proof) => proof?.[0])).toEqual([false, false]);
    refuses = true;
    await prove();
    expect((await proofs()).map((proof) => proof?.[0])).toEqual([true, true]);
    expect(ids.map((id) => world.proofs.find('media', id))).toEqual([null, null]);
  });

  it('that cannot be tried does not keep the next one from being tried', async () => {
    await saveJournal();
    await addDelegationDeath('delegation-keys-forgotten');
    world.proofs.forget('media', 'delegation-keys-forgotten');
    await addDelegationDeath();
    await prove();
    expect(await proofs()).toEqual([null, [true, ['blob']]]);
  });

  it('is tried with the time of a whole call', async () => {
    await addDelegationDeath();
    world.ports.delegationProbes.isRefused = () =>
      new Promise((resolve) => setTimeout(() => resolve(true), 20));
    await prove();
    expect(await proofs()).toEqual([[true, ['blob']]]);
  });
});

describe('the death of a key', () => {
  it('is not tried while the journal has its value, or does not exist', async () => {
    await addKeyDeath();
    refuses = false;
    await prove();
    await saveJournal({ hashes: { ...someJournal().hashes, key2: hashKey(FORMER) } });
    await prove();
    expect([asked, await proofs()]).toEqual([0, [null]]);
  });
});

describe('the death of user delegation keys', () => {
  it('is not tried while its order is pending, and another order’s is', async () => {
    const id = await addDelegationDeath();
    const order = { death: id, by: 'local/otto', byName: null, reason: 'leaked', at: start };
    const pending = { ...order, revokedAtBefore: null, mayHaveLanded: true, lastError: null };
    await saveJournal({ delegationOrder: pending });
    await addDelegationDeath('delegation-keys-b');
    await prove();
    expect(await proofs()).toEqual([null, [true, ['blob']]]);
  });

  it('is tried although the account has no journal', async () => {
    await addDelegationDeath();
    await prove();
    expect(await proofs()).toEqual([[true, ['blob']]]);
  });
});

describe('the death of a policy', () => {
  it.each([
    ['it is there beside others', ['writers', 'readers', 'owners'], false],
    ['only others are there', ['writers', 'owners'], true],
  ])('is proved by the list of its place: %s', async (_, ids, refused) => {
    makePlace(...ids);
    await addDeath('policy-a', policyDead);
    world.pass(3600);
    await prove();
    expect(await proofs()).toEqual([[refused, ['blob']]]);
  });
});
