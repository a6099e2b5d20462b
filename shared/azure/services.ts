/** The services of Azure Storage; also the second segment of a canonical resource path. */
export const SERVICES = ['blob', 'queue', 'table', 'file'] as const;

export type Service = (typeof SERVICES)[number];

export const RESOURCE_TYPES = ['service', 'container', 'object'] as const;

export type ResourceType = (typeof RESOURCE_TYPES)[number];

export const KEY_NAMES = ['key1', 'key2'] as const;

export type KeyName = (typeof KEY_NAMES)[number];
