import { RestError, type TableClient } from '@azure/data-tables';
import { describe, expect, test, vi } from 'vitest';
import { describeTableFault, isRowAbsent, tableFaultOf } from '../../../shared/tables/faults.ts';
import { tableTransport } from '../../../shared/tables/table-transport.ts';

/** An error as the SDK throws it for a single write: the service's code is in the details. */
const single = (statusCode: number, code: string): RestError =>
  Object.assign(new RestError('https://host/secret', { statusCode }), {
    details: { errorCode: code, odataError: { code } },
  });
/** An error as the SDK throws it for a transaction. */
const together = (statusCode: number | undefined, code: string): RestError =>
  new RestError('https://host/secret', { code, ...(statusCode === undefined ? {} : { statusCode }) });

describe('faults of the table', () => {
  test.each([
    [single(409, 'EntityAlreadyExists'), 'exists'],
    [together(409, 'EntityAlreadyExists'), 'exists'],
    [together(409, 'TableBeingDeleted'), 'unusable'],
    [single(404, 'TableNotFound'), 'unusable'],
    [single(403, 'AuthorizationPermissionMismatch'), 'unusable'],
    [single(400, 'PropertyValueTooLarge'), 'refused'],
    [together(413, 'RequestBodyTooLarge'), 'refused'],
    [together(503, 'ServerBusy'), 'throttled'],
    [single(429, 'TooManyRequests'), 'throttled'],
    [together(undefined, 'ECONNREFUSED'), 'throttled'],
    [together(undefined, 'ENOTFOUND'), 'throttled'],
    [Object.assign(new Error('no identity'), { name: 'CredentialUnavailableError' }), 'throttled'],
    [together(500, 'OperationTimedOut'), 'unknown'],
    [together(500, 'InternalError'), 'unknown'],
    [together(502, 'BadGateway'), 'unknown'],
    [together(504, 'GatewayTimeout'), 'unknown'],
    [together(408, 'RequestTimeout'), 'unknown'],
    [together(undefined, 'ECONNRESET'), 'unknown'],
    [together(undefined, 'PARSE_ERROR'), 'unknown'],
    [new DOMException('late', 'TimeoutError'), 'unknown'],
    [Object.assign(new Error('aborted'), { name: 'AbortError' }), 'unknown'],
    ['a text', 'unknown'],
    [undefined, 'unknown'],
  ])('%s is %s', (error, fault) => {
    expect(tableFaultOf(error)).toBe(fault);
  });

  test('a description has codes but no text of the SDK', () => {
    expect(describeTableFault(single(409, 'EntityAlreadyExists'))).toBe('RestError 409 EntityAlreadyExists');
    expect(describeTableFault(together(503, 'ServerBusy'))).toBe('RestError ServerBusy 503');
    expect(describeTableFault(new DOMException('late', 'TimeoutError'))).toBe('TimeoutError');
  });

  test('a missing row is distinguished from a missing table', () => {
    expect(isRowAbsent(single(404, 'ResourceNotFound'))).toBe(true);
    expect(isRowAbsent(single(404, 'TableNotFound'))).toBe(false);
  });
});

describe('a transaction', () => {
  const row = (rowKey: string) => ({ partitionKey: 'p', rowKey, requestId: 'r' });
  const answering = (statuses: number[]) => {
    const subResponses = statuses.map((status) => ({ status }));
    const submitTransaction = vi.fn(async () => ({ status: 202, subResponses }));
    return tableTransport({ submitTransaction } as unknown as TableClient);
  };
  const insert = (statuses: number[]) =>
    answering(statuses).insert([row('1'), row('2')], new AbortController().signal);

  test('is confirmed only by a success for each of its rows', async () => {
    await expect(insert([204, 204])).resolves.toBeUndefined();
    await expect(insert([201, 201])).resolves.toBeUndefined();
    for (const statuses of [[], [204], [204, 500], [400], [204, 204, 204]])
      await expect(insert(statuses)).rejects.toThrow('does not cover');
  });

  test('has an unknown outcome if it is not confirmed', async () => {
    expect(tableFaultOf(await insert([204]).catch((error: unknown) => error))).toBe('unknown');
  });
});
