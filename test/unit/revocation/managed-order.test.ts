import { beforeEach, describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { Lever } from '../../../shared/revocation/lever.ts';
import {
  changeAgreedJournal,
  loadAgreedJournal,
  recordOrder,
  reloadJournal,
} from '../../../shared/revocation/managed-order.ts';
import { planRevocation } from '../../../shared/revocation/plan-revocation.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { REQUEST_DEADLINE, revocationWorld, start } from './revocation-world.ts';

const media = { account: 'media' };
const onKey2 = { ...media, key: 'key2' } as const;
const keyLever: Lever = { name: 'regenerate-key', on: onKey2 };
const delegationLever: Lever = { name: 'revoke-delegation-keys', on: media };

let world: ReturnType<typeof revocationWorld>;

beforeEach(() => {
  world = revocationWorld();
});

const rotation = () => world.ports.rotation;
const order = (lever: Lever, planHash: string | null = null) => ({
  ...world.order(lever === keyLever ? onKey2 : media, lever, { planHash }),
  waits: rotationWaits(world.media, REQUEST_DEADLINE)!,
});
const planHash = async () =>
  (await planRevocation(world.ports, { target: onKey2, lever: null, act: null }, world.call())).planHash;

/** Saves a journal as another instance does. */
async function saveJournal(parts: Partial<RotationJournal> = {}): Promise<void> {
  const { etag } = await rotation().journals.load('media');
  await rotation().journals.save(someJournal({ account: 'media', ...parts }), etag);
}

describe('the journal that an order is agreed on', () => {
  it('is read once, with the deaths only if the lever depends on them', async () => {
    await saveJournal();
    const death = { id: 'delegation-keys-a', account: 'media', proof: null };
    const dead = { what: 'delegation-keys', before: start, settled: false } as const;
    const ordered = { at: start, by: null, byName: null, reason: '' };
    await rotation().deaths.order({ ...death, dead, order: ordered }, addSeconds(start, 10));
    const reads = world.effects.count('load');
    expect((await loadAgreedJournal(rotation(), order(delegationLever))).deaths).toMatchObject([death]);
    expect(world.effects.count('load')).toBe(reads + 1);
    world.azure.deaths.failing = new Error('down');
    expect((await loadAgreedJournal(rotation(), order(keyLever))).deaths).toEqual([]);
    await expect(loadAgreedJournal(rotation(), order(delegationLever))).rejects.toThrow('down');
  });

  it('cannot be had while the account cannot be observed', async () => {
    rotation().journals.save = () => Promise.resolve(null);
    await expect(loadAgreedJournal(rotation(), order(keyLever))).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('could not be read') as string,
    });
  });
});

describe('a change to the agreed journal', () => {
  const mark = (journal: RotationJournal): RotationJournal => ({ ...journal, compromised: ['key2'] });

  it('applies to what another instance has saved meanwhile, if the order still fits', async () => {
    await saveJournal();
    const agreed = await loadAgreedJournal(rotation(), order(keyLever, await planHash()));
    await saveJournal({ delegationRevokedAt: start });
    const expected = { delegationRevokedAt: start, compromised: ['key2'] };
    const fitting = order(keyLever, await planHash());
    expect(await changeAgreedJournal(rotation(), fitting, agreed, mark)).toMatchObject(expected);
    expect(await world.journal()).toMatchObject(expected);
  });

  it('is a conflict if another instance has replaced the key meanwhile', async () => {
    await saveJournal();
    const fitting = order(keyLever, await planHash());
    const agreed = await loadAgreedJournal(rotation(), fitting);
    await saveJournal({ hashes: { ...someJournal().hashes, key2: 'e'.repeat(64) } });
    await expect(changeAgreedJournal(rotation(), fitting, agreed, mark)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await world.journal()).compromised).toEqual([]);
  });
});

it('an order is an event and a log line', async () => {
  await recordOrder(rotation(), order(keyLever), someJournal(), world.call(), 'leaked');
  const logged = { account: 'media', actor: 'local/otto', detail: 'leaked' };
  expect(world.logs).toEqual([{ event: 'event recorded', type: 'revocation', ...logged }]);
  expect(world.audit.events).toMatchObject([{ type: 'revocation', ...logged, phase: 'steady' }]);
});

describe('the journal in a reply', () => {
  it('is the present one, or else the known one', async () => {
    const known = someJournal({ account: 'media' });
    const reload = () => reloadJournal(rotation(), order(keyLever), known);
    expect(await reload()).toBe(known);
    await saveJournal({ delegationRevokedAt: start });
    expect(await reload()).toMatchObject({ delegationRevokedAt: start });
    world.effects.always('load', { kind: 'fail' });
    expect(await reload()).toBe(known);
  });
});
