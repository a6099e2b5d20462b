import { parseStorageAccountId } from '../azure/resource-id.ts';
import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import { otherKey, publishesStandbyAsItIs } from '../rotation/standby.ts';
import { type KeyLever, keysOf, type Lever } from './lever.ts';
/** What may stand between single quotes in a shell command. */
const SAFE_IN_QUOTES = /^[\w.()-]+$/;

/**
 * Returns how many seconds after it is pulled the lever has had its effect on storage. If the wait for `settle` outlasts
 * the call, the timer ends it, so the timer's interval comes on top.
 */
export function secondsToTakeEffect(
  lever: Lever,
  journal: RotationJournal | null,
  waits: RotationWaits,
): number {
  if (lever.name !== 'regenerate-key') return waits.callTimeoutSeconds;
  return secondsToRegenerate(lever, journal, waits);
}

function secondsToRegenerate(lever: KeyLever, journal: RotationJournal | null, waits: RotationWaits): number {
  const keys = keysOf(lever);
  const active = journal?.active ?? 'key1';
  if (!keys.includes(active)) return waits.callTimeoutSeconds;
  const asItIs = journal !== null && publishesStandbyAsItIs(journal) && !keys.includes(otherKey(active));
  return asItIs ? 2 * waits.callTimeoutSeconds : 3 * waits.callTimeoutSeconds + waits.settle;
}

/**
 * Returns true if the broker pulls the lever itself. It does not replace a key of an account that does not accept keys,
 * because it could not test the new key before publishing it.
 */
export function isManaged({ name }: Lever, account: StorageAccount, waits: RotationWaits | null): boolean {
  switch (name) {
    case 'revoke-delegation-keys':
      return waits !== null;
    case 'regenerate-key':
      return waits !== null && signsWithKeys(account);
    case 'delete-policy':
      return signsWithKeys(account);
    case 'remove-role':
      return false;
  }
}

/**
 * Returns the Azure CLI command that has the same effect as the lever. It never contains a key.
 * @returns null if the account's resourceId is not that of a storage account, or is not safe to paste into a shell.
 */
export function commandOf({ resourceId, name }: StorageAccount, lever: Lever): string | null {
  const id = parseStorageAccountId(resourceId);
  if (id === null || !SAFE_IN_QUOTES.test(id.subscription) || !SAFE_IN_QUOTES.test(id.resourceGroup))
    return null;
  const where = `--resource-group '${id.resourceGroup}' --subscription '${id.subscription}'`;
  switch (lever.name) {
    case 'revoke-delegation-keys':
      return `az storage account revoke-delegation-keys --name ${name} ${where}`;
    case 'regenerate-key':
      return keysOf(lever)
        .map((key) => `az storage account keys renew --account-name ${name} ${where} --key ${key}`)
        .join(' && ');
    case 'delete-policy':
    case 'remove-role':
      return null;
  }
}
