import type { ServiceResource } from '../azure/resources.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { Service } from '../azure/services.ts';

/** Azure's limit for a container, queue, table or share. */
export const MAX_POLICIES = 5;
/** How long storage may take to act on a new or changed policy, in seconds. */
export const POLICY_DELAY = 30;

const MANAGED_ID = /^sb-[a-z2-7]{16}$/;

/** A stored access policy: what it does not hold, a token by its id must carry. */
export interface StoredPolicy {
  readonly id: string;
  readonly startsAt: Date | null;
  readonly expiresAt: Date | null;
  /** Azure's letters in Azure's order; empty where it holds none. */
  readonly permissions: string;
  /** Made by a broker for revocable tokens, not by a person. */
  readonly managed: boolean;
}

/** What policies belong to: a container, queue, table or share. */
export interface PolicyPlace {
  readonly account: StorageAccount;
  readonly service: Service;
  readonly name: string;
}

/** All that replacing the policies of a place replaces. */
export interface PolicyList {
  readonly policies: readonly StoredPolicy[];
  /** Of a container: who may read it without any token. Lost unless it is sent again. */
  readonly publicAccess: 'container' | 'blob' | null;
}

/** The policies that storage holds. Every call gives up at `deadline`. */
export interface StoredPolicies {
  /** @throws BrokerError `not_found` where there is no such place, `storage_unavailable`, `signing_key_unavailable`. */
  read(place: PolicyPlace, deadline: Date): Promise<PolicyList>;
  /**
   * Replaces all of it. @throws as `read`; `invalid_request` where storage does not take what the list holds. After
   * `storage_unavailable` it may be replaced or not, now or later.
   */
  replace(place: PolicyPlace, list: PolicyList, deadline: Date): Promise<void>;
}

/** Whether the id is of the form that only brokers give. */
export function isManagedId(id: string): boolean {
  return MANAGED_ID.test(id);
}

/** The id of a managed policy. @param random 16 characters of lower-case base32. */
export function managedId(random: string): string {
  return `sb-${random}`;
}

/** Where the policies are that a token of this resource can name. */
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

/** The place itself as what a token could open. */
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

/** `account/service/name`, for people. */
export function placePath({ account, service, name }: PolicyPlace): string {
  return `${account.name}/${service}/${name}`;
}

/** Whether two policies of one id say the same; storage knows whole seconds. */
export function samePolicy(one: StoredPolicy, other: StoredPolicy): boolean {
  return (
    sameInstant(one.startsAt, other.startsAt) &&
    sameInstant(one.expiresAt, other.expiresAt) &&
    sameLetters(one.permissions, other.permissions)
  );
}

/** Whether both lists hold the same policies; their order says nothing. */
export function samePolicies(some: readonly StoredPolicy[], others: readonly StoredPolicy[]): boolean {
  return (
    some.length === others.length &&
    some.every((one) => others.some((other) => other.id === one.id && samePolicy(one, other)))
  );
}

/**
 * Whether `next` lets a token by this policy do more, start earlier or live longer than `now` does. What a policy does
 * not hold counts as no limit in time and as no letter.
 */
export function widens(now: StoredPolicy, next: StoredPolicy): boolean {
  const end = (policy: StoredPolicy) => policy.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const start = (policy: StoredPolicy) => policy.startsAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  const more = Array.from(next.permissions).some((letter) => !now.permissions.includes(letter));
  return more || end(next) > end(now) || start(next) < start(now);
}

/** When a change made at `at` certainly acts; null where it does by `now`. */
export function usableAfter(at: Date | null, now: Date): Date | null {
  const acts = at === null ? null : addSeconds(at, POLICY_DELAY);
  return acts !== null && acts > now ? acts : null;
}

function sameInstant(one: Date | null, other: Date | null): boolean {
  const second = (instant: Date | null) => instant && Math.floor(instant.getTime() / 1000);
  return second(one) === second(other);
}

function sameLetters(one: string, other: string): boolean {
  return [...new Set(one)].sort().join('') === [...new Set(other)].sort().join('');
}
