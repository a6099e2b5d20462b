import type { KeyName } from '../azure/services.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import { hashKey } from '../keys/key-hash.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { ManagedOrder } from './managed-order.ts';
import type { RevocationPorts } from './revocation-ports.ts';

const PAUSE_MS = 500;

/**
 * Tests whether storage refuses the former values of the keys. Storage may start to do so a little later than
 * Resource Manager reports the regeneration, so the test is repeated until `until`.
 * @returns true if storage refuses all of them, false if it still accepts one at the end, null if a key was not replaced
 * since its value was read.
 */
export async function proveRefusal(
  { rotation, pause }: RevocationPorts,
  { account }: ManagedOrder,
  keys: readonly KeyName[],
  old: Readonly<Record<KeyName, SecretText>>,
  journal: RotationJournal,
  until: Date,
): Promise<boolean | null> {
  if (keys.some((key) => hashKey(old[key]) === journal.hashes[key])) return null;
  for (;;) {
    const opened = await Promise.all(keys.map((key) => rotation.probe.opens(account, old[key])));
    if (!opened.includes(true)) return true;
    if (until.getTime() - rotation.clock().getTime() < 2 * PAUSE_MS) return false;
    await pause(PAUSE_MS);
  }
}
