import { SERVICES, type Service } from '../azure/services.ts';
import type { Resource } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import { accountResourceFaults } from './account-names.ts';
import { blobFromPath, blobResourceFaults } from './blob-names.ts';
import { fileFromPath, fileResourceFaults } from './file-names.ts';
import { queueFromPath, queueResourceFaults } from './queue-names.ts';
import { accountResourceSchema, serviceResourceSchemas } from './resource-schemas.ts';
import { tableFromPath, tableResourceFaults } from './table-names.ts';

/** The schema that a `resource` means to be: by its service, or that of an account SAS. */
export function schemaFor(
  value: unknown,
): (typeof serviceResourceSchemas)[number] | typeof accountResourceSchema | string {
  const given =
    typeof value === 'object' && value !== null ? (value as { service?: unknown; services?: unknown }) : {};
  if (given.services !== undefined && given.service === undefined) return accountResourceSchema;
  const schema = serviceResourceSchemas.find((candidate) => candidate.shape.service.value === given.service);
  return (
    schema ?? `must be one of ${SERVICES.join(', ')}; an account SAS has services and resourceTypes instead`
  );
}

/** The names in a URL's path after the endpoint and its slash, or the message of what is wrong. */
export function fromPath(service: Service, path: string) {
  switch (service) {
    case 'blob':
      return blobFromPath(path);
    case 'queue':
      return queueFromPath(path);
    case 'table':
      return tableFromPath(path);
    case 'file':
      return fileFromPath(path);
  }
}

/** What is wrong with a resource's names; paths are members of the resource. */
export function resourceFaults(resource: Resource): Fault[] {
  if (!('service' in resource)) return accountResourceFaults(resource);
  switch (resource.service) {
    case 'blob':
      return blobResourceFaults(resource);
    case 'queue':
      return queueResourceFaults(resource);
    case 'table':
      return tableResourceFaults(resource);
    case 'file':
      return fileResourceFaults(resource);
  }
}
