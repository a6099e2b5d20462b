import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { revocationPlan, revocationPlanSchema } from '../../../shared/revocation/revocation-plan.ts';
import type { AccountTarget } from '../../../shared/revocation/revocation-target.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { account } from '../../fakes/configuration.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { liveToken, start, times } from './revocation-world.ts';

const media = account({ rotation: times });
const waits = rotationWaits(media, 10);
const facts = {
  account: media,
  journal: someJournal(),
  deaths: [],
  waits,
  tokens: [],
  scannedAll: true,
  now: start,
};
const whole: AccountTarget = { account: 'media' };
const delegated = (startsAt: Date) => liveToken({ signedWith: { delegationKeyStartsAt: startsAt } });
const ofKey = (key: 'key1' | 'key2' | null, parts = {}) => liveToken({ signedWith: { key }, ...parts });

describe('a plan', () => {
  it('lists the levers narrowest first, each with the tokens that it ends', () => {
    const bob = { caller: { issuer: 'local', subject: 'bob' } };
    const tokens = [
      delegated(start),
      ofKey('key1'),
      ofKey('key1', { ...bob, expiresAt: addSeconds(start, 7200) }),
      ofKey('key2', bob),
    ];
    const plan = revocationPlan(whole, null, { ...facts, tokens });
    expect(revocationPlanSchema.parse(plan)).toEqual(plan);
    expect(plan).toMatchObject({ tokens: 4, wait: 'PT2H', target: whole });
    expect(plan.levers.map(({ lever, kills }) => [lever, kills.tokens, kills.besides])).toEqual([
      ['revoke-delegation-keys', 1, 0],
      ['regenerate-key', 3, 0],
      ['remove-role', 1, 0],
    ]);
    expect(plan.planHash).toBe(plan.levers[0]?.planHash);
    expect(plan.levers[1]?.kills).toMatchObject({
      callers: [
        { issuer: 'local', subject: 'bob', tokens: 2 },
        { issuer: 'local', subject: 'ann', tokens: 1 },
      ],
      latestExpiry: '2026-11-22T14:00:00Z',
    });
    expect(revocationPlan(whole, 'regenerate-key', facts).planHash).toBe(plan.levers[1]?.planHash);
  });

  it('counts the tokens of one key, and tokens that name no key with either key', () => {
    const tokens = [ofKey('key1'), ofKey('key2'), ofKey('key2'), ofKey(null), delegated(start)];
    const of = (key: 'key1' | 'key2' | 'both') =>
      revocationPlan({ ...whole, key }, null, { ...facts, tokens });
    expect([of('key1').tokens, of('key2').tokens, of('both').tokens]).toEqual([2, 3, 4]);
    expect(of('key1').levers.map(({ lever }) => lever)).toEqual(['regenerate-key']);
    expect(of('key1').notes.join()).toContain('The rows of 1 of the tokens name no key');
  });

  it('leaves out tokens whose key has certainly been replaced since', () => {
    const journal = someJournal({
      times: { key1: start, key2: null },
      delegationRevokedAt: start,
    });
    const old = addSeconds(start, -3600);
    const tokens = [
      ofKey('key1', { issuedAt: old }),
      ofKey('key1', { issuedAt: addSeconds(start, -10) }),
      ofKey('key2', { issuedAt: old }),
      delegated(old),
      delegated(start),
    ];
    expect(revocationPlan(whole, null, { ...facts, journal, tokens }).tokens).toBe(3);
    const pending = { ...journal, delegationRevokedAt: addSeconds(start, 60) };
    expect(revocationPlan(whole, null, { ...facts, journal: pending, tokens }).tokens).toBe(4);
  });

  it('shows the Azure CLI commands, without a key', () => {
    const [narrow, wide] = revocationPlan(whole, null, facts).levers;
    expect(narrow?.command).toBe(
      "az storage account revoke-delegation-keys --name media --resource-group 'g' --subscription 's'",
    );
    expect(wide?.command).toBe(
      "az storage account keys renew --account-name media --resource-group 'g' --subscription 's' --key key1 && az storage account keys renew --account-name media --resource-group 'g' --subscription 's' --key key2",
    );
    const odd = { ...media, resourceId: media.resourceId.replace('/g/', "/a';rm/") };
    expect(revocationPlan(whole, null, { ...facts, account: odd }).levers[0]?.command).toBeNull();
  });

  it.each([
    ['the standby alone', { key: 'key2' }, {}, 'PT10S'],
    ['the active key', { key: 'key1' }, {}, 'PT2M30S'],
    ['the active key while the standby is in use', { key: 'key1' }, { demotedAt: start }, 'PT20S'],
    ['both', { key: 'both' }, { demotedAt: start }, 'PT2M30S'],
  ] as const)('says how fast it acts on %s', (_what, key, parts, actsWithin) => {
    const plan = revocationPlan({ ...whole, ...key }, null, { ...facts, journal: someJournal(parts) });
    expect(plan.levers[0]?.actsWithin).toBe(actsWithin);
  });

  it('of an observed account shows the creation times of both keys and what the broker cannot know', () => {
    const journal = someJournal({ phase: 'observed', takenOver: false, times: { key1: start, key2: start } });
    const plan = revocationPlan({ ...whole, key: 'key1' }, null, { ...facts, journal });
    expect(plan.keys).toEqual([
      { name: 'key1', createdAt: '2026-11-22T12:00:00Z', signs: true },
      { name: 'key2', createdAt: '2026-11-22T12:00:00Z', signs: false },
    ]);
    expect(plan.notes.join()).toMatch(/cannot see tokens that something else signed/);
    expect(plan.notes.join()).toContain('observed and the broker has not taken it over');
  });

  it('of an account that is not managed tells the operator to use the command', () => {
    const plan = revocationPlan(whole, null, {
      ...facts,
      waits: null,
      journal: null,
      tokens: [ofKey('key1')],
    });
    expect(plan.levers.map(({ byHand }) => byHand)).toEqual([true, true, true]);
    expect(plan).toMatchObject({ tokens: 1, wait: 'PT1H' });
  });

  it('without live tokens has a wait of zero', () => {
    expect(revocationPlan(whole, null, facts)).toMatchObject({ tokens: 0, wait: 'PT0S', callers: [] });
  });
});
