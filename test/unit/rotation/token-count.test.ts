import { expect, it } from 'vitest';
import { keyIdOf } from '../../../shared/keys/key-hash.ts';
import { otherKeyId } from '../../../shared/rotation/token-count.ts';
import { hash } from './machine-samples.ts';

const hashes = { key1: hash('1'), key2: hash('2') };

it.each([
  ['key1', keyIdOf(hashes.key2)],
  ['key2', keyIdOf(hashes.key1)],
] as const)('a count of %s leaves out the rows that name the other key’s value', (key, left) => {
  expect(otherKeyId(key, hashes)).toBe(left);
});

it.each(['key1', 'key2'] as const)(
  'a count of %s leaves out no row if both keys have the same value',
  (key) => {
    expect(otherKeyId(key, { key1: hash('1'), key2: hash('1') })).toBeNull();
  },
);
