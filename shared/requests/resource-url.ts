import {
  type AccountResource,
  type BlobResource,
  type FileResource,
  isOfService,
  type QueueResource,
  type Resource,
  type TableResource,
} from '../azure/resources.ts';
import { SERVICES } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';

/** Returns the URL of a blob resource without a token: the endpoint, which may have a path, and percent-encoded names. */
export function blobUrl(account: StorageAccount, resource: BlobResource): string {
  const { container, blob, snapshot, versionId, directory } = resource;
  const below = (blob ?? directory)?.split('/').map(encodeURIComponent) ?? [];
  const url = `${account.endpoints.blob}/${[container, ...below].join('/')}`;
  if (snapshot !== undefined) return `${url}?snapshot=${encodeURIComponent(snapshot)}`;
  return versionId === undefined ? url : `${url}?versionid=${encodeURIComponent(versionId)}`;
}

/** Returns the URL of a queue without a token. */
export function queueUrl(account: StorageAccount, { queue }: QueueResource): string {
  return `${account.endpoints.queue}/${queue}`;
}

/** Returns the URL of a table without a token; the token has the ranges of keys. */
export function tableUrl(account: StorageAccount, { table }: TableResource): string {
  return `${account.endpoints.table}/${table}`;
}

/** Returns the URL of a share or file without a token. */
export function fileUrl(account: StorageAccount, { share, file }: FileResource): string {
  const below = file?.split('/').map(encodeURIComponent) ?? [];
  return `${account.endpoints.file}/${[share, ...below].join('/')}`;
}

/** Returns the endpoint of the first service that an account SAS covers, in the order blob, queue, table, file. */
export function accountUrl(account: StorageAccount, resource: AccountResource): string {
  return `${resourceEndpoint(account, resource)}/`;
}

/** Returns the endpoint of the resource's service, without a trailing slash; for an account SAS, of its first service. */
export function resourceEndpoint({ endpoints }: StorageAccount, resource: Resource): string {
  if (isOfService(resource)) return endpoints[resource.service];
  const first = SERVICES.find((service) => resource.services.includes(service)) ?? 'blob';
  return endpoints[first];
}

/** Returns the URL of a resource without a token; for an account SAS, the endpoint of its first service. */
export function resourceUrl(account: StorageAccount, resource: Resource): string {
  if (!isOfService(resource)) return accountUrl(account, resource);
  switch (resource.service) {
    case 'blob':
      return blobUrl(account, resource);
    case 'queue':
      return queueUrl(account, resource);
    case 'table':
      return tableUrl(account, resource);
    case 'file':
      return fileUrl(account, resource);
  }
}
