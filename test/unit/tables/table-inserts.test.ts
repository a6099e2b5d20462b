import { createHttpHeaders, type PipelineRequest } from '@azure/core-rest-pipeline';
import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import { describe, expect, test } from 'vitest';
import { auditRow } from '../../../shared/audit/audit-row.ts';
import type { TableRow } from '../../../shared/tables/columns.ts';
import { describeTableFault, tableFaultOf } from '../../../shared/tables/faults.ts';
import { tableTransport } from '../../../shared/tables/table-transport.ts';
import { someRecord } from '../audit/records.ts';

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** Returns a client whose requests get this answer and are kept in `sent`. */
function answeringClient(answer: Answer): { client: TableClient; sent: PipelineRequest[] } {
  const sent: PipelineRequest[] = [];
  const client = new TableClient(
    'https://audit.invalid/state',
    'Audit',
    new AzureNamedKeyCredential('state', Buffer.alloc(64).toString('base64')),
    { retryOptions: { maxRetries: 0 } },
  );
  client.pipeline.addPolicy(
    {
      name: 'answer',
      sendRequest: async (request) => {
        sent.push(request);
        const headers = createHttpHeaders({ 'content-type': typeOf(answer.body), ...answer.headers });
        return { request, headers, status: answer.status, bodyAsText: answer.body ?? '' };
      },
    },
    { phase: 'Sign' },
  );
  return { client, sent };
}

const parts = (...statuses: number[]): string =>
  `--batchresponse_1\r\n\r\n${statuses
    .map(
      (status) =>
        `--changesetresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 ${status} Text\r\n\r\n\r\n`,
    )
    .join('')}--changesetresponse_1--\r\n--batchresponse_1--\r\n`;
const refusedPart = (status: number, code: string): string =>
  `--batchresponse_1\r\n--changesetresponse_1\r\n\r\nHTTP/1.1 ${status} Text\r\n\r\n${errorText(code)}\r\n--changesetresponse_1--\r\n`;
const errorText = (code: string): string =>
  JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: '0:inbox/1.jpg' } } });

const typeOf = (body = ''): string =>
  body.startsWith('{') ? 'application/json;charset=utf-8' : 'multipart/mixed; boundary=batchresponse_1';

const row = (rowKey: string): TableRow => ({ partitionKey: 'p', rowKey, requestId: 'r' });
const first = auditRow(someRecord({ sig: 'one', purpose: 'ü "quoted"\r\n--batch_1' }), 'instance');
const rows = [first, { ...row('ä'), partitionKey: first.partitionKey, count: 3, share: 1.5 }];

async function insert(answer: Answer, written: readonly TableRow[] = [row('1'), row('2')]) {
  const { client, sent } = answeringClient(answer);
  await tableTransport(client).insert(written, new AbortController().signal);
  return sent;
}

const faultOf = (answer: Answer, written?: readonly TableRow[]) =>
  insert(answer, written).then(
    () => 'written',
    (error: unknown) => error,
  );

describe('the bytes of an insert are those of the SDK', () => {
  const withoutIds = (text: unknown): string => String(text).replaceAll(/_[0-9a-f-]{36}/g, '_id');
  const essentials = ({ url, method, headers, body }: PipelineRequest) => {
    const named = Object.fromEntries(
      ['accept', 'content-type', 'dataserviceversion', 'maxdataserviceversion', 'prefer', 'x-ms-version'].map(
        (name) => [name, withoutIds(headers.get(name))],
      ),
    );
    return { url, method, named, body: withoutIds(body), length: headers.get('content-length') };
  };

  test('for one row', async () => {
    const { client, sent } = answeringClient({ status: 204 });
    await client.createEntity(first);
    expect((await insert({ status: 204 }, [first])).map(essentials)).toEqual(sent.map(essentials));
  });

  test('for a transaction', async () => {
    const { client, sent } = answeringClient({ status: 202, body: parts(204, 204) });
    await client.submitTransaction(rows.map((one) => ['create', one]));
    const ours = await insert({ status: 202, body: parts(204, 204) }, rows);
    expect(ours.map(essentials)).toEqual(sent.map(essentials));
  });
});

describe('a single insert', () => {
  const one = [row('1')];

  test.each([201, 204])('is confirmed by %i', async (status) => {
    expect(await faultOf({ status }, one)).toBe('written');
  });

  test.each([
    [{ status: 409, body: errorText('EntityAlreadyExists') }, 'exists'],
    [{ status: 409, headers: { 'x-ms-error-code': 'EntityAlreadyExists' } }, 'exists'],
    [{ status: 404, body: errorText('TableNotFound') }, 'unusable'],
    [{ status: 400, body: errorText('PropertyValueTooLarge') }, 'refused'],
    [{ status: 503, body: errorText('ServerBusy') }, 'throttled'],
    [{ status: 500, body: errorText('InternalError') }, 'unknown'],
    [{ status: 200 }, 'unknown'],
    [{ status: 202 }, 'unknown'],
  ])('that gets %j is %s', async (answer, fault) => {
    expect(tableFaultOf(await faultOf(answer, one))).toBe(fault);
  });
});

describe('a transaction', () => {
  test('is confirmed only by a success for each of its rows', async () => {
    expect(await faultOf({ status: 202, body: parts(204, 204) })).toBe('written');
    expect(await faultOf({ status: 202, body: parts(201, 201) })).toBe('written');
    for (const body of ['', parts(), parts(204), parts(204, 204, 204), parts(204, 200)])
      expect(await faultOf({ status: 202, body })).toMatchObject({
        message: expect.stringContaining('does not cover') as unknown,
      });
  });

  test('has an unknown outcome if it is not confirmed', async () => {
    expect(tableFaultOf(await faultOf({ status: 202, body: parts(204) }))).toBe('unknown');
  });

  test.each([
    [{ status: 202, body: refusedPart(409, 'EntityAlreadyExists') }, 'exists'],
    [{ status: 202, body: refusedPart(400, 'PropertyValueTooLarge') }, 'refused'],
    [{ status: 202, body: refusedPart(404, 'TableNotFound') }, 'unusable'],
    [{ status: 202, body: parts(204, 500) }, 'unknown'],
    [{ status: 403, body: errorText('AuthorizationPermissionMismatch') }, 'unusable'],
    [{ status: 413, body: errorText('RequestBodyTooLarge') }, 'refused'],
    [{ status: 503, body: errorText('ServerBusy') }, 'throttled'],
    [{ status: 504, body: '<html>' }, 'unknown'],
  ])('that gets %j is %s', async (answer, fault) => {
    expect(tableFaultOf(await faultOf(answer))).toBe(fault);
  });

  test('that is refused is described by codes only', async () => {
    const error = await faultOf({ status: 202, body: refusedPart(409, 'EntityAlreadyExists') });
    expect(describeTableFault(error)).toBe('RestError EntityAlreadyExists 409');
    expect(JSON.stringify(error)).not.toContain('inbox');
  });
});

test('a row is measured as it is sent', async () => {
  const { client, sent } = answeringClient({ status: 204 });
  const transport = tableTransport(client);
  const bytes = transport.bytesOf(first);
  await transport.insert([first], new AbortController().signal);
  expect(sent.map(({ body }) => Buffer.byteLength(body as string))).toEqual([bytes]);
});
