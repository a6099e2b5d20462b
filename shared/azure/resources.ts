import type { Service, ResourceType } from './services.ts';
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
