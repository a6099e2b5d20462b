import { describe, expect, it } from 'vitest';
import type { Death } from '../../../shared/deaths/death.ts';
import { keyDeathId } from '../../../shared/deaths/death.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { keyIdOf } from '../../../shared/keys/key-hash.ts';
import { account } from '../../fakes/configuration.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { bob, delegated, leversOf, ofKey, planWorld } from './plan-world.ts';
import { start, times } from './revocation-world.ts';

const whole = { account: 'media' };

describe('a plan for an account', () => {
  it('lists the levers narrowest first, each with the tokens that it ends', async () => {
    const world = planWorld();
    world.tokens.push(
      delegated(),
      ofKey('key1'),
      ofKey('key1', { ...bob, expiresAt: addSeconds(start, 7200) }),
      ofKey('key2', bob),
      ofKey('key1', { account: 'archive' }),
    );
    const plan = await world.plan(whole);
    expect(plan).toMatchObject({ tokens: 4, wait: 'PT2H', target: whole, asOf: '2026-11-22T12:00:00Z' });
    expect(leversOf(plan)).toEqual([
      ['revoke-delegation-keys', 'media', 1, 0],
      ['regenerate-key', 'media/both', 3, 0],
      ['remove-role', 'media', 1, 0],
    ]);
    expect(plan.planHash).toBe(plan.levers[0]?.planHash);
    expect(plan.levers[1]?.kills).toMatchObject({
      callers: [
        { issuer: 'local', subject: 'bob', name: null, tokens: 2, latestExpiry: '2026-11-22T14:00:00Z' },
        { issuer: 'local', subject: 'ann', name: 'Ann', tokens: 1, latestExpiry: '2026-11-22T13:00:00Z' },
      ],
      latestExpiry: '2026-11-22T14:00:00Z',
    });
    expect((await world.plan(whole, 'regenerate-key')).planHash).toBe(plan.levers[1]?.planHash);
    expect((await world.plan(whole, 'delete-policy')).planHash).toBeNull();
  });

  it('counts the tokens of one key, and those whose rows name neither present key with either key', async () => {
    const world = planWorld();
    const strange = ofKey(null, { signedWith: { keyId: '0123456789abcdef' } });
    world.tokens.push(ofKey('key1'), ofKey('key2'), ofKey('key2'), ofKey(null), strange, delegated());
    const of = (key: 'key1' | 'key2' | 'both') => world.plan({ ...whole, key });
    const plans = [await of('key1'), await of('key2'), await of('both')];
    expect(plans.map(({ tokens }) => tokens)).toEqual([3, 4, 5]);
    expect(leversOf(plans[0]!)).toEqual([['regenerate-key', 'media/key1', 3, 0]]);
    expect(leversOf(plans[2]!)).toEqual([['regenerate-key', 'media/both', 5, 0]]);
    expect(plans[0]!.notes.join()).toContain('The rows of 2 of the tokens name neither present key');
  });

  it('leaves out tokens that are proved to be dead, and counts those without proof', async () => {
    const world = planWorld();
    const keyId = keyIdOf('d'.repeat(64));
    const order = { at: start, by: null, byName: null, reason: 'leaked' };
    const death: Omit<Death, 'proof'> = {
      ...{ id: keyDeathId(keyId), account: 'media', dead: { what: 'key', keyId }, order },
    };
    world.tokens.push(ofKey(null, { signedWith: { keyId } }), ofKey('key1'));
    await world.deaths.order(death);
    const before = await world.plan(whole);
    expect([before.tokens, before.notes.join()]).toEqual([
      2,
      expect.stringContaining('1 of the tokens depend on was revoked before'),
    ]);
    await world.deaths.prove(death, { at: start, refused: true, on: ['blob'] });
    expect((await world.plan(whole)).tokens).toBe(1);
  });

  it('counts a token until clocks that are behind take it for expired too', async () => {
    const world = planWorld();
    const expired = (seconds: number) => ofKey('key1', { expiresAt: addSeconds(start, -seconds) });
    world.tokens.push(expired(times.clockSkew - 1), expired(times.clockSkew));
    const plan = await world.plan(whole);
    expect(plan).toMatchObject({ tokens: 1, wait: 'PT0S' });
  });

  it('shows the Azure CLI commands, without a key', async () => {
    const world = planWorld();
    world.tokens.push(delegated(), delegated({ delegator: 'other-oid' }));
    const commands = (await world.plan(whole)).levers.map(({ command }) => command);
    const scope = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/media';
    expect(commands).toEqual([
      "az storage account revoke-delegation-keys --name media --resource-group 'g' --subscription 's'",
      "az storage account keys renew --account-name media --resource-group 'g' --subscription 's' --key key1 && az storage account keys renew --account-name media --resource-group 'g' --subscription 's' --key key2",
      `az role assignment delete --assignee 'broker-oid' --scope '${scope}' && az role assignment delete --assignee 'other-oid' --scope '${scope}'`,
    ]);
    const odd = account({ rotation: times, resourceId: "/subscriptions/s/resourceGroups/a';rm" });
    const unsafe = await planWorld([odd]).plan(whole);
    expect(unsafe.levers.map(({ command }) => command)).toEqual([null, null, null]);
  });

  it.each([
    ['the standby alone', { key: 'key2' }, {}, 'PT10S'],
    ['the active key', { key: 'key1' }, {}, 'PT2M30S'],
    ['the active key while the standby is in use', { key: 'key1' }, { demotedAt: start }, 'PT20S'],
    ['both', { key: 'both' }, { demotedAt: start }, 'PT2M30S'],
  ] as const)('says how fast it acts on %s', async (_what, key, parts, actsWithin) => {
    const world = planWorld();
    world.journals.set('media', someJournal(parts));
    expect((await world.plan({ ...whole, ...key })).levers[0]?.actsWithin).toBe(actsWithin);
  });

  it('of an observed account shows the creation times of both keys and what the broker cannot know', async () => {
    const world = planWorld();
    const parts = { phase: 'observed', takenOver: false, times: { key1: start, key2: start } } as const;
    world.journals.set('media', someJournal(parts));
    const plan = await world.plan({ ...whole, key: 'key1' });
    expect(plan.keys).toEqual([
      { name: 'key1', createdAt: '2026-11-22T12:00:00Z', signs: true },
      { name: 'key2', createdAt: '2026-11-22T12:00:00Z', signs: false },
    ]);
    expect(plan.notes.join()).toMatch(/cannot see tokens that something else signed/);
    expect(plan.notes.join()).toContain('observed and the broker has not taken it over');
  });

  it('of an account that is not managed tells the operator to use the command', async () => {
    const world = planWorld([account({ rotation: null })]);
    world.tokens.push(ofKey('key1'));
    const plan = await world.plan(whole);
    expect(plan.levers.map(({ byHand }) => byHand)).toEqual([true, true, true]);
    expect(plan).toMatchObject({ tokens: 1, wait: 'PT1H' });
    expect(plan.notes.join()).toContain('does not manage the keys of media');
  });

  it('without live tokens has a wait of zero', async () => {
    expect(await planWorld().plan(whole)).toMatchObject({ tokens: 0, wait: 'PT0S', callers: [] });
  });
});
