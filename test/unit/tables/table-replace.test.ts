import type { TableClient } from '@azure/data-tables';
import { describe, expect, it } from 'vitest';
import { replaceRow } from '../../../shared/tables/table-replace.ts';

const row = { partitionKey: 'p', rowKey: 'r', text: 'x' };
const { signal } = new AbortController();

/** An error as the tables SDK throws it for a single write. */
function serviceError(statusCode: number, code: string): Error {
  return Object.assign(new Error('Told to fail.'), {
    statusCode,
    details: { odataError: { code } },
  });
}

/** A client whose writes get `reply`, or fail with it. */
function clientWith(reply: { etag?: string } | Error) {
  const calls: unknown[][] = [];
  const answer = (...call: unknown[]) => {
    calls.push(call);
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
  };
  const client = {
    createEntity: (...given: unknown[]) => answer('create', ...given),
    updateEntity: (...given: unknown[]) => answer('update', ...given),
  } as unknown as TableClient;
  return { client, calls };
}

describe('replacing a row', () => {
  it('inserts it if there is no ETag, and returns the new one', async () => {
    const { client, calls } = clientWith({ etag: 'e1' });
    expect(await replaceRow(client, row, null, signal)).toBe('e1');
    expect(calls).toEqual([['create', row, { abortSignal: signal }]]);
  });

  it('replaces the whole row under its ETag', async () => {
    const { client, calls } = clientWith({ etag: 'e2' });
    expect(await replaceRow(client, row, 'e1', signal)).toBe('e2');
    expect(calls).toEqual([['update', row, 'Replace', { etag: 'e1', abortSignal: signal }]]);
  });

  it.each([
    [null, 409, 'EntityAlreadyExists'],
    ['e1', 412, 'UpdateConditionNotSatisfied'],
    ['e1', 404, 'ResourceNotFound'],
  ])('returns null if someone else was faster (ETag %s: %i %s)', async (etag, status, code) => {
    const { client } = clientWith(serviceError(status, code));
    expect(await replaceRow(client, row, etag, signal)).toBeNull();
  });

  it.each([
    [null, 409, 'TableBeingDeleted'],
    [null, 404, 'TableNotFound'],
    [null, 412, 'UpdateConditionNotSatisfied'],
    ['e1', 409, 'EntityAlreadyExists'],
    ['e1', 404, 'TableNotFound'],
    ['e1', 503, 'ServerBusy'],
  ])('throws any other failure (ETag %s: %i %s)', async (etag, status, code) => {
    const { client } = clientWith(serviceError(status, code));
    await expect(replaceRow(client, row, etag, signal)).rejects.toMatchObject({ statusCode: status });
  });

  it('does not count as done without an ETag in the reply', async () => {
    const { client } = clientWith({});
    await expect(replaceRow(client, row, null, signal)).rejects.toThrow('The reply has no ETag');
  });
});
