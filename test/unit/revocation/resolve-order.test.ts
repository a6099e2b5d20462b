import { describe, expect, it } from 'vitest';
import { tokenId } from '../../../shared/audit/row-keys.ts';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { LeverName } from '../../../shared/revocation/lever.ts';
import type { RevocationPlan } from '../../../shared/revocation/revocation-plan.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { account } from '../../fakes/configuration.ts';
import { someRecord } from '../audit/records.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { bob, delegated, ofKey, planWorld } from './plan-world.ts';
import { start } from './revocation-world.ts';

const ann = { caller: { issuer: 'local', subject: 'ann' } };
const place = { account: account(), service: 'blob', name: 'photos' } as const;

function hashOf({ levers }: RevocationPlan, name: LeverName, accountName = 'media'): string {
  return levers.find(({ lever, on }) => lever === name && on.account === accountName)!.planHash;
}

async function faultOf(work: Promise<unknown>): Promise<BrokerError> {
  return work.then(
    () => Promise.reject(new Error('The act was accepted')),
    (error: unknown) => error as BrokerError,
  );
}

describe('an act', () => {
  it('pulls the lever whose hash it names, of several with one name', async () => {
    const world = planWorld();
    world.tokens.push(
      ofKey('key1'),
      ofKey('key2', { account: 'archive' }),
      delegated({ account: 'archive' }),
    );
    const plan = await world.plan(ann);
    for (const { lever, on, planHash } of plan.levers)
      expect(await world.resolve(ann, lever, { planHash })).toMatchObject({
        target: ann,
        lever: { name: lever, on },
        account: { name: on.account },
        planHash,
      });
  });

  it('names the caller to block: the target, or the caller of a token', async () => {
    const world = planWorld();
    world.tokens.push(ofKey('key1'));
    const planHash = hashOf(await world.plan(ann), 'regenerate-key');
    const resolve = async (block: boolean) =>
      (await world.resolve(ann, 'regenerate-key', { planHash, block })).toBlock;
    expect([await resolve(true), await resolve(false)]).toEqual([ann.caller, null]);
    const record = someRecord({ issuedAt: start, expiresAt: addSeconds(start, 600), policy: 'p' });
    await world.audit.append(record, world.call.deadline);
    const target = { token: tokenId(record.key) };
    const onToken = { planHash: hashOf(await world.plan(target), 'delete-policy'), block: true };
    const { issuer, subject } = record.caller;
    expect((await world.resolve(target, 'delete-policy', onToken)).toBlock).toEqual({ issuer, subject });
    const onAccount = await world.resolve({ account: 'media' }, 'regenerate-key', { block: true });
    expect(onAccount.toBlock).toBeNull();
  });

  it('is not held up by tokens that are issued or expire meanwhile', async () => {
    const world = planWorld();
    world.tokens.push(ofKey('key1', { policy: 'p' }));
    world.policies.policies.make(place, { policies: [storedPolicy({ id: 'p' })] });
    const plan = await world.plan(ann);
    for (let more = 0; more < 50; more += 1) {
      world.tokens.push(ofKey('key1', { policy: 'p', ...bob }), ofKey('key2', { policy: `p${more}` }));
      expect(hashOf(await world.plan(ann), 'delete-policy')).not.toBe('');
    }
    const policy = plan.levers.find(({ on }) => on.policy === 'p')!;
    expect((await world.resolve(ann, 'delete-policy', policy)).lever.on).toEqual(policy.on);
    world.tokens.splice(0);
    const planHash = hashOf(plan, 'regenerate-key');
    expect((await world.resolve(ann, 'regenerate-key', { planHash })).lever.on).toEqual({
      account: 'media',
      key: 'key1',
    });
  });

  it('is a conflict without a hash once the lever’s own state has changed, and not if another’s has', async () => {
    const world = planWorld();
    world.tokens.push(ofKey('key1'), delegated());
    const plan = await world.plan(ann);
    const planHash = hashOf(plan, 'regenerate-key');
    const hashes = { ...someJournal().hashes, key2: 'e'.repeat(64) };
    world.journals.set('media', someJournal({ hashes, delegationRevokedAt: start }));
    expect(await world.resolve(ann, 'regenerate-key', { planHash })).toMatchObject({ planHash });
    const old = { planHash: hashOf(plan, 'revoke-delegation-keys') };
    const conflict = await faultOf(world.resolve(ann, 'revoke-delegation-keys', old));
    expect(conflict).toMatchObject({ code: 'conflict', members: {} });
    expect(conflict.message).not.toMatch(/[0-9a-f]{64}/);
    world.journals.set('media', someJournal({ compromised: ['key1'] }));
    await expect(world.resolve(ann, 'regenerate-key', { planHash })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('does not accept the hash of another target or lever', async () => {
    const world = planWorld();
    world.tokens.push(ofKey('key1'), ofKey('key1', bob), delegated());
    const planHash = hashOf(
      await world.plan({ caller: { issuer: 'local', subject: 'bob' } }),
      'regenerate-key',
    );
    await expect(world.resolve(ann, 'regenerate-key', { planHash })).rejects.toMatchObject({
      code: 'conflict',
    });
    const delegation = hashOf(await world.plan(ann), 'revoke-delegation-keys');
    for (const lever of ['regenerate-key', 'delete-policy'] as const)
      await expect(world.resolve(ann, lever, { planHash: delegation })).rejects.toMatchObject({
        code: 'conflict',
      });
  });

  it('on a token deletes the policy that its record names, without a scan', async () => {
    const world = planWorld();
    const record = someRecord({ issuedAt: start, expiresAt: addSeconds(start, 600), policy: 'p' });
    await world.audit.append(record, world.call.deadline);
    const target = { token: tokenId(record.key) };
    const planHash = hashOf(await world.plan(target), 'delete-policy');
    Object.assign(world.ports, { liveTokens: { scan: () => Promise.reject(new Error('no scan')) } });
    expect((await world.resolve(target, 'delete-policy', { planHash })).lever.on).toEqual({
      account: 'media',
      service: 'blob',
      container: 'uploads',
      policy: 'p',
    });
  });

  it('hands on reason and plannedAt', async () => {
    const world = planWorld();
    world.tokens.push(ofKey('key1'));
    const parts = { reason: 'lost', plannedAt: start };
    expect(await world.resolve(ann, 'regenerate-key', parts)).toMatchObject({ ...parts, planHash: null });
  });
});

describe('a forced act', () => {
  it('pulls the only lever of its name', async () => {
    const world = planWorld();
    world.tokens.push(ofKey('key2'), delegated({ account: 'archive' }));
    expect((await world.resolve(ann, 'regenerate-key')).lever.on).toEqual({ account: 'media', key: 'key2' });
    expect((await world.resolve(ann, 'revoke-delegation-keys')).lever.on).toEqual({ account: 'archive' });
    expect((await world.resolve({ account: 'media' }, 'regenerate-key')).lever.on).toEqual({
      account: 'media',
      key: 'both',
    });
  });

  it('that may mean several levers, or none, is refused and told what to send', async () => {
    const world = planWorld();
    world.tokens.push(ofKey('key1'), ofKey('key2'), delegated());
    const several = await faultOf(world.resolve(ann, 'regenerate-key'));
    expect(several).toMatchObject({ code: 'invalid_request', errors: [{ path: 'force' }] });
    expect(several.errors[0]?.message).toContain('send the planHash');
    const none = await faultOf(world.resolve(ann, 'delete-policy'));
    expect(none).toMatchObject({ code: 'invalid_request', errors: [{ path: 'lever' }] });
    expect(none.errors[0]?.message).toContain('has no effect on this target');
    Object.assign(world.ports, { liveTokens: { scan: () => Promise.resolve({ scannedAll: false }) } });
    await expect(world.resolve(ann, 'revoke-delegation-keys')).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});
