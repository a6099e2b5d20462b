import { type HttpRequest, InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../functions/reply.ts';
import { BrokerError } from '../../../shared/broker-error.ts';

const request = { headers: new Headers() } as unknown as HttpRequest;
const context = new InvocationContext({ invocationId: 'request-1' });
const waitOf = (error: BrokerError) =>
  (refusal(error, request, context).headers as Record<string, string>)['retry-after'];

describe('Retry-After', () => {
  it.each(['audit_unavailable', 'signing_key_unavailable', 'storage_unavailable', 'overloaded'] as const)(
    'is a few seconds for %s, unless the fault says how long',
    (code) => {
      expect(waitOf(new BrokerError(code, 'no'))).toBe('5');
      expect(waitOf(new BrokerError(code, 'no', { retryAfter: 60 }))).toBe('60');
    },
  );

  it.each(['signing_key_unavailable', 'misconfigured', 'storage_unavailable'] as const)(
    'is absent for %s if only an operator can mend the fault',
    (code) => {
      expect(waitOf(new BrokerError(code, 'no', { needsOperator: true }))).toBeUndefined();
    },
  );

  it('is absent for faults of the configuration and of the request', () => {
    for (const code of ['misconfigured', 'invalid_request', 'conflict', 'internal'] as const)
      expect(waitOf(new BrokerError(code, 'no'))).toBeUndefined();
  });
});
