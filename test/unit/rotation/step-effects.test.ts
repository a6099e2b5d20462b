import { beforeEach, describe, expect, it } from 'vitest';
import type { KeyName } from '../../../shared/azure/services.ts';
import { hashKey } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { StepEffects } from '../../../shared/rotation/step-effects.ts';
import { account } from '../../fakes/configuration.ts';
import { MemoryAzure } from '../../fakes/memory-azure.ts';
import { MemoryEffects } from '../../fakes/memory-effects.ts';
import { memoryRotationPorts } from '../../fakes/memory-rotation-ports.ts';
import { at, hash, journalWith, NOW, SETTINGS, waitsOf } from './machine-samples.ts';

const media = account();
let azure: MemoryAzure;
let calls: MemoryEffects;
let effects: StepEffects;

/** Makes the effects of one run on an account in memory, whose clock is ahead of Azure's by that many seconds. */
function run(ahead = 0): StepEffects {
  calls = new MemoryEffects(azure, () => at(ahead));
  const { publishedSecrets: secrets, keyProbe: probe, ...adapters } = memoryRotationPorts(calls);
  const ports = { ...adapters, secrets, probe, clock: calls.clock, instance: 'one' };
  return new StepEffects(ports as unknown as RotationPorts, media, waitsOf(), at(60));
}

beforeEach(() => {
  azure = new MemoryAzure({ clock: () => NOW });
  azure.addAccount('media');
  effects = run();
});

const value = (key: KeyName) => azure.account('media').keys[key].value;
const hashOf = (key: KeyName) => hashKey(new SecretText(value(key)));
const hashes = () => ({ key1: hashOf('key1'), key2: hashOf('key2') });
const readKeys = () => effects.carryOut({ do: 'read', what: 'keys' }, null, {});
const probe = (key: KeyName) => effects.carryOut({ do: 'probe', key }, null, {});

describe('the value of a key', () => {
  it('is known once it was read, if it has the hash', async () => {
    expect(effects.valueOf('key1', hashOf('key1'))).toBeNull();
    expect(await readKeys()).toEqual({ keys: hashes() });
    expect(effects.valueOf('key1', hashOf('key1'))?.reveal()).toBe(value('key1'));
    expect(effects.valueOf('key2', hashOf('key2'))?.reveal()).toBe(value('key2'));
    expect(effects.valueOf('key1', hashOf('key2'))).toBeNull();
    expect(effects.valueOf('key1', undefined)).toBeNull();
  });

  it('is forgotten after a save, and read again', async () => {
    await readKeys();
    const former = hashOf('key2');
    azure.regenerate('media', 'key2');
    effects.forgetKeys();
    expect(effects.valueOf('key2', former)).toBeNull();
    expect(await probe('key2')).toEqual({ opens: { key2: true } });
    expect(effects.valueOf('key2', hashOf('key2'))?.reveal()).toBe(value('key2'));
  });
});

describe('a probe', () => {
  it('tries the value that was read, not one that is newer', async () => {
    await readKeys();
    azure.regenerate('media', 'key2');
    expect(await probe('key2')).toEqual({ opens: { key2: false } });
    expect(calls.count('list')).toBe(1);
  });

  it('reads the keys first if they were not read', async () => {
    expect(await probe('key1')).toEqual({ opens: { key1: true } });
    expect(calls.count('list')).toBe(1);
  });

  it('adds to what is known of the other key', async () => {
    const known = { opens: { key2: false } };
    expect(await effects.carryOut({ do: 'probe', key: 'key1' }, null, known)).toEqual({
      opens: { key1: true, key2: false },
    });
  });

  it('of the published secret tries the key that it held when it was read', async () => {
    azure.publish(media, 'key1');
    await effects.carryOut({ do: 'read', what: 'secret' }, null, {});
    expect(await effects.carryOut({ do: 'probe-secret' }, null, {})).toEqual({ secretOpens: true });
    azure.regenerate('media', 'key1');
    azure.publish(media, 'key1');
    expect(await effects.carryOut({ do: 'probe-secret' }, null, {})).toEqual({ secretOpens: false });
  });

  it('of a published secret without a key finds nothing that instances could sign with', async () => {
    azure.setSecret(media, 'correct horse battery staple');
    await effects.carryOut({ do: 'read', what: 'secret' }, null, {});
    expect(await effects.carryOut({ do: 'probe-secret' }, null, {})).toEqual({ secretOpens: true });
    expect(calls.count('opens')).toBe(0);
  });
});

describe('a publication', () => {
  const publish = (key: KeyName, known = hashes()) =>
    effects.carryOut({ do: 'publish', key }, journalWith({ hashes: known }), {});

  it('reads the keys first if they were not read, and the secret afterwards', async () => {
    expect(await publish('key2')).toEqual({
      published: true,
      secret: {
        version: expect.any(String) as string,
        hash: hashOf('key2'),
        name: 'key2',
        managedBy: 'sas-token-broker',
      },
    });
    expect(calls.calls.map(({ name }) => name)).toEqual(['list', 'publish', 'latest']);
  });

  it('is of the value that was compared, even if a newer one exists', async () => {
    await readKeys();
    const known = hashes();
    const compared = value('key2');
    azure.regenerate('media', 'key2');
    expect(await publish('key2', known)).toMatchObject({ published: true, secret: { hash: known.key2 } });
    expect(azure.secret(media)?.versions.at(-1)?.text).toBe(compared);
    expect(calls.count('list')).toBe(1);
  });

  it('does not take place if the value is not the journal’s, and reports the values', async () => {
    expect(await publish('key2', { ...hashes(), key2: hash('f') })).toEqual({ keys: hashes() });
    expect(await effects.carryOut({ do: 'publish', key: 'key1' }, null, {})).toEqual({ keys: hashes() });
    expect(azure.secret(media)).toBeNull();
  });
});

describe('the creation times', () => {
  const half = SETTINGS.clockSkew / 2;
  const times = (ahead: number) => run(ahead).carryOut({ do: 'read', what: 'times' }, null, {});

  it.each([0, half, -half])('are read by a clock that differs from Azure’s by %i s', async (ahead) => {
    expect(await times(ahead)).toEqual({ times: { key1: NOW, key2: NOW } });
  });

  it.each([
    [half + 1, '151 s ahead of'],
    [-half - 1, '151 s behind'],
    [86_400.4, '86400 s ahead of'],
  ])('are not read by a clock that differs by %d s, and the failure says so', async (ahead, apart) => {
    await expect(times(ahead)).rejects.toMatchObject({
      code: 'storage_unavailable',
      reason: `account media: the clock of instance one is ${apart} Azure's, more than half of clockSkew`,
    });
  });
});
