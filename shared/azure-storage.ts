/** Azure Storage's services; also the second segment of a canonical resource path. */
export const SERVICES = ['blob', 'queue', 'table', 'file'] as const;
export type Service = (typeof SERVICES)[number];

/** The kinds of SAS, strongest first: the order in which `auto` prefers them (it never takes the last). */
export const SAS_KINDS = ['user-delegation', 'service', 'account'] as const;
export type SasKind = (typeof SAS_KINDS)[number];

export const RESOURCE_TYPES = ['service', 'container', 'object'] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

export const KEY_NAMES = ['key1', 'key2'] as const;
export type KeyName = (typeof KEY_NAMES)[number];

/** Optional SAS fields that an endpoint may not take (`unsupportedFields` of an account). */
export const OPTIONAL_FIELDS = ['scid', 'saoid', 'suoid', 'sduoid', 'ses'] as const;
export type OptionalField = (typeof OPTIONAL_FIELDS)[number];

/** How a token may name who acts in a hierarchical account, and in which field it does. */
export const AGENT_KINDS = ['authorized', 'unauthorized'] as const;
export type AgentKind = (typeof AGENT_KINDS)[number];
export const AGENT_FIELDS = { authorized: 'saoid', unauthorized: 'suoid' } as const satisfies Record<
  AgentKind,
  OptionalField
>;

/** What a token opens. Names are decoded text, exactly as they are signed. */
export type Resource = ServiceResource | AccountResource;

/** What a service or user delegation SAS opens: something of one service. */
export type ServiceResource = BlobResource | QueueResource | TableResource | FileResource;

/** A container; with `blob`, one blob (of one snapshot or version); with `directory`, all below it. */
export interface BlobResource {
  readonly account: string;
  readonly service: 'blob';
  readonly container: string;
  readonly blob?: string;
  readonly snapshot?: string;
  readonly versionId?: string;
  /** Of a hierarchical account; without a trailing slash. */
  readonly directory?: string;
}

export interface QueueResource {
  readonly account: string;
  readonly service: 'queue';
  readonly queue: string;
}

/** A table; with keys, the rows from start to end, both inclusive. */
export interface TableResource {
  readonly account: string;
  readonly service: 'table';
  readonly table: string;
  readonly partitionKeyStart?: string;
  readonly partitionKeyEnd?: string;
  readonly rowKeyStart?: string;
  readonly rowKeyEnd?: string;
}

/** A share; with `file`, one file. */
export interface FileResource {
  readonly account: string;
  readonly service: 'file';
  readonly share: string;
  readonly file?: string;
}

/** What an account SAS opens: types of resources in whole services. */
export interface AccountResource {
  readonly account: string;
  readonly services: readonly Service[];
  readonly resourceTypes: readonly ResourceType[];
}

/** Whether the resource is of one service: what `kind: "account"` is not for. */
export function isOfService(resource: Resource): resource is ServiceResource {
  return 'service' in resource;
}

/** Which letters mean something for a resource (permissions.ts). */
export type PermissionScope = 'container' | 'blob' | 'directory' | 'queue' | 'table' | 'share' | 'file';

export function scopeOf(resource: ServiceResource): PermissionScope {
  switch (resource.service) {
    case 'blob':
      if (resource.directory !== undefined) return 'directory';
      return resource.blob === undefined ? 'container' : 'blob';
    case 'file':
      return resource.file === undefined ? 'share' : 'file';
    case 'queue':
    case 'table':
      return resource.service;
  }
}

/** The names below account and service, as grants match them. */
export function pathSegments(resource: ServiceResource): string[] {
  switch (resource.service) {
    case 'blob':
      return [resource.container, ...names(resource.blob ?? resource.directory)];
    case 'queue':
      return [resource.queue];
    case 'table':
      return [resource.table, ...partitionRange(resource)];
    case 'file':
      return [resource.share, ...names(resource.file)];
  }
}

const names = (path: string | undefined): string[] => path?.split('/') ?? [];

/**
 * One partition is a segment of its own. A range of several is none: between two keys that match a pattern lie others
 * that do not, so only a whole `*` covers it (`isSeveral`).
 */
function partitionRange({ partitionKeyStart: start, partitionKeyEnd: end }: TableResource): string[] {
  if (start === undefined && end === undefined) return [];
  return start === end && start !== undefined ? [start] : [`${start ?? ''}${SEVERAL}${end ?? ''}`];
}

/** No key has a control character in it. */
const SEVERAL = '\u0000';

/** Whether a path's segment stands for several partitions. */
export function isSeveral(segment: string): boolean {
  return segment.includes(SEVERAL);
}

/** The canonical path for people, rows and log: `account/service/container/path`. */
export function resourcePath(resource: Resource): string {
  if (!isOfService(resource)) return resource.account;
  const segments = pathSegments(resource).map((segment) => segment.replace(SEVERAL, '..'));
  const path = [resource.account, resource.service, ...segments].join('/');
  return scopeOf(resource) === 'directory' ? `${path}/` : path;
}

/** Whose order and names of letters a resource's permissions follow. */
export function lettersOfWhat(resource: Resource): Service | 'account' {
  return isOfService(resource) ? resource.service : 'account';
}
