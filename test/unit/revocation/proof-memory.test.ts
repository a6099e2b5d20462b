import { describe, expect, it } from 'vitest';
import { keyDeathId } from '../../../shared/deaths/death.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { ProofMemory } from '../../../shared/revocation/proof-memory.ts';
import { start } from './revocation-world.ts';

const keyOf = (index: number) => new SecretText(Buffer.from(`key ${index}`).toString('base64'));
const deathOf = (index: number) => keyDeathId(keyIdOf(hashKey(keyOf(index))));
const probe = (text: string) =>
  ({ service: 'blob', url: new SecretText(text), expiresAt: addSeconds(start, 3600) }) as const;

/** Remembers keys, and returns which of the first three are still remembered. */
function keptOf(indices: readonly number[]): boolean[] {
  const memory = new ProofMemory();
  for (const index of indices) memory.rememberKey('media', keyOf(index));
  return [0, 1, 2].map((index) => memory.find('media', deathOf(index)) !== null);
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('the memory of former keys', () => {
  it.each([
    ['keeps 200', () => upTo(200), [true, true, true]],
    ['forgets the oldest beyond that', () => upTo(201), [false, true, true]],
    ['counts a key that is remembered again once', () => [...upTo(200), 0], [true, true, true]],
    ['and as the newest', () => [...upTo(200), 0, 200, 201], [true, false, false]],
  ])('%s', (_, indices, kept) => {
    expect(keptOf(indices())).toEqual(kept);
  });

  it('is by account', () => {
    const memory = new ProofMemory();
    memory.rememberKey('media', keyOf(0));
    expect(memory.find('archive', deathOf(0))).toBeNull();
    memory.forget('archive', deathOf(0));
    expect(memory.find('media', deathOf(0))?.death).toBe(deathOf(0));
    memory.forget('media', deathOf(0));
    expect(memory.find('media', deathOf(0))).toBeNull();
  });
});

describe('the memory of probes', () => {
  it.each([
    ['keeps those of an earlier try of the same order', ['first'], ['second'], ['first']],
    ['has those of a later try if an earlier one could make none', [], ['second'], ['second']],
    ['has nothing, and not an empty proof, if none could be made', [], [], null],
  ])('%s', (_, first, second, kept) => {
    const memory = new ProofMemory();
    memory.rememberProbes('media', 'death', first.map(probe));
    memory.rememberProbes('media', 'death', second.map(probe));
    const evidence = memory.find('media', 'death');
    const urls =
      evidence && 'probes' in evidence.tried && evidence.tried.probes.map(({ url }) => url.reveal());
    expect(urls).toEqual(kept);
  });
});
