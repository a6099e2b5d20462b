import { describe, expect, it } from 'vitest';
import { tokenId } from '../../../shared/audit/row-keys.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { keyIdOf } from '../../../shared/keys/key-hash.ts';
import { liveTokenOf } from '../../../shared/revocation/live-token.ts';
import { account } from '../../fakes/configuration.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { someRecord } from '../audit/records.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { bob, delegated, leversOf, ofKey, planWorld } from './plan-world.ts';
import { start, times } from './revocation-world.ts';

const ann = { caller: { issuer: 'local', subject: 'ann' } };
const photos = { account: 'media', service: 'blob', container: 'photos' } as const;

describe('a plan for a caller', () => {
  it('has a lever for each key, policy and account that a live token of the caller depends on', async () => {
    const world = planWorld();
    world.tokens.push(
      ofKey('key2', { policy: 'p' }),
      ofKey('key2', { policy: 'p', ...bob }),
      ofKey('key2', { policy: 'others', ...bob }),
      ofKey('key1', bob),
      delegated({ account: 'archive' }),
      delegated({ account: 'archive', ...bob }),
      delegated(bob),
    );
    const plan = await world.plan(ann);
    expect(leversOf(plan)).toEqual([
      ['delete-policy', 'media/blob/photos/p', 1, 1],
      ['revoke-delegation-keys', 'archive', 1, 1],
      ['regenerate-key', 'media/key2', 1, 2],
      ['remove-role', 'archive', 1, 1],
    ]);
    expect(plan).toMatchObject({
      tokens: 2,
      keys: [],
      block: { possible: true, callers: 1, active: 0 },
      callers: [{ subject: 'ann', name: 'Ann', tokens: 2 }],
    });
    expect(plan.levers[0]?.kills.callers.map(({ subject }) => subject)).toEqual(['ann', 'bob']);
  });

  it('to whom nothing live belongs is a plan with 0 tokens and no lever', async () => {
    const world = planWorld();
    world.tokens.push(ofKey('key1'), ofKey('key1', { ...bob, expiresAt: addSeconds(start, -3600) }));
    const plan = await world.plan({ caller: { issuer: 'local', subject: 'bob' } });
    expect(plan).toMatchObject({ planHash: null, tokens: 0, callers: [], levers: [], wait: 'PT0S' });
    expect((await world.plan({ caller: { issuer: 'other', subject: 'ann' } })).tokens).toBe(0);
  });
});

describe('a plan for a grant', () => {
  it('counts what the grant gave in every account', async () => {
    const world = planWorld();
    world.tokens.push(
      ofKey('key1'),
      ofKey('key1', { ...bob, account: 'archive' }),
      ofKey('key1', { ...bob, grant: 'write' }),
    );
    const plan = await world.plan({ grant: 'read' });
    expect(leversOf(plan)).toEqual([
      ['regenerate-key', 'archive/key1', 1, 0],
      ['regenerate-key', 'media/key1', 1, 1],
    ]);
    expect(plan).toMatchObject({ tokens: 2, block: { possible: false, callers: 2 } });
    expect(await world.plan({ grant: 'unknown' })).toMatchObject({ tokens: 0, levers: [] });
  });

  it('of two accounts judges each token by its account’s keys, deaths and clock skew', async () => {
    const world = planWorld();
    world.journals.set(
      'archive',
      someJournal({ account: 'archive', hashes: { key1: 'c'.repeat(64), key2: 'a'.repeat(64) } }),
    );
    const late = { expiresAt: addSeconds(start, -60) };
    world.tokens.push(ofKey('key1', { account: 'archive', ...late }), ofKey('key1', late));
    expect(leversOf(await world.plan({ grant: 'read' }))).toEqual([['regenerate-key', 'archive/key2', 1, 0]]);
  });
});

