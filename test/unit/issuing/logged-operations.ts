import { readFileSync } from 'node:fs';

const vectors = new URL('../../vectors/logged-operations.json', import.meta.url);
const lists = JSON.parse(readFileSync(vectors, 'utf8')) as Readonly<Record<string, readonly string[]>>;

/** An operation that storage logs, and the service whose log it is in. */
export interface LoggedOperation {
  readonly service: 'blob' | 'dfs' | 'file' | 'queue' | 'table';
  readonly operation: string;
}

const SERVICES: Readonly<Record<string, LoggedOperation['service']>> = {
  blob: 'blob',
  moreBlob: 'blob',
  dfs: 'dfs',
  file: 'file',
  smb: 'file',
  queue: 'queue',
  table: 'table',
};

/** Every operation that Microsoft documents as logged; the file names the pages. */
export const LOGGED_OPERATIONS: readonly LoggedOperation[] = Object.entries(SERVICES).flatMap(
  ([list, service]) => (lists[list] ?? []).map((operation) => ({ service, operation })),
);

/**
 * How a request with a SAS is logged. `SAS Key` is what `identity / type` is documented to be, `SAS` and the spellings of
 * `DelegationSas` are what was seen, and classic logs have `sas`.
 * Source: learn.microsoft.com/azure/storage/blobs/monitor-blob-storage-reference, "Fields that describe how the operation
 * was authenticated".
 */
export const SAS_TYPES = ['SAS', 'SAS Key', 'DelegationSas', 'DelegationSAS', 'sas'] as const;

const KEY = 'C1'.repeat(32);

/**
 * How other requests are logged, and the hash beside it: documented types (the same page), seen ones, those of classic
 * logs, and one that nobody has seen yet. The hash of an OAuth token has no label; most types have none.
 */
export const OTHER_TYPES: readonly (readonly [type: string, hash: string | null])[] = [
  ['OAuth', 'B3'.repeat(32)],
  ['Kerberos', null],
  ['Account Key', `key2(${KEY})`],
  ['AccountKey', `key1(${KEY})`],
  ['Anonymous', null],
  ['anonymous', null],
  ['authenticated', null],
  ['TrustedAccess', null],
  ['NTLMv2', null],
  ['Certificate', null],
];

/** What a log tells of one request. */
export interface LoggedRequest extends LoggedOperation {
  readonly type: string;
  /** The hash as storage writes it; null: the log has none. */
  readonly hash: string | null;
  readonly uri: string;
}

const TIME = '2026-11-28T10:00:00.1234567Z';
const logName = (service: string): string =>
  service === 'dfs' ? 'Blob' : service.charAt(0).toUpperCase() + service.slice(1);

/** Writes a request as each log does. */
export const LOG_SHAPES: Readonly<Record<string, (request: LoggedRequest) => string>> = {
  'resource log': (request) => JSON.stringify(resourceLog(request)),
  'Event Hubs': (request) => JSON.stringify({ records: [resourceLog(request)] }),
  'Log Analytics': ({ service, operation, type, hash, uri }) =>
    JSON.stringify({
      TenantId: '00000000-0000-0000-0000-000000000002',
      TimeGenerated: TIME,
      AccountName: 'contosomedia',
      Category: 'StorageRead',
      OperationName: operation,
      AuthenticationType: type,
      ...(hash === null ? {} : { AuthenticationHash: hash }),
      Uri: uri,
      Type: `Storage${logName(service)}Logs`,
    }),
};

function resourceLog({ service, operation, type, hash, uri }: LoggedRequest): object {
  return {
    time: TIME,
    category: 'StorageRead',
    operationName: operation,
    statusText: 'Success',
    identity: { type, ...(hash === null ? {} : { tokenHash: hash }) },
    properties: { accountName: 'contosomedia', serviceType: service === 'dfs' ? 'blob' : service },
    uri,
  };
}
