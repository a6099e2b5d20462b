import { randomUUID } from 'node:crypto';
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { RestError, type TableClient } from '@azure/data-tables';
import type { TableRow } from './columns.ts';

/*
 * Inserts of rows through the SDK's pipeline (identity, connections, headers), but with bodies that are written here. The
 * SDK's own calls validate each row against a schema, build a request per row and a client per transaction, which costs
 * several times as much. The bytes are the same: test/unit/tables/table-inserts.test.ts.
 */

const VERSION = '2019-02-02';
const LINE = '\r\n';
const ROW_HEADERS = {
  'Content-Type': 'application/json;odata=nometadata',
  Accept: 'application/json;odata=minimalmetadata',
  DataServiceVersion: '3.0',
  Prefer: 'return-no-content',
};
const ROW_HEADER_LINES = Object.entries(ROW_HEADERS).map(([name, value]) => `${name}: ${value}`);

/** Returns a row as the service reads it: learn.microsoft.com/rest/api/storageservices/insert-entity. */
export function rowText({ partitionKey, rowKey, ...columns }: TableRow): string {
  return JSON.stringify({ PartitionKey: partitionKey, RowKey: rowKey, ...columns });
}

/** Sends the texts of rows of one partition. Resolves only if the service confirms each of them. */
export type InsertRows = (texts: readonly string[], signal: AbortSignal) => Promise<void>;

/**
 * Returns a function that inserts rows with one request: all of them or none.
 * It throws what the SDK throws: RestError with `statusCode` and the service's `code`. Any other Error means that the
 * outcome is unknown.
 */
export function rowInserter(client: TableClient): InsertRows {
  const httpClient = createDefaultHttpClient();
  const send = (url: string, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal) =>
    client.pipeline.sendRequest(
      httpClient,
      createPipelineRequest({
        url,
        method: 'POST',
        headers: createHttpHeaders({ 'x-ms-version': VERSION, ...headers }),
        body,
        abortSignal: signal,
      }),
    );
  return async (texts, signal) => {
    const account = client.url.replace(/\/$/, '');
    const tableUrl = `${account}/${client.tableName}`;
    const [only] = texts;
    if (texts.length === 1 && only !== undefined) {
      assertInserted(await send(tableUrl, ROW_HEADERS, only, signal));
      return;
    }
    const id = randomUUID();
    const headers = {
      Accept: 'application/json',
      DataServiceVersion: '3.0;',
      MaxDataServiceVersion: '3.0;NetFx',
      'Accept-Charset': 'UTF-8',
      'Content-Type': `multipart/mixed; boundary=batch_${id}`,
    };
    const response = await send(`${account}/$batch`, headers, batchText(texts, tableUrl, id), signal);
    assertAllInserted(response, texts.length);
  };
}

/** Returns the body of an entity group transaction: learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions. */
function batchText(texts: readonly string[], tableUrl: string, id: string): string {
  const changeset = `changeset_${id}`;
  const head = [
    `--${changeset}`,
    'content-type: application/http',
    'content-transfer-encoding: binary',
    '',
    `POST ${tableUrl} HTTP/1.1`,
    ...ROW_HEADER_LINES,
    '',
    '',
    '',
  ].join(LINE);
  let body = `--batch_${id}${LINE}content-type: multipart/mixed; boundary=${changeset}${LINE}${LINE}${LINE}`;
  for (const text of texts) body += `${head}${text}${LINE}`;
  return `${body}--${changeset}--${LINE}--batch_${id}--${LINE}`;
}

function assertInserted(response: PipelineResponse): void {
  if (response.status !== 201 && response.status !== 204)
    throw refusal(response, response.status, response.bodyAsText ?? '');
}

/** A truncated reply, or a part that has no status, must not count as success. */
function assertAllInserted(response: PipelineResponse, rows: number): void {
  const text = response.bodyAsText ?? '';
  if (response.status < 200 || response.status > 299) throw refusal(response, response.status, text);
  // Header lines and JSON cannot begin with this text, so every match is the start of a part's reply.
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
  const refused = statuses.find((status) => status >= 300);
  if (refused !== undefined) throw refusal(response, refused, text);
  const written = statuses.filter((status) => status === 201 || status === 204).length;
  if (written !== rows || statuses.length !== rows)
    throw new Error('The reply does not cover every row of the transaction');
}

function refusal(response: PipelineResponse, statusCode: number, text: string): RestError {
  const code = /"code"\s*:\s*"(\w{1,64})"/.exec(text)?.[1] ?? response.headers.get('x-ms-error-code');
  // The reply's text and the request may hold columns of rows, so the error has neither.
  return new RestError('The table refused the rows', { statusCode, ...(code === undefined ? {} : { code }) });
}