describe('a plan for a container', () => {
  it('counts account SAS that cover its service, and no other place', async () => {
    const world = planWorld();
    world.tokens.push(
      ofKey('key1'),
      ofKey('key1', { place: null, services: ['queue', 'blob'] }),
      ofKey('key1', { place: null, services: ['queue'] }),
      ofKey('key1', { place: 'other' }),
      ofKey('key1', { services: ['file'] }),
      ofKey('key1', { account: 'archive' }),
    );
    const plan = await world.plan(photos);
    expect(leversOf(plan)).toEqual([['regenerate-key', 'media/key1', 2, 3]]);
    expect(plan.keys.map(({ name }) => name)).toEqual(['key1', 'key2']);
    expect(await world.plan({ ...photos, container: 'empty' })).toMatchObject({ tokens: 1 });
    expect(await world.plan({ ...photos, service: 'table' })).toMatchObject({ tokens: 0 });
  });

  it('means a queue, table or share as well, and compares names without regard to case', async () => {
    const world = planWorld();
    world.tokens.push(
      ofKey('key1', { services: ['table'], place: 'Inventory', policy: 'p' }),
      ofKey('key1', { services: ['table'], place: 'inventory', policy: 'p' }),
    );
    const target = { account: 'media', service: 'table', container: 'INVENTORY' } as const;
    expect(leversOf(await world.plan(target))).toEqual([
      ['delete-policy', 'media/table/inventory/p', 2, 0],
      ['regenerate-key', 'media/key1', 2, 0],
    ]);
  });

  it('shows the command for a policy, and none if a name is not safe to paste', async () => {
    const world = planWorld();
    const policy = (id: string) => ofKey('key1', { policy: id });
    world.tokens.push(policy('p'), policy('p'), policy("'; rm"), policy('--all'));
    const commands = (await world.plan(photos)).levers.map(({ on, command }) => [on.policy, command]);
    expect(commands.slice(0, 3)).toEqual([
      [
        'p',
        "az storage container policy delete --account-name media --subscription 's' --container-name 'photos' --name 'p'",
      ],
      ["'; rm", null],
      ['--all', null],
    ]);
  });

  it('has the fields of the policy in its hash, and says so if they cannot be read', async () => {
    const world = planWorld();
    world.tokens.push(ofKey('key1', { policy: 'p' }));
    const place = { account: account(), service: 'blob', name: 'photos' } as const;
    const hashOf = async () => (await world.plan(photos)).levers[0]?.planHash;
    const absent = await hashOf();
    world.policies.policies.make(place, { policies: [storedPolicy({ id: 'p', permissions: 'r' })] });
    const present = await hashOf();
    world.tokens.push(ofKey('key1', { policy: 'p', ...bob }));
    expect(await hashOf()).toBe(present);
    world.policies.policies.make(place, { policies: [storedPolicy({ id: 'p', permissions: 'rw' })] });
    const changed = await hashOf();
    world.policies.policies.failing = 'read';
    const plan = await world.plan(photos);
    expect(new Set([absent, present, changed, plan.levers[0]?.planHash]).size).toBe(4);
    expect(plan.notes.join()).toContain('1 stored policies could not be read');
    await expect(world.resolve(photos, 'delete-policy', { planHash: changed! })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('a plan for a token', () => {
  const record = (parts = {}) =>
    someRecord({
      issuedAt: start,
      expiresAt: addSeconds(start, 600),
      signedWith: { key: 'key2', secretVersion: 'v', keyId: keyIdOf(someJournal().hashes.key1) },
      ...parts,
    });

  it('counts that token, by its key’s value and not by the key’s name, even if the scan misses its row', async () => {
    const world = planWorld();
    const one = record();
    await world.audit.append(one, world.call.deadline);
    world.tokens.push(ofKey('key1'), ofKey('key2'));
    const id = tokenId(one.key);
    const levers = [['regenerate-key', 'media/key1', 1, 1]];
    const plan = await world.plan({ token: id });
    expect(leversOf(plan)).toEqual(levers);
    expect(plan).toMatchObject({ tokens: 1, wait: 'PT10M', block: { possible: true, callers: 1 } });
    const [stored] = world.audit.records();
    world.tokens.push(liveTokenOf(stored!));
    expect(leversOf(await world.plan({ token: id }))).toEqual(levers);
  });

  it('that no longer lives is a plan with 0 tokens; one that was never issued is not found', async () => {
    const world = planWorld();
    const old = record({ expiresAt: addSeconds(start, -times.clockSkew) });
    await world.audit.append(old, world.call.deadline);
    expect(await world.plan({ token: tokenId(old.key) })).toMatchObject({ tokens: 0, levers: [] });
    const never = tokenId({ ...old.key, suffix: 'bbbbbbbb' });
    for (const token of [never, 'x', '../etc'])
      await expect(world.plan({ token })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a target', () => {
  it.each([
    [{ account: 'unknown' }],
    [{ account: 'unknown', key: 'key1' as const }],
    [{ ...photos, account: 'unknown' }],
  ])('%j of an account that is not configured is not found', async (target) => {
    await expect(planWorld().plan(target)).rejects.toMatchObject({ code: 'not_found' });
    await expect(planWorld().resolve(target, 'regenerate-key')).rejects.toMatchObject({ code: 'not_found' });
  });
});
