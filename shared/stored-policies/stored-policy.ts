import { MAX_POLICIES } from '../azure/limits.ts';
import type { ServiceResource } from '../azure/resources.ts';
import type { Service } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';

/** How long storage may take to apply a new or changed policy. */
export const POLICY_DELAY_SECONDS = 30;

const MANAGED_ID = /^sb-[a-z2-7]{16}$/;

/** A stored access policy. A token that names it must carry every field that the policy leaves out. */
export interface StoredPolicy {
  readonly id: string;
  readonly startsAt: Date | null;
  readonly expiresAt: Date | null;
  /** Azure's letters in Azure's order; empty if the policy leaves them out. */
  readonly permissions: string;
  /** True if a broker created it for revocable tokens, rather than a person. */
  readonly managed: boolean;
}

/** The container, queue, table or share that policies belong to. */
export interface PolicyPlace {
  readonly account: StorageAccount;
  readonly service: Service;
  readonly name: string;
}

/** Everything that one request to replace the policies of a place overwrites. */
export interface PolicyList {
  readonly policies: readonly StoredPolicy[];
  /** Who may read a container without a token; null for nobody. A replacement that leaves it out removes it. */
  readonly publicAccess: 'container' | 'blob' | null;
}

/** The policies in storage. Every call times out at `deadline`. */
export interface StoredPolicies {
  /**
   * Reads the list.
   * @throws BrokerError `not_found` if the place does not exist, `storage_unavailable`, `signing_key_unavailable`.
   */
  read(place: PolicyPlace, deadline: Date): Promise<PolicyList>;
  /**
   * Replaces the whole list.
   * @throws BrokerError as `read`; `invalid_request` if storage rejects the list's content. After `storage_unavailable`
   * the replacement may have taken effect, or may do so later.
   */
  replace(place: PolicyPlace, list: PolicyList, deadline: Date): Promise<void>;
}

/** Returns true if storage accepts one more policy beside these. */
export function hasFreeSlot(policies: readonly StoredPolicy[]): boolean {
  return policies.length < MAX_POLICIES;
}

/** Returns true if the id has the form that is reserved for brokers. */
export function isManagedId(id: string): boolean {
  return MANAGED_ID.test(id);
}

/** Returns the id of a managed policy. @param random 16 characters of lower-case base32. */
export function managedId(random: string): string {
  return `sb-${random}`;
}

/** Returns the place whose policies a token for this resource can name. */
export function placeOf(account: StorageAccount, resource: ServiceResource): PolicyPlace {
  switch (resource.service) {
    case 'blob':
      return { account, service: 'blob', name: resource.container };
    case 'queue':
      return { account, service: 'queue', name: resource.queue };
    case 'table':
      return { account, service: 'table', name: resource.table };
    case 'file':
      return { account, service: 'file', name: resource.share };
  }
}

/** Returns the place itself as the resource of a token. */
export function resourceOf({ account: { name: account }, service, name }: PolicyPlace): ServiceResource {
  switch (service) {
    case 'blob':
      return { account, service, container: name };
    case 'queue':
      return { account, service, queue: name };
    case 'table':
      return { account, service, table: name };
    case 'file':
      return { account, service, share: name };
  }
}

/** Returns `account/service/name`, for people to read. */
export function placePath({ account, service, name }: PolicyPlace): string {
  return `${account.name}/${service}/${name}`;
}

/**
 * Returns true if two policies with the same id have equal fields. Times are compared to the second, as storage keeps
 * them.
 */
export function isSamePolicy(one: StoredPolicy, other: StoredPolicy): boolean {
  return (
    isSameInstant(one.startsAt, other.startsAt) &&
    isSameInstant(one.expiresAt, other.expiresAt) &&
    hasSameLetters(one.permissions, other.permissions)
  );
}

/** Returns true if both lists have the same policies, in any order. */
export function hasSamePolicies(some: readonly StoredPolicy[], others: readonly StoredPolicy[]): boolean {
  return (
    some.length === others.length &&
    some.every((one) => others.some((other) => other.id === one.id && isSamePolicy(one, other)))
  );
}

/**
 * Returns true if `next` lets a token based on this policy do more, start earlier or live longer than `current` does. A
 * time that a policy leaves out counts as no limit; letters that it leaves out count as none.
 */
export function widens(current: StoredPolicy, next: StoredPolicy): boolean {
  const end = (policy: StoredPolicy) => policy.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const start = (policy: StoredPolicy) => policy.startsAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  const more = Array.from(next.permissions).some((letter) => !current.permissions.includes(letter));
  return more || end(next) > end(current) || start(next) < start(current);
}

function isSameInstant(one: Date | null, other: Date | null): boolean {
  const second = (instant: Date | null) => instant && Math.floor(instant.getTime() / 1000);
  return second(one) === second(other);
}

function hasSameLetters(one: string, other: string): boolean {
  return [...new Set(one)].sort().join('') === [...new Set(other)].sort().join('');
}
