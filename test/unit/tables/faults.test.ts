import { RestError } from '@azure/data-tables';
import { describe, expect, test } from 'vitest';
import { describeTableFault, isRowAbsent, tableFaultOf } from '../../../shared/tables/faults.ts';

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
