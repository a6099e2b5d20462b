import { createHash } from 'node:crypto';
import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import { otherKey } from '../rotation/rotation-step.ts';
import { publishesStandbyAsItIs } from '../rotation/standby.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import type { RevocationTarget } from './revocation-target.ts';
import { keysOf } from './revocation-target.ts';

/** What can be pulled, narrowest first. */
export const LEVERS = ['revoke-delegation-keys', 'regenerate-key'] as const;
export type LeverName = (typeof LEVERS)[number];

/** The levers that do something to a target, narrowest first. */
export function leversOf({ key }: RevocationTarget): readonly LeverName[] {
  return key === undefined ? LEVERS : ['regenerate-key'];
}

/**
 * What an operator was shown: SHA-256 over target, lever and the lever's own generation, so that it changes once the
 * lever was pulled, and not with every token that is issued.
 * @param journal null: the account was never looked at.
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
 * Seconds within which the lever has had its effect on storage, once it is pulled; a wait for `settle` that outlasts
 * the call is ended by the timer, so its interval comes on top.
 */
export function actsWithin(
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

/** Whether the broker pulls the lever itself. It replaces no key where none can be tried before it is published. */
export function isManaged(lever: LeverName, account: StorageAccount, waits: RotationWaits | null): boolean {
  return waits !== null && (lever === 'revoke-delegation-keys' || signsWithKeys(account));
}

/** The same by hand; never with a key in it. Null where the configuration does not say where the account is. */
export function commandOf(
  { resourceId, name }: StorageAccount,
  target: RevocationTarget,
  lever: LeverName,
): string | null {
  const [, subscription, group] =
    /^\/subscriptions\/([\w.-]+)\/resourceGroups\/([\w.()-]+)\//i.exec(resourceId) ?? [];
  if (subscription === undefined || group === undefined) return null;
  const where = `--resource-group '${group}' --subscription '${subscription}'`;
  switch (lever) {
    case 'revoke-delegation-keys':
      return `az storage account revoke-delegation-keys --name ${name} ${where}`;
    case 'regenerate-key':
      return keysOf(target)
        .map((key) => `az storage account keys renew --account-name ${name} ${where} --key ${key}`)
        .join(' && ');
  }
}
