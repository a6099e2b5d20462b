import type { KeyName } from '../azure/services.ts';
import { type DeathOrder, keyDeathId } from '../deaths/death.ts';
import { type KeyHashes, keyIdOf } from '../keys/key-hash.ts';
import type { OrderedKeyDeath } from './rotation-journal.ts';

/**
 * Returns the death of the value that `hashes` names, not of whatever value the key has by the time it is regenerated.
 */
export function orderedDeath(
  account: string,
  hashes: KeyHashes,
  key: KeyName,
  { at, by, byName, reason }: DeathOrder,
): OrderedKeyDeath {
  const keyId = keyIdOf(hashes[key]);
  return {
    id: keyDeathId(keyId),
    account,
    dead: { what: 'key', keyId },
    order: { at, by, byName, reason },
  };
}
