import { parseStorageAccountId, type StorageAccountId } from '../azure/resource-id.ts';
import type { Service } from '../azure/services.ts';
import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import { otherKey, publishesStandbyAsItIs } from '../rotation/standby.ts';
import { POLICY_DELAY_SECONDS } from '../stored-policies/stored-policy.ts';
import { type KeyLever, keysOf, type Lever, type PolicyLever } from './lever.ts';

/** What may stand between single quotes in a shell command. */
const SAFE_IN_QUOTES = /^[\w.()-]+$/;

/** How the Azure CLI names the place that a stored policy belongs to. */
const PLACE_NAMES: Readonly<Record<Service, string>> = {
  blob: 'container',
  queue: 'queue',
  table: 'table',
  file: 'share',
};

/**
 * Returns how many seconds after it is pulled the lever has had its effect on storage. If the wait for `settle` outlasts
 * the call, the timer ends it, so the timer's interval comes on top.
 * @param waits null if the broker does not manage the account's keys; 0 then for levers on keys.
 */
export function secondsToTakeEffect(
  lever: Lever,
  journal: RotationJournal | null,
  waits: RotationWaits | null,
): number {
  if (lever.name === 'delete-policy') return POLICY_DELAY_SECONDS;
  if (waits === null) return 0;
  return lever.name === 'regenerate-key'
    ? secondsToRegenerate(lever, journal, waits)
    : waits.callTimeoutSeconds;
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
 * because it could not test the new key before publishing it, and it changes stored policies with the account's key.
 */
export function isManaged({ name }: Lever, account: StorageAccount, waits: RotationWaits | null): boolean {
  switch (name) {
    case 'delete-policy':
      return signsWithKeys(account);
    case 'revoke-delegation-keys':
      return waits !== null;
    case 'regenerate-key':
      return waits !== null && signsWithKeys(account);
    case 'remove-role':
      return false;
  }
}

/**
 * Returns the Azure CLI command that has the same effect as the lever. It never contains a key: a command for a stored
 * policy looks the account's key up.
 * @param delegators object ids of the identities whose role is to be removed.
 * @returns null if a name is not safe to paste into a shell, or nothing says whose role to remove.
 */
export function commandOf(
  { resourceId, name }: StorageAccount,
  lever: Lever,
  delegators: Iterable<string> = [],
): string | null {
  const id = parseStorageAccountId(resourceId);
  if (id === null || ![id.subscription, id.resourceGroup].every(isSafe)) return null;
  const where = `--resource-group '${id.resourceGroup}' --subscription '${id.subscription}'`;
  switch (lever.name) {
    case 'delete-policy':
      return policyCommand(name, id.subscription, lever);
    case 'revoke-delegation-keys':
      return `az storage account revoke-delegation-keys --name ${name} ${where}`;
    case 'regenerate-key':
      return keysOf(lever)
        .map((key) => `az storage account keys renew --account-name ${name} ${where} --key ${key}`)
        .join(' && ');
    case 'remove-role':
      return roleCommand(id, [...delegators]);
  }
}

function policyCommand(account: string, subscription: string, { on }: PolicyLever): string | null {
  if (![on.container, on.policy].every(isSafe)) return null;
  const place = PLACE_NAMES[on.service];
  return `az storage ${place} policy delete --account-name ${account} --subscription '${subscription}' --${place}-name '${on.container}' --name '${on.policy}'`;
}

function roleCommand(
  { subscription, resourceGroup, name }: StorageAccountId,
  delegators: readonly string[],
): string | null {
  if (delegators.length === 0 || !delegators.every(isSafe)) return null;
  const scope = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage/storageAccounts/${name}`;
  return delegators
    .map((objectId) => `az role assignment delete --assignee '${objectId}' --scope '${scope}'`)
    .join(' && ');
}

const isSafe = (text: string): boolean => SAFE_IN_QUOTES.test(text) && !text.startsWith('-');
