import type { ResourceType, Service } from './services.ts';

/** What a token gives access to. Names are decoded text, exactly as they are signed. */
export type Resource = ServiceResource | AccountResource;

/** A resource of one service: what a service SAS or a user delegation SAS gives access to. */
export type ServiceResource = BlobResource | QueueResource | TableResource | FileResource;

/** A container; with `blob`, one blob (or one snapshot or version of it); with `directory`, everything below it. */
export interface BlobResource {
  readonly account: string;
  readonly service: 'blob';
  readonly container: string;
  readonly blob?: string;
  readonly snapshot?: string;
  readonly versionId?: string;
  /** Hierarchical accounts only; without a trailing slash. */
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

/** What an account SAS gives access to: types of resources in whole services. */
export interface AccountResource {
  readonly account: string;
  readonly services: readonly Service[];
  readonly resourceTypes: readonly ResourceType[];
}

/** True for a resource of one service, false for the resource of an account SAS. */
export function isOfService(resource: Resource): resource is ServiceResource {
  return 'service' in resource;
}

/** The kinds of resources that have a set of permission letters each (permissions.ts). */
export type PermissionScope = 'container' | 'blob' | 'directory' | 'queue' | 'table' | 'share' | 'file';

/** Returns the scope whose permission letters apply to the resource. */
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

/** Returns the names below account and service, which grants match segment by segment. */
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
 * Returns the segment for a table's partitions. One partition is a plain segment. A range is marked, because two keys
 * that match a pattern can have keys between them that do not: only a whole `*` covers a range (`isPartitionRange`).
 */
function partitionRange({ partitionKeyStart: start, partitionKeyEnd: end }: TableResource): string[] {
  if (start === undefined && end === undefined) return [];
  return start === end && start !== undefined ? [start] : [`${start ?? ''}${RANGE_MARK}${end ?? ''}`];
}

/** Separates the ends of a range of partitions; keys cannot contain control characters. */
const RANGE_MARK = '\u0000';

/** True if a segment of `pathSegments` is a range of partitions. */
export function isPartitionRange(segment: string): boolean {
  return segment.includes(RANGE_MARK);
}

/** Returns the canonical path for people, rows and logs: `account/service/container/path`. */
export function resourcePath(resource: Resource): string {
  if (!isOfService(resource)) return resource.account;
  const segments = pathSegments(resource).map((segment) => segment.replace(RANGE_MARK, '..'));
  const path = [resource.account, resource.service, ...segments].join('/');
  return scopeOf(resource) === 'directory' ? `${path}/` : path;
}

/** Returns which letter order and permission names apply to the resource. */
export function letterOrderOf(resource: Resource): Service | 'account' {
  return isOfService(resource) ? resource.service : 'account';
}
