import type { Cloud } from '../azure/clouds.ts';
import type { AgentKind, OptionalField, SasKind } from '../azure/sas-kinds.ts';
import type { ResourceType, Service } from '../azure/services.ts';
import { ROTATION_DEFAULTS } from './limits.ts';
import type { ResourcePattern } from './resource-pattern.ts';

export const ROLES = ['auditor', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** The checked and compiled `broker.json`: immutable, with durations in whole seconds and every default. */
export interface BrokerConfig {
  /** The lower-case hex SHA-256 of the file's text; the broker logs and records it at start. */
  readonly hash: string;
  readonly cloud: Cloud;
  readonly accounts: ReadonlyMap<string, StorageAccount>;
  readonly issuers: readonly Issuer[];
  readonly grants: readonly Grant[];
  readonly roles: Readonly<Record<Role, readonly CallerRule[]>>;
  readonly limits: RequestLimits;
  /** Null if the broker serves none. */
  readonly console: ConsoleSignIn | null;
}

/** How people sign in to the console, whose page shows all of this. */
export interface ConsoleSignIn {
  readonly title: string | null;
  /** The exact `iss` of the issuer's tokens. */
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Null: signing out of the console leaves the issuer's own session alone. */
  readonly endSessionEndpoint: string | null;
  readonly clientId: string;
  /** Separated by spaces. */
  readonly scope: string;
}

/** What one caller and one grant may use. */
export interface RequestLimits {
  /** Per instance of the broker: requests in progress, and tokens requested per minute. */
  readonly perCaller: { readonly concurrent: number; readonly perMinute: number };
  /** How many stored policies of one place a grant may hold for its revocable tokens. */
  readonly perGrant: { readonly managedPolicies: number };
}

export interface StorageAccount {
  readonly name: string;
  readonly resourceId: string;
  readonly hierarchical: boolean;
  /** Each service's endpoint without a trailing slash; may carry a path (`https://127.0.0.1:10000/media`). */
  readonly endpoints: Readonly<Record<Service, string>>;
  /** The pinned `sv`, such as `2025-11-05`. */
  readonly sasVersion: string;
  readonly unsupportedFields: ReadonlySet<OptionalField>;
  /** False: storage accepts nothing that an account key signed, regardless of `keys`. */
  readonly allowSharedKeyAccess: boolean;
  /** The SAS expiration policy: every token must have a start, and `period` is the longest time to its expiry, in seconds. */
  readonly sasPolicy: { readonly period: number } | null;
  /** Null: no account key, so user delegation SAS only. */
  readonly keys: { readonly secretName: string; readonly secretFormat: 'key' | 'connection-string' } | null;
  /** Null: this broker does not rotate the keys. */
  readonly rotation: RotationSettings | null;
  /** The longest life of a token signed with an account key, in seconds. A drain may have to wait this long. */
  readonly maxTokenTtl: number;
  /** How long the broker may reuse an account key after it sent the read, in seconds. */
  readonly keyCache: number;
  /** How much longer the broker may reuse the key while the vault fails, in seconds. */
  readonly keyStaleMax: number;
}

/** True if storage accepts what the account's keys sign. If not, the broker neither reads nor rotates them. */
export function signsWithKeys({ keys, allowSharedKeyAccess }: StorageAccount): boolean {
  return keys !== null && allowSharedKeyAccess;
}

/**
 * Returns by how many seconds the clocks of the broker's instances and of storage may differ. An account without rotation,
 * or one that is no longer configured, has the default.
 */
export function clockSkewOf(account: Pick<StorageAccount, 'rotation'> | undefined): number {
  return account?.rotation?.clockSkew ?? ROTATION_DEFAULTS.clockSkew;
}

/** Returns the largest `clockSkewOf` of the accounts, in seconds. */
export function largestClockSkew(accounts: ReadonlyMap<string, Pick<StorageAccount, 'rotation'>>): number {
  return [...accounts.values()].map(clockSkewOf).reduce((one, other) => Math.max(one, other), 0);
}

/** All durations in whole seconds. */
export interface RotationSettings {
  readonly every: number;
  readonly takeOver: boolean;
  readonly overlap: number;
  readonly settle: number;
  readonly clockSkew: number;
}

export interface Issuer {
  readonly id: string;
  /** The exact `iss`. */
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** The claim that permanently identifies a caller, such as `oid` or `sub`. */
  readonly subject: string;
  /** Claims that every token must have, each with exactly this value. */
  readonly require: Readonly<Record<string, string>>;
}

/** Callers of one issuer whose claims all match. A claim matches if any of its patterns does (`*` matches any text). */
export interface CallerRule {
  readonly issuer: string;
  readonly claims: Readonly<Record<string, readonly string[]>>;
}

export interface Grant {
  readonly id: string;
  readonly description: string | null;
  readonly callers: readonly CallerRule[];
  readonly resources: readonly ResourcePattern[];
  readonly accountSas: readonly AccountSasScope[];
  /** Azure's letters for each service and for account SAS. They differ if the grant uses names of one service only. */
  readonly permissions: Readonly<Record<Service | 'account', ReadonlySet<string>>>;
  readonly kinds: ReadonlySet<SasKind>;
  /** How its tokens may name their caller as the user who acts. */
  readonly agents: ReadonlySet<AgentKind>;
  readonly defaultTtl: number;
  readonly maxTtl: number;
  /** How far in the future a token may start, in seconds. Without this limit, a caller could stockpile tokens. */
  readonly maxAhead: number;
  readonly protocol: 'https' | 'https,http';
  readonly ip: IpRule;
  readonly mode: 'enforce' | 'report';
}

/** caller: the token must be bound to the caller's address; required: to any address; range: to addresses within it. */
export type IpRule =
  { readonly rule: 'any' | 'caller' | 'required' } | { readonly rule: 'range'; readonly range: string };

export interface AccountSasScope {
  readonly account: string;
  readonly services: ReadonlySet<Service>;
  readonly resourceTypes: ReadonlySet<ResourceType>;
}
