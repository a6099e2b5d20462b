import type { Resource, ServiceResource } from '../azure/resources.ts';
import { SERVICES } from '../azure/services.ts';
import type { Fault } from '../broker-error.ts';
import { memberAt } from '../input/fault-path.ts';
import { invalid, ok, type Rejection, type Result } from '../result.ts';
import { accountResourceFaults } from './account-names.ts';
import { blobResourceFaults, parseBlobPath } from './blob-names.ts';
import { fileResourceFaults, parseFilePath } from './file-names.ts';
import type { LocatedUrl } from './locate-url.ts';
import { parseQueuePath, queueResourceFaults } from './queue-names.ts';
import { accountResourceSchema, serviceResourceSchemas } from './resource-schemas.ts';
import { parseTablePath, tableResourceFaults } from './table-names.ts';

type ResourceSchema = (typeof serviceResourceSchemas)[number] | typeof accountResourceSchema;

/** Selects the schema for a `resource`: that of its service, or that of an account SAS. */
export function selectSchema(value: unknown): Result<ResourceSchema, Rejection> {
  const service = memberAt(value, ['service']);
  if (memberAt(value, ['services']) !== undefined && service === undefined) return ok(accountResourceSchema);
  const schema = serviceResourceSchemas.find(
    (candidate) => candidate.shape.service.def.values[0] === service,
  );
  if (schema !== undefined) return ok(schema);
  return invalid(`must be one of ${SERVICES.join(', ')}; for an account SAS, use services and resourceTypes`);
}

/** Reads the resource that a located URL names. */
export function parseLocatedUrl({ account, service, path }: LocatedUrl): Result<ServiceResource, Rejection> {
  switch (service) {
    case 'blob':
      return withOwner({ account, service }, parseBlobPath(path));
    case 'queue':
      return withOwner({ account, service }, parseQueuePath(path));
    case 'table':
      return withOwner({ account, service }, parseTablePath(path));
    case 'file':
      return withOwner({ account, service }, parseFilePath(path));
  }
}

function withOwner<Owner, Names>(
  owner: Owner,
  names: Result<Names, Rejection>,
): Result<Owner & Names, Rejection> {
  return names.ok ? ok({ ...owner, ...names.value }) : names;
}

/** Returns the faults of a resource's names. Paths are members of the resource. */
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
