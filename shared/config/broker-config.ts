import type { ResourcePattern } from './resource-pattern.ts';
import type { ResourceType, Service } from '../azure/services.ts';
import type { AgentKind, OptionalField, SasKind } from '../azure/sas-kinds.ts';
import type { Cloud } from '../azure/clouds.ts';

export const ROLES = ['auditor', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** `broker.json`, checked and compiled: immutable, durations in whole seconds, every cross-reference resolved. */
export interface BrokerConfig {
  /** Lower-case hex SHA-256 of the file's text, logged and recorded at start. */
  readonly hash: string;
  readonly cloud: Cloud;
  readonly accounts: ReadonlyMap<string, StorageAccount>;
  readonly issuers: readonly Issuer[];
  readonly grants: readonly Grant[];
  readonly roles: Readonly<Record<Role, readonly CallerRule[]>>;
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
  /** False: storage takes nothing that an account key signed, whatever `keys` says. */
  readonly allowSharedKeyAccess: boolean;
  /** The account's SAS expiration policy; `period` in seconds, from a token's start, which it must have, to its expiry. */
  readonly sasPolicy: { readonly period: number } | null;
  /** Null: no account key, so user delegation SAS only. */
  readonly keys: { readonly secretName: string; readonly secretFormat: 'key' | 'connection-string' } | null;
  /** Null: the keys are not rotated by this broker. */
  readonly rotation: RotationSettings | null;
  /** How long past "now" a token signed with an account key may live, in seconds: what a drain may have to wait. */
  readonly maxTokenTtl: number;
  /** How long an account key may be reused after its read was sent, in seconds. */
  readonly keyCache: number;
  /** How much longer while the vault fails, in seconds. */
  readonly keyStaleMax: number;
}

/** Whether storage takes what the account's keys sign: else they are neither asked for nor rotated. */
export function signsWithKeys({ keys, allowSharedKeyAccess }: StorageAccount): boolean {
  return keys !== null && allowSharedKeyAccess;
}

/** All in whole seconds. */
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
  /** The claim that names a caller for good, such as `oid` or `sub`. */
  readonly subject: string;
  /** Claims that every token must carry with just this value. */
  readonly require: Readonly<Record<string, string>>;
}

/** Callers of one issuer whose claims all match: by any one of the patterns (`*` stands for any text). */
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
  /** Azure's letters for each service's resources and for account SAS: a name may mean a letter in one only. */
  readonly permissions: Readonly<Record<Service | 'account', ReadonlySet<string>>>;
  readonly kinds: ReadonlySet<SasKind>;
  /** How its tokens may name their caller as who acts. */
  readonly agents: ReadonlySet<AgentKind>;
  readonly defaultTtl: number;
  readonly maxTtl: number;
  readonly protocol: 'https' | 'https,http';
  readonly ip: IpRule;
  readonly mode: 'enforce' | 'report';
}

/** caller: bound to the caller's own address; required: to any; range: to addresses within it. */
export type IpRule =
  { readonly rule: 'any' | 'caller' | 'required' } | { readonly rule: 'range'; readonly range: string };

export interface AccountSasScope {
  readonly account: string;
  readonly services: ReadonlySet<Service>;
  readonly resourceTypes: ReadonlySet<ResourceType>;
}
