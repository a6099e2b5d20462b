import { beforeEach, describe, expect, it } from 'vitest';
import { addSeconds, formatInstant } from '../../../shared/iso-time.ts';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import type { Lever } from '../../../shared/revocation/lever.ts';
import type { LiveToken } from '../../../shared/revocation/live-token.ts';
import { revoke } from '../../../shared/revocation/revoke.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';
import { liveToken, memoryLiveTokens, revocationWorld, start } from './revocation-world.ts';

const media = { account: 'media' };
const keyLever = (key: 'key1' | 'key2' | 'both'): Lever => ({
  name: 'regenerate-key',
  on: { ...media, key },
});
const delegationLever: Lever = { name: 'revoke-delegation-keys', on: media };
const policyLever: Lever = {
  name: 'delete-policy',
  on: { ...media, service: 'blob', container: 'photos', policy: 'readers' },
};

let world: ReturnType<typeof revocationWorld>;
/** Makes the tokens of the audit table when the reply reads them. */
let tokens: () => LiveToken[];

beforeEach(async () => {
  world = revocationWorld();
  await world.settle();
  world.policies.policies.make(
    { account: world.media, service: 'blob', name: 'photos' },
    { policies: [storedPolicy({ id: 'readers' })] },
  );
  tokens = () => [];
});

function act(lever: Lever, account = world.media) {
  const liveTokens: typeof world.ports.liveTokens = {
    scan: (...parts) => memoryLiveTokens(tokens()).scan(...parts),
  };
  return revoke({ ...world.ports, liveTokens }, { ...world.order(media, lever), account }, world.call());
}

const issued = (id: string, signedWith: LiveToken['signedWith'], parts: Partial<LiveToken> = {}) => {
  const now = world.clock();
  return liveToken({ id, issuedAt: now, expiresAt: addSeconds(now, 3600), signedWith, ...parts });
};
const idOf = (value: string) => keyIdOf(hashKey(new SecretText(value)));

describe('the tokens in the reply to an act', () => {
  it('are of a value that died, and not of the value that replaced it', async () => {
    const former = world.keyId('key2');
    tokens = () => [
      issued('former', { keyId: former }),
      issued('new', { keyId: world.keyId('key2') }),
      issued('other', { keyId: world.keyId('key1') }),
      issued('unknown', { keyId: null }),
    ];
    expect(await act(keyLever('key2'))).toMatchObject({
      state: 'done',
      issuedSince: ['former', 'unknown'],
      scannedAll: true,
    });
    expect(world.keyId('key2')).not.toBe(former);
  });

  it('are of a value that dies later', async () => {
    const [key1, key2] = [world.value('key1'), world.value('key2')];
    tokens = () => [
      issued('key1', { keyId: idOf(key1) }),
      issued('key2', { keyId: idOf(key2) }),
      issued('new', { keyId: world.keyId('key2') }),
    ];
    expect(await act(keyLever('both'))).toMatchObject({
      state: 'running',
      issuedSince: ['key1', 'key2'],
    });
    expect([world.value('key1') === key1, world.value('key2') === key2]).toEqual([true, false]);
  });

  it('are not of another compromised key', async () => {
    world.effects.always('regenerate', { kind: 'refuse' });
    await act(keyLever('key2'));
    tokens = () => [
      issued('key1', { keyId: world.keyId('key1') }),
      issued('key2', { keyId: world.keyId('key2') }),
    ];
    expect((await act(keyLever('key1'))).issuedSince).toEqual(['key1']);
    expect((await world.journal()).compromised.toSorted()).toEqual(['key1', 'key2']);
  });

  it('are of user delegation keys that start before the revocation, to the second', async () => {
    world.pass(10);
    const revokedAt = world.clock();
    tokens = () => [
      issued('before', { delegationKeyStartsAt: addSeconds(revokedAt, -1) }),
      issued('same', { delegationKeyStartsAt: revokedAt }),
      issued('key', { keyId: world.keyId('key1') }),
    ];
    expect(await act(delegationLever)).toMatchObject({ issuedSince: ['before'], scannedAll: true });
    expect((await world.journal()).delegationRevokedAt).toEqual(revokedAt);
  });

  it('are all user delegation tokens if the journal was lost meanwhile and no longer says when', async () => {
    world.effects.after = async ({ name }) => {
      if (name !== 'revokeDelegationKeys') return;
      world.effects.after = () => undefined;
      world.azure.journals.delete('media');
      await world.tick();
    };
    tokens = () => [
      issued('before', { delegationKeyStartsAt: start }),
      issued('key', { keyId: world.keyId('key1') }),
    ];
    expect(await act(delegationLever)).toMatchObject({ state: 'done', issuedSince: ['before'] });
    expect((await world.journal()).delegationRevokedAt).toBeNull();
  });

  it.each(['rotated', 'not rotated'])(
    'are of a policy whatever key has signed them, in an account that is %s',
    async (which) => {
      const policy = { policy: 'readers' };
      tokens = () => [
        issued('key1', { keyId: world.keyId('key1') }, policy),
        issued('key2', { keyId: world.keyId('key2') }, policy),
        issued('delegated', { delegationKeyStartsAt: addSeconds(start, 3600) }, policy),
        issued('other', { keyId: world.keyId('key1') }, { policy: 'writers' }),
        issued('none', { keyId: world.keyId('key1') }),
      ];
      const account = which === 'rotated' ? world.media : { ...world.media, rotation: null };
      expect(await act(policyLever, account)).toMatchObject({
        issuedSince: ['key1', 'key2', 'delegated'],
        scannedAll: true,
      });
    },
  );

  it.each([
    [1000, 1000, true],
    [1001, 1000, false],
  ])('of %d are %d, and scannedAll is %s', async (count, listed, scannedAll) => {
    const signedWith = { keyId: world.keyId('key2') };
    tokens = () => Array.from({ length: count }, (_, index) => issued(`token-${index}`, signedWith));
    const answer = await act(keyLever('key2'));
    expect([answer.issuedSince.length, answer.scannedAll]).toEqual([listed, scannedAll]);
  });
});

describe('the reply to an act', () => {
  it('shows what the act has ended', async () => {
    const keyId = world.keyId('key2');
    expect((await act(keyLever('key2'))).rotation.ended).toMatchObject([
      { what: 'key', keyId, by: 'local/otto', proved: true },
    ]);
  });

  it('does not wait for a pending revocation of delegation keys if it is about an account key', async () => {
    world.effects.next('revokeDelegationKeys', { kind: 'fail' });
    const pending = await act(delegationLever);
    const { delegationRevokedAt } = await world.journal();
    const { keyCache } = world.media;
    expect(delegationRevokedAt! > world.clock()).toBe(true);
    expect(Date.parse(pending.deadBy)).toBeGreaterThanOrEqual(
      addSeconds(delegationRevokedAt!, keyCache).getTime(),
    );
    expect((await act(keyLever('key2'))).deadBy).toBe(formatInstant(addSeconds(world.clock(), keyCache)));
  });
});
