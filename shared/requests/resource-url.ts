import type {
  BlobResource,
  QueueResource,
  TableResource,
  FileResource,
  AccountResource,
  Resource,
} from '../azure/resources.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { SERVICES } from '../azure/services.ts';
import { isOfService } from '../azure/resources.ts';

/** The resource's URL without a token: the endpoint, which may carry a path, and the percent-encoded names. */
export function blobUrl(account: StorageAccount, resource: BlobResource): string {
  const { container, blob, snapshot, versionId, directory } = resource;
  const below = (blob ?? directory)?.split('/').map(encodeURIComponent) ?? [];
  const url = `${account.endpoints.blob}/${[container, ...below].join('/')}`;
  if (snapshot !== undefined) return `${url}?snapshot=${encodeURIComponent(snapshot)}`;
  return versionId === undefined ? url : `${url}?versionid=${encodeURIComponent(versionId)}`;
}

/** The queue's URL without a token. */
export function queueUrl(account: StorageAccount, { queue }: QueueResource): string {
  return `${account.endpoints.queue}/${queue}`;
}

/** The table's URL without a token; ranges of keys are in the token. */
export function tableUrl(account: StorageAccount, { table }: TableResource): string {
  return `${account.endpoints.table}/${table}`;
}

/** The resource's URL without a token. */
export function fileUrl(account: StorageAccount, { share, file }: FileResource): string {
  const below = file?.split('/').map(encodeURIComponent) ?? [];
  return `${account.endpoints.file}/${[share, ...below].join('/')}`;
}

/** The endpoint of the first of blob, queue, table and file that the token covers. */
export function accountUrl(account: StorageAccount, { services }: AccountResource): string {
  const first = SERVICES.find((service) => services.includes(service)) ?? 'blob';
  return `${account.endpoints[first]}/`;
}

/** The resource's URL without a token; of an account SAS the endpoint of the first service that it covers. */
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
