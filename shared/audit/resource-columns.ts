import { isOfService, type Resource, resourcePath, type TableResource } from '../azure/resources.ts';
import { RESOURCE_TYPES, SERVICES } from '../azure/services.ts';
import { columnOf, optionalColumnOf, type ReadRow, rejectRow } from '../tables/columns.ts';

const RANGE = ['partitionKeyStart', 'partitionKeyEnd', 'rowKeyStart', 'rowKeyEnd'] as const;

/** Returns the columns of a resource: its canonical path, for people and filters, and the parts that the path omits. */
export function resourceColumns(resource: Resource): Record<string, string | null> {
  const path = { account: resource.account, resource: resourcePath(resource) };
  if (!isOfService(resource))
    return {
      ...path,
      services: resource.services.join(','),
      resourceTypes: resource.resourceTypes.join(','),
    };
  const { service } = resource;
  if (service === 'blob')
    return { ...path, service, snapshot: resource.snapshot ?? null, versionId: resource.versionId ?? null };
  if (service === 'table') return { ...path, service, table: resource.table, ...rangeColumns(resource) };
  return { ...path, service };
}

function rangeColumns(resource: TableResource): Record<string, string | null> {
  return Object.fromEntries(RANGE.map((name) => [name, resource[name] ?? null]));
}

/** Reads a resource from the columns that `resourceColumns` made. @throws BrokerError `internal` if they are malformed. */
export function resourceOf(row: ReadRow): Resource {
  const [account = '', service, first, ...names] = columnOf(row, 'resource').split('/');
  if (service === undefined) return accountResourceOf(row, account);
  if (first === undefined) return rejectRow(row, 'resource');
  const below = names.length === 0 ? undefined : names.join('/');
  switch (service) {
    case 'blob':
      return { account, service, container: first, ...blobParts(row, below) };
    case 'queue':
      return { account, service, queue: first };
    case 'table':
      return { account, service, table: columnOf(row, 'table'), ...presentColumns(row, RANGE) };
    case 'file':
      return { account, service, share: first, ...(below === undefined ? {} : { file: below }) };
    default:
      return rejectRow(row, 'resource');
  }
}

/** The path of a directory ends with a slash; the name of a blob does not. */
function blobParts(row: ReadRow, below: string | undefined): object {
  if (below === undefined) return {};
  if (below.endsWith('/')) return { directory: below.slice(0, -1) };
  return { blob: below, ...presentColumns(row, ['snapshot', 'versionId']) };
}

function accountResourceOf(row: ReadRow, account: string): Resource {
  const list = <Value extends string>(column: string, values: readonly Value[]): Value[] =>
    columnOf(row, column)
      .split(',')
      .map((text) => values.find((value) => value === text) ?? rejectRow(row, column));
  return {
    account,
    services: list('services', SERVICES),
    resourceTypes: list('resourceTypes', RESOURCE_TYPES),
  };
}

function presentColumns(row: ReadRow, columns: readonly string[]): Record<string, string> {
  const values = columns.map((column) => [column, optionalColumnOf(row, column)] as const);
  return Object.fromEntries(values.filter((entry): entry is [string, string] => entry[1] !== null));
}
