import { createHash } from 'node:crypto';
import { KEY_NAMES, type KeyName, type Service } from '../azure/services.ts';
import type { Death } from '../deaths/death.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { StoredPolicy } from '../stored-policies/stored-policy.ts';
import { type AccountTarget, isAccountTarget, type RevocationTarget } from './revocation-target.ts';

/** The levers that an operator can pull, narrowest first. `remove-role` is pulled by hand only. */
export const LEVERS = ['delete-policy', 'revoke-delegation-keys', 'regenerate-key', 'remove-role'] as const;
export type LeverName = (typeof LEVERS)[number];

/** A lever, and what it acts on. */
export type Lever = PolicyLever | DelegationLever | KeyLever | RoleLever;

/** Deletes a stored access policy of a container, queue, table or share. */
export interface PolicyLever {
  readonly name: 'delete-policy';
  readonly on: {
    readonly account: string;
    readonly service: Service;
    readonly container: string;
    readonly policy: string;
  };
}

/** Revokes every user delegation key of an account. */
export interface DelegationLever {
  readonly name: 'revoke-delegation-keys';
  readonly on: { readonly account: string };
}

/** Regenerates one account key, or both as one act. */
export interface KeyLever {
  readonly name: 'regenerate-key';
  readonly on: { readonly account: string; readonly key: KeyName | 'both' };
}

/** Takes away the role with which the broker obtains user delegation keys of an account. */
export interface RoleLever {
  readonly name: 'remove-role';
  readonly on: { readonly account: string };
}

/** Returns the keys that a lever regenerates. */
export function keysOf({ on: { key } }: KeyLever): readonly KeyName[] {
  return key === 'both' ? KEY_NAMES : [key];
}

/** Returns the levers of an account or of its keys, narrowest first. */
export function accountLevers(target: AccountTarget): readonly Lever[] {
  const { account } = target;
  if ('key' in target) return [{ name: 'regenerate-key', on: { account, key: target.key } }];
  return [
    { name: 'revoke-delegation-keys', on: { account } },
    { name: 'regenerate-key', on: { account, key: 'both' } },
    { name: 'remove-role', on: { account } },
  ];
}

/** Returns the names of the levers that a target can have, narrowest first. */
export function leverNames(target: RevocationTarget): readonly LeverName[] {
  return isAccountTarget(target) ? accountLevers(target).map(({ name }) => name) : LEVERS;
}

/** The state of what a lever acts on, which changes when the lever is pulled. It can be written as JSON. */
export type LeverGeneration = readonly unknown[] | null;

/** Returns the generation of a key lever. @param journal null if the broker has not observed the account yet. */
export function keyGeneration(lever: KeyLever, journal: RotationJournal | null): LeverGeneration {
  return journal && keysOf(lever).map((key) => [journal.hashes[key], journal.compromised.includes(key)]);
}

/**
 * Returns the generation of an account's user delegation keys.
 * @param journal null if the broker has not observed the account yet.
 * @param deaths those of the account.
 */
export function delegationGeneration(
  journal: RotationJournal | null,
  deaths: readonly Death[],
): LeverGeneration {
  const ids = deaths.filter(({ dead }) => dead.what === 'delegation-keys').map(({ id }) => id);
  return [journal?.delegationRevokedAt?.toISOString() ?? null, ids.sort()];
}

/** Returns the generation of a stored access policy. @param policy as it is in storage; null if it does not exist. */
export function policyGeneration(policy: StoredPolicy | null): LeverGeneration {
  if (policy === null) return null;
  const { startsAt, expiresAt, permissions } = policy;
  return [startsAt?.toISOString() ?? null, expiresAt?.toISOString() ?? null, permissions];
}

/**
 * Returns a hash of what an operator was shown: lower-case hex SHA-256 of the target, the lever and the state of what the
 * lever acts on. It changes once the lever has been pulled, and does not change with every token that is issued.
 */
export function planHash(target: RevocationTarget, lever: Lever, generation: LeverGeneration): string {
  const text = JSON.stringify([membersOf(target), lever.name, membersOf(lever.on), generation]);
  return createHash('sha256').update(text).digest('hex');
}

/** The order in which members were sent must not matter. */
function membersOf(value: object): unknown[] {
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([member, part]: [string, unknown]) => [
      member,
      typeof part === 'object' && part !== null ? membersOf(part) : part,
    ]);
}
