import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { type BodyRules, readJsonBody } from '../../../functions/json-body.ts';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { BATCH_LIMITS, REQUEST_LIMITS } from '../../../shared/input/body-limits.ts';

const ONE: BodyRules = { limits: REQUEST_LIMITS };
const BATCH: BodyRules = { limits: BATCH_LIMITS, splitList: 'requests' };
const JSON_TYPE = { 'content-type': 'application/json' };

function read(
  body: string | Uint8Array,
  rules: BodyRules = ONE,
  headers: Record<string, string> = JSON_TYPE,
) {
  const http = { method: 'POST', url: 'http://broker.example/api/tokens', headers };
  const content = typeof body === 'string' ? { string: body } : { bytes: body };
  return readJsonBody(new HttpRequest(body.length === 0 ? http : { ...http, body: content }), rules);
}

async function refusal(...parts: Parameters<typeof read>): Promise<BrokerError> {
  return read(...parts).then(
    () => {
      throw new Error('The body was accepted');
    },
    (error: unknown) => error as BrokerError,
  );
}

const list = (values: number) =>
  `[${Array(values - 1)
    .fill('1')
    .join()}]`;
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('a JSON body', () => {
  it.each([
    ['1,000 values', list(1000), ONE],
    ['32 levels', nested(32), ONE],
    ['10,000 values in a batch', list(10_000), BATCH],
    ['34 levels in a batch', nested(34), BATCH],
  ])('may have %s', async (_what, text, rules) => {
    expect((await read(text, rules)).value).toEqual(JSON.parse(text));
  });

  it.each([
    ['1,001 values', list(1001), ONE, 'must contain at most 1,000 JSON values'],
    ['33 levels', nested(33), ONE, 'must be nested at most 32 levels deep'],
    ['10,001 values in a batch', list(10_001), BATCH, 'must contain at most 10,000 JSON values'],
    ['35 levels in a batch', nested(35), BATCH, 'must be nested at most 34 levels deep'],
    ['text that is not JSON', '{"a":1', ONE, 'must be JSON in UTF-8'],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), ONE, 'must be JSON in UTF-8'],
  ])('is refused with one error for the whole body if it has %s', async (_what, body, rules, message) => {
    expect(await refusal(body, rules)).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: '', message }],
    });
  });

  it('is refused if a member is given twice, however its name is written', async () => {
    expect(await refusal('{"permissions":"r","\\u0070ermissions":"rwd"}')).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'permissions', message: 'is given more than once' }],
    });
    expect(await refusal('{"requests":[],"requests":[{}]}', BATCH)).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'requests', message: 'is given more than once' }],
    });
  });

  it('is refused if it was sent in chunks and arrives empty, even if it is optional', async () => {
    for (const optional of [false, true])
      for (const value of ['chunked', 'gzip, Chunked'])
        expect(
          await refusal('', { ...ONE, optional }, { ...JSON_TYPE, 'transfer-encoding': value }),
        ).toMatchObject({ code: 'length_required' });
    expect((await read('', { ...ONE, optional: true })).value).toEqual({});
    expect((await read('{"a":1}', ONE, { ...JSON_TYPE, 'transfer-encoding': 'chunked' })).value).toEqual({
      a: 1,
    });
  });

  it.each(['gzip', 'br', 'deflate', 'identity, gzip', 'aws-chunked'])(
    'is refused with the content encoding %s, even if its text is plain JSON',
    async (coding) => {
      for (const rules of [ONE, { ...ONE, optional: true }])
        expect(await refusal('{}', rules, { ...JSON_TYPE, 'content-encoding': coding })).toMatchObject({
          code: 'unsupported_media_type',
        });
    },
  );

  it.each(['identity', 'Identity', ''])('may have the content encoding "%s"', async (coding) => {
    expect((await read('{}', ONE, { ...JSON_TYPE, 'content-encoding': coding })).value).toEqual({});
  });

  it('leaves what is wrong with one item of the split list to the route', async () => {
    const { items } = await read('{"requests":[{"a":1,"a":2},{}]}', BATCH);
    expect(items.map(({ repeated }) => repeated.count)).toEqual([1, 0]);
  });
});
