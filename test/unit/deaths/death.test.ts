import { expect, it } from 'vitest';
import { type Dead, isSettled } from '../../../shared/deaths/death.ts';

const before = new Date('2026-11-22T12:00:00Z');

it.each<[Dead, boolean]>([
  [{ what: 'delegation-keys', before, settled: true }, true],
  [{ what: 'delegation-keys', before, settled: false }, false],
  [{ what: 'key', keyId: '0123456789abcdef' }, false],
  [{ what: 'policy', service: 'blob', place: 'photos', policy: 'readers' }, false],
])('only an answered revocation of user delegation keys is settled: %j is %s', (dead, settled) => {
  expect(isSettled({ dead })).toBe(settled);
});
