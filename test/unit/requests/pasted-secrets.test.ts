import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRotationOrder } from '../../../functions/accounts.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import { readEventQuery } from '../../../shared/audit/event-query-parameters.ts';
import { parseCompletion } from '../../../shared/issuing/complete-token.ts';
import { parseTokenRequest } from '../../../shared/requests/parse-token-request.ts';
import { parseRevocation } from '../../../shared/revocation/revocation-request.ts';
import { policyFromBody } from '../../../shared/stored-policies/policy-body.ts';
import { account } from '../../fakes/configuration.ts';
import { secretText } from '../input/secret-spellings.ts';

const now = new Date('2026-11-22T12:00:00Z');
const accounts = new Map([['media', account()]]);
const blob = { account: 'media', service: 'blob', container: 'photos' };
const table = { account: 'media', service: 'table', table: 'Inventory' };
const valid = { resource: blob, permissions: 'r' };

const token = (body: object) => parseTokenRequest(body, { accounts, callerIp: null, entraUser: null, now });
const tokenOf = (resource: object) => token({ ...valid, resource });
const revocation = (over: object) =>
  parseRevocation({ target: { account: 'media' }, ...over }, { now, clockSkew: 30 });
const url = (path: string) => token({ permissions: 'r', url: `https://media.blob.core.windows.net/${path}` });

/** Every text that the broker would keep, and every name that it would repeat. */
const FIELDS: readonly (readonly [string, (text: string) => unknown])[] = [
  ['account', (text) => tokenOf({ ...blob, account: text })],
  ['service', (text) => tokenOf({ ...blob, service: text })],
  ['container', (text) => tokenOf({ ...blob, container: text })],
  ['blob', (text) => tokenOf({ ...blob, blob: text })],
  ['snapshot', (text) => tokenOf({ ...blob, blob: 'a', snapshot: text })],
  ['versionId', (text) => tokenOf({ ...blob, blob: 'a', versionId: text })],
  ['directory', (text) => tokenOf({ ...blob, directory: text })],
  ['queue', (text) => tokenOf({ account: 'media', service: 'queue', queue: text })],
  ['table', (text) => tokenOf({ ...table, table: text })],
  ['partitionKeyStart', (text) => tokenOf({ ...table, partitionKeyStart: text })],
  ['partitionKeyEnd', (text) => tokenOf({ ...table, partitionKeyEnd: text })],
  ['rowKeyStart', (text) => tokenOf({ ...table, partitionKeyStart: 'a', rowKeyStart: text })],
  ['rowKeyEnd', (text) => tokenOf({ ...table, partitionKeyEnd: 'a', rowKeyEnd: text })],
  ['share', (text) => tokenOf({ account: 'media', service: 'file', share: text })],
  ['file', (text) => tokenOf({ account: 'media', service: 'file', share: 'docs', file: text })],
  ['a URL', (text) => url(`photos/${encodeURIComponent(text).replace(/%2F/gi, '/')}`)],
  ['a URL as it is', (text) => url(`photos/${text}`)],
  ['purpose', (text) => token({ ...valid, purpose: text })],
  ['policy', (text) => token({ ...valid, policy: text })],
  ['permissions', (text) => token({ ...valid, permissions: text })],
  ['an item of permissions', (text) => token({ ...valid, permissions: [text] })],
  ['kind', (text) => token({ ...valid, kind: text })],
  ['ip', (text) => token({ ...valid, ip: text })],
  ['encryptionScope', (text) => token({ ...valid, encryptionScope: text })],
  ['the name of a member', (text) => token({ ...valid, [text]: 'x' })],
  ['the name of a member of resource', (text) => tokenOf({ ...blob, [text]: 'x' })],
  ['the detail of a completion', (text) => parseCompletion({ outcome: 'failed', detail: text })],
  ['the outcome of a completion', (text) => parseCompletion({ outcome: text })],
  ['the reason of a rotation', (text) => readRotationOrder({ reason: text })],
  ['the reason of a revocation', (text) => revocation({ reason: text })],
  ['the account of a revocation', (text) => revocation({ target: { account: text } })],
  ['the name of a member of a target', (text) => revocation({ target: { account: 'media', [text]: 1 } })],
  [
    'the id of a policy',
    (text) => policyFromBody({ account: account(), service: 'blob', name: 'photos' }, text, {}),
  ],
  ['a query parameter', (text) => readEventQuery(new URLSearchParams([['type', text]]), now)],
  ['the name of a query parameter', (text) => readEventQuery(new URLSearchParams([[text, 'x']]), now)],
];

describe('a pasted SAS or key', () => {
  it.each(FIELDS)('is refused as %s, and not repeated', (_what, read) => {
    fc.assert(
      fc.property(secretText, ({ text, value }) => {
        const error = thrownBy(() => read(text));
        expect(error).toBeInstanceOf(BrokerError);
        expect(error).toMatchObject({ code: 'invalid_request' });
        const { message, errors, members } = error as BrokerError;
        const told = JSON.stringify({ message, errors, members });
        expect(told).not.toContain(value.slice(0, 20));
        expect(told).not.toContain(value.slice(-20));
      }),
    );
  });

  it('is what the message names', () => {
    const text = `s.jpg?sv=1&sig=${'a'.repeat(43)}=`;
    for (const read of [
      (): unknown => tokenOf({ ...blob, blob: text }),
      () => token({ ...valid, purpose: text }),
    ])
      expect(thrownBy(read)).toMatchObject({
        errors: [{ message: expect.stringMatching(/must not contain a SAS or an account key/) as string }],
      });
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}
