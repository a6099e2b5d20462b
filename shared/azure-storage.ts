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

/** What a token opens. Names are decoded text, exactly as they are signed. */
export type Resource = BlobResource;

/** A container; with `blob`, one blob (of one snapshot or version). */
export interface BlobResource {
  readonly account: string;
  readonly service: 'blob';
  readonly container: string;
  readonly blob?: string;
  readonly snapshot?: string;
  readonly versionId?: string;
}

/** The names below account and service, as grants match them: the container, then the blob's own segments. */
export function pathSegments(resource: Resource): string[] {
  return [resource.container, ...(resource.blob === undefined ? [] : resource.blob.split('/'))];
}

/** The canonical path that grants are matched against: `account/service/container/path`. */
export function resourcePath(resource: Resource): string {
  return [resource.account, resource.service, ...pathSegments(resource)].join('/');
}
