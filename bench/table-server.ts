import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReadRow, TableRow } from '../shared/tables/columns.ts';
import type { RowKeys, SortedTable } from '../test/fakes/sorted-table.ts';

export interface TableServer {
  /** `http://127.0.0.1:<port>`; below it, requests have the account's name. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** What a request asked for that the server does not know. */
class NotSupported extends Error {}

const CONTINUATION = { partitionKey: 'NextPartitionKey', rowKey: 'NextRowKey' } as const;
const PARAMETERS = ['$filter', '$select', '$top', ...Object.values(CONTINUATION)];
const HEADERS = {
  'content-type': 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8',
  'x-ms-version': '2019-02-02',
};
const TIMESTAMP = '2026-11-22T12:00:00.0000000Z';

/** Replies to queries, by the address that was asked. */
type Replies = Map<string, { readonly headers: Record<string, string>; readonly body: string }>;

/**
 * Serves a table as Azure Table storage does, as far as the broker asks: queries of entities by filter, with `$select`,
 * `$top` and continuation, and the insertion of one entity. Anything else is 501, so that no figure is silently wrong. It
 * checks no signature, and sends every entity with its etag and timestamp, as storage does.
 * @param remembers true: the server works each page out once and remembers it until a row is inserted. What is measured on
 * the same processor is then the work of the client, and hardly that of the server.
 */
export async function startTableServer(table: SortedTable, remembers = false): Promise<TableServer> {
  const replies: Replies | null = remembers ? new Map() : null;
  const server = createServer((request, response) => {
    serve({ table, replies }, request, response).catch((error: unknown) => {
      const isUnknown = error instanceof NotSupported || error instanceof RangeError;
      sendError(response, isUnknown ? 501 : 500, error instanceof Error ? error.message : 'unknown');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Served {
  readonly table: SortedTable;
  /** Null: each page is worked out again. */
  readonly replies: Replies | null;
}

async function serve(
  { table, replies }: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const address = request.url ?? '/';
  const { pathname, searchParams } = new URL(address, 'http://127.0.0.1');
  const name = pathname.split('/').slice(2).join('/');
  if (request.method === 'GET' && /^\w+\(\)$/.test(name)) {
    const { headers, body } = replies?.get(address) ?? query(table, searchParams);
    replies?.set(address, { headers, body });
    response.writeHead(200, headers);
    response.end(body);
  } else if (request.method === 'POST' && /^\w+$/.test(name) && name !== 'Tables') {
    insert(table, await bodyOf(request), response);
    replies?.clear();
  } else throw new NotSupported(`${request.method} ${pathname}`);
}

function query(table: SortedTable, parameters: URLSearchParams) {
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) throw new NotSupported(unknown);
  const { rows, rest } = table.page({
    filter: parameters.get('$filter') ?? '',
    top: Number(parameters.get('$top') ?? 1000),
    from: positionIn(parameters),
  });
  const columns = parameters.get('$select')?.split(',') ?? null;
  const value = rows.map((row) => entityOf(row, columns));
  const headers: Record<string, string> = { ...HEADERS, ...(rest === null ? {} : continuationHeaders(rest)) };
  return { headers, body: JSON.stringify({ 'odata.metadata': 'http://127.0.0.1/$metadata#Audit', value }) };
}

/** Returns what storage sends of a row. A selected column that the row does not have is null. */
function entityOf({ partitionKey, rowKey, ...columns }: ReadRow, selected: readonly string[] | null): object {
  const entity: ReadRow = { PartitionKey: partitionKey, RowKey: rowKey, Timestamp: TIMESTAMP, ...columns };
  const etag = { 'odata.etag': `W/"datetime'${encodeURIComponent(TIMESTAMP)}'"` };
  if (selected === null) return { ...etag, ...entity };
  return { ...etag, ...Object.fromEntries(selected.map((column) => [column, entity[column] ?? null])) };
}

function insert(table: SortedTable, body: string, response: ServerResponse): void {
  const { PartitionKey, RowKey, ...columns } = JSON.parse(body) as Record<string, string>;
  const row = { ...columns, partitionKey: PartitionKey, rowKey: RowKey } as unknown as TableRow;
  if (!table.insert(row)) {
    sendError(response, 409, 'EntityAlreadyExists');
    return;
  }
  response.writeHead(204, { ...HEADERS, etag: `W/"datetime'${encodeURIComponent(TIMESTAMP)}'"` });
  response.end();
}

/** Storage's positions are opaque texts, too. */
function continuationHeaders({ partitionKey, rowKey }: RowKeys): Record<string, string> {
  return {
    'x-ms-continuation-nextpartitionkey': encode(partitionKey),
    'x-ms-continuation-nextrowkey': encode(rowKey),
  };
}

function positionIn(parameters: URLSearchParams): RowKeys | null {
  const partitionKey = parameters.get(CONTINUATION.partitionKey);
  const rowKey = parameters.get(CONTINUATION.rowKey);
  return partitionKey === null || rowKey === null
    ? null
    : { partitionKey: decode(partitionKey), rowKey: decode(rowKey) };
}

const encode = (key: string): string => `1!${Buffer.from(key).toString('base64url')}`;
const decode = (text: string): string => Buffer.from(text.slice(2), 'base64url').toString();

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function sendError(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, HEADERS);
  response.end(JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: code } } }));
}
