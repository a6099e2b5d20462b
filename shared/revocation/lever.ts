import { createHash } from 'node:crypto';
import { parseStorageAccountId } from '../azure/resource-id.ts';
import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import { otherKey, publishesStandbyAsItIs } from '../rotation/standby.ts';
import { keysOf, type RevocationTarget } from './revocation-target.ts';
/** What may stand between single quotes in a shell command. */
const SAFE_IN_QUOTES = /^[\w.()-]+$/;

/** The levers that an operator can pull, narrowest first. */
export const LEVERS = ['revoke-delegation-keys', 'regenerate-key'] as const;
export type LeverName = (typeof LEVERS)[number];

/** Returns the levers that have an effect on a target, narrowest first. */
export function leversOf({ key }: RevocationTarget): readonly LeverName[] {
  return key === undefined ? LEVERS : ['regenerate-key'];
}

/**
 * Returns a hash of what an operator was shown: lower-case hex SHA-256 of the target, the lever and the state of what the
 * lever acts on. It changes once the lever has been pulled, and does not change with every token that is issued.
 * @param journal null if the broker has not observed the account yet.
 */
export function planHash(
  target: RevocationTarget,
  lever: LeverName,
  journal: RotationJournal | null,
): string {
  const { account, key = null } = target;
  const text = JSON.stringify([account, key, lever, journal && generation(target, lever, journal)]);
  return createHash('sha256').update(text).digest('hex');
}

function generation(target: RevocationTarget, lever: LeverName, journal: RotationJournal): unknown {
  switch (lever) {
    case 'revoke-delegation-keys':
      return journal.delegationRevokedAt?.toISOString() ?? null;
    case 'regenerate-key':
      return keysOf(target).map((key) => [journal.hashes[key], journal.compromised.includes(key)]);
  }
}

/**
 * Returns how many seconds after it is pulled the lever has had its effect on storage. If the wait for `settle` outlasts
 * the call, the timer ends it, so the timer's interval comes on top.
 */
export function secondsToTakeEffect(
  target: RevocationTarget,
  lever: LeverName,
  journal: RotationJournal | null,
  waits: RotationWaits,
): number {
  if (lever === 'revoke-delegation-keys') return waits.callTimeoutSeconds;
  const keys = keysOf(target);
  const active = journal?.active ?? 'key1';
  if (!keys.includes(active)) return waits.callTimeoutSeconds;
  const asItIs = journal !== null && publishesStandbyAsItIs(journal) && !keys.includes(otherKey(active));
  return asItIs ? 2 * waits.callTimeoutSeconds : 3 * waits.callTimeoutSeconds + waits.settle;
}

/**
 * Returns true if the broker pulls the lever itself. It does not replace a key of an account that does not accept keys,
 * because it could not test the new key before publishing it.
 */
export function isManaged(lever: LeverName, account: StorageAccount, waits: RotationWaits | null): boolean {
  return waits !== null && (lever === 'revoke-delegation-keys' || signsWithKeys(account));
}

/**
 * Returns the Azure CLI command that has the same effect as the lever. It never contains a key.
 * @returns null if the account's resourceId is not that of a storage account, or is not safe to paste into a shell.
 */
export function commandOf(
  { resourceId, name }: StorageAccount,
  target: RevocationTarget,
  lever: LeverName,
): string | null {
  const id = parseStorageAccountId(resourceId);
  if (id === null || !SAFE_IN_QUOTES.test(id.subscription) || !SAFE_IN_QUOTES.test(id.resourceGroup))
    return null;
  const where = `--resource-group '${id.resourceGroup}' --subscription '${id.subscription}'`;
  switch (lever) {
    case 'revoke-delegation-keys':
      return `az storage account revoke-delegation-keys --name ${name} ${where}`;
    case 'regenerate-key':
      return keysOf(target)
        .map((key) => `az storage account keys renew --account-name ${name} ${where} --key ${key}`)
        .join(' && ');
  }
}
