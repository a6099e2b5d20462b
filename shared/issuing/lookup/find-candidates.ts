import type { AuditLog, AuditRecord, StoredAuditRecord } from '../../audit/audit-record.ts';
import type { CandidateRows } from '../../audit/candidate-rows.ts';
import { isOfService } from '../../azure/resources.ts';
import { RESOURCE_TYPES, SERVICES } from '../../azure/services.ts';
import type { StorageAccount } from '../../config/broker-config.ts';
import { formatInstant } from '../../iso-time.ts';
import { locateUrl } from '../../requests/locate-url.ts';
import type { SasFields } from '../../sas/sas-query.ts';
import type { LookupQuestion } from './parse-lookup.ts';
import { expiryOf, partitionOf, searchHours } from './search-hours.ts';

const MAX_CANDIDATES = 20;
/** No column that a candidate is found by is longer. */
const MAX_COLUMN_CHARACTERS = 1100;

interface CandidatePorts {
  readonly accounts: Iterable<StorageAccount>;
  readonly audit: Pick<AuditLog, 'find'>;
  readonly candidates: CandidateRows;
}

/** The tokens that a log line without a hash may be about, oldest issuance first. */
export interface Candidates {
  readonly records: readonly StoredAuditRecord[];
  readonly scannedAll: boolean;
}

/**
 * Finds the tokens that fit what a URL shows of one: path, kind of resource, permissions and expiry. Equal requests give
 * equal URLs but for their signatures, so none of them is certain.
 * @returns null if the URL does not show a SAS of a storage endpoint of this broker.
 * @throws BrokerError `audit_unavailable`.
 */
export async function findCandidates(
  ports: CandidatePorts,
  question: LookupQuestion,
  deadlines: { readonly search: Date; readonly call: Date },
): Promise<Candidates | null> {
  const { fields, urls } = question.sas;
  const columns = columnsOf(urls[0] ?? '', fields, ports.accounts);
  if (columns === null || Object.values(columns).some((text) => text.length > MAX_COLUMN_CHARACTERS))
    return null;
  const fits = (record: AuditRecord): boolean => fitsFields(record, fields);
  const shard = partitionOf(fields)?.shard ?? null;
  let found: Awaited<ReturnType<CandidateRows['find']>> = { records: [], scannedAll: true };
  for (const hours of searchHours(question)) {
    const query = { hours, shard: hours === null ? null : shard, columns, fits, limit: MAX_CANDIDATES };
    found = await ports.candidates.find(query, deadlines.search);
    if (found.records.length > 0 || !found.scannedAll) break;
  }
  // The search reads issuances only; what was added to them later has rows beside them.
  const stored = await Promise.all(found.records.map(({ key }) => ports.audit.find(key, deadlines.call)));
  const records = stored.filter((record) => record !== null);
  records.sort((one, other) => one.issuedAt.getTime() - other.issuedAt.getTime());
  return { records, scannedAll: found.scannedAll };
}

/** Returns the columns that a token's row has; null if the URL shows no token. */
function columnsOf(
  url: string,
  fields: SasFields,
  accounts: Iterable<StorageAccount>,
): Record<string, string> | null {
  const located = locateUrl(url, accounts);
  if (!located.ok || !(fields.has('sp') || fields.has('si'))) return null;
  const { account, service } = located.value;
  const path = decodedPath(located.value.path);
  if (path === null) return null;
  const expiry = expiryOf(fields);
  const common = {
    account,
    ...(expiry === null ? {} : { expiresAt: formatInstant(expiry) }),
    ...(fields.has('si') ? { policyId: fields.get('si') ?? '' } : {}),
  };
  if (fields.has('ss')) return { ...common, resource: account };
  const table = fields.get('tn');
  if (table !== undefined) return { ...common, service: 'table', table };
  const names = namesOf(service === 'blob' ? pathInContainer(path, fields) : path, fields);
  return names === null ? null : { ...common, service, resource: `${account}/${service}/${names}` };
}

/**
 * Returns the path with its container. The URL of a blob in the root container may leave the container out:
 * `https://media.blob.core.windows.net/a.txt` is `$root/a.txt`, and no such blob has a slash in its name. Otherwise only an
 * operation on a container has a path of one segment, and it says so with `restype`, or with `resource` for Data Lake.
 * Source: learn.microsoft.com/rest/api/storageservices/working-with-the-root-container
 */
function pathInContainer(path: string, fields: SasFields): string {
  const isWhole = path === '' || path.includes('/') || fields.has('restype') || fields.has('resource');
  return isWhole ? path : `$root/${path}`;
}

/** Returns the names of what the token is for. The URL may name something inside: a blob in a container, a queue's messages. */
function namesOf(path: string, fields: SasFields): string | null {
  const [root = '', ...below] = path.split('/');
  if (root === '') return null;
  switch (fields.get('sr') ?? 'q') {
    case 'c':
    case 's':
    case 'q':
      return root;
    case 'd': {
      const depth = Number(fields.get('sdd'));
      const directory = below.slice(0, depth);
      return directory.length === depth && depth > 0 ? `${[root, ...directory].join('/')}/` : null;
    }
    default:
      return below.length === 0 ? null : path;
  }
}

function decodedPath(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/** True if the record has the permissions and the kind of resource in the URL. The order of letters differs between signers. */
function fitsFields({ permissions, resource }: AuditRecord, fields: SasFields): boolean {
  const letters = fields.get('sp');
  if (letters !== undefined && !isSameSet(letters, permissions)) return false;
  if (!isOfService(resource)) {
    const services = SERVICES.filter((name) => fields.get('ss')?.includes(name.charAt(0)) === true);
    const types = RESOURCE_TYPES.filter((name) => fields.get('srt')?.includes(name.charAt(0)) === true);
    return isSameSet(services, resource.services) && isSameSet(types, resource.resourceTypes);
  }
  if (resource.service !== 'blob') return true;
  const moment = resource.snapshot !== undefined ? 'bs' : resource.versionId !== undefined ? 'bv' : null;
  return moment === null ? !['bs', 'bv'].includes(fields.get('sr') ?? '') : fields.get('sr') === moment;
}

function isSameSet(one: Iterable<string>, other: Iterable<string>): boolean {
  const left = new Set(one);
  const right = new Set(other);
  return left.size === right.size && [...left].every((item) => right.has(item));
}
