import { z } from 'zod';
import { BrokerError } from '../broker-error.ts';
import type { Caller } from '../identity/caller.ts';
import { parseBody } from '../input/parse-body.ts';
import { deliver, draftToken } from './issue-token.ts';
import type { IssuingCall, IssuingPorts } from './issuing-ports.ts';
import type { IssuedToken } from './issued-token.ts';
import { tokenRequestSchema } from '../requests/token-request-schema.ts';
import type { TokenRequest } from '../requests/token-request.ts';

const MAX_REQUESTS = 100;
/** How much of the time that is left a request may wait for what it needs: the rows of the others wait for it. */
const DRAFT_SHARE = 0.6;

/** The body of `POST /tokens/batch`, as it is documented. */
export const batchSchema = z.strictObject({ requests: z.array(tokenRequestSchema).min(1).max(MAX_REQUESTS) });

/** What must hold before any of the requests is looked at: each has an outcome of its own. */
const envelopeSchema = z.strictObject({
  requests: z.array(z.unknown()).min(1).max(MAX_REQUESTS),
});

/** One request of a batch: read, or what is wrong with it. */
export type BatchItem = TokenRequest | BrokerError;

/**
 * Reads a batch; a request with faults spoils no other.
 * @param read reads one request. @throws BrokerError `invalid_request` for the batch itself.
 */
export function parseBatch(json: unknown, read: (request: unknown) => TokenRequest): BatchItem[] {
  const { requests } = parseBody(envelopeSchema, json, 'batch');
  return requests.map((request) => {
    try {
      return read(request);
    } catch (error) {
      if (error instanceof BrokerError) return error;
      throw error;
    }
  });
}

/**
 * Issues each request by itself and returns the outcomes in order. Their rows are handed over together, so that rows of
 * one partition share a transaction; one that fails takes only its own with it. A request that waits in vain for its
 * policy gives up while there is time left to record the others.
 */
export async function issueBatch(
  ports: IssuingPorts,
  caller: Caller,
  items: readonly BatchItem[],
  call: IssuingCall,
): Promise<PromiseSettledResult<IssuedToken>[]> {
  const now = ports.clock().getTime();
  const drafting = { ...call, deadline: new Date(now + (call.deadline.getTime() - now) * DRAFT_SHARE) };
  const drafts = await Promise.allSettled(
    items.map((item) =>
      item instanceof BrokerError ? Promise.reject(item) : draftToken(ports, caller, item, drafting),
    ),
  );
  const signed = drafts.flatMap((draft) => (draft.status === 'fulfilled' ? [draft.value] : []));
  const recorded = ports.audit.appendTogether(
    signed.map(({ record }) => record),
    call.deadline,
  );
  return Promise.allSettled(
    drafts.map((draft) => {
      if (draft.status === 'rejected') return Promise.reject(draft.reason as Error);
      const outcome =
        recorded[signed.indexOf(draft.value)] ?? Promise.reject(new Error('A draft without a row'));
      return deliver(ports, caller, draft.value, outcome, call);
    }),
  );
}
