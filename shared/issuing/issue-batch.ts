import * as z from 'zod/mini';
import { BrokerError } from '../broker-error.ts';
import type { Caller } from '../identity/caller.ts';
import { REQUEST_LIMITS, tooLong } from '../input/body-limits.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { parseBody } from '../input/parse-body.ts';
import { type JsonItem, tooManyValues } from '../input/scan-json.ts';
import { tokenRequestSchema } from '../requests/token-request-schema.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import { fail, ok, type Result } from '../result.ts';
import { deliver, draftToken } from './issue-token.ts';
import type { IssuedToken } from './issued-token.ts';
import type { IssuingCall, IssuingPorts } from './issuing-ports.ts';

const MAX_REQUESTS = 100;
/** The share of the remaining time that drafting may take: the rows of all requests wait for the slowest draft. */
const DRAFT_SHARE = 0.6;

/** The body of `POST /tokens/batch`, as documented. */
export const batchSchema = z.strictObject({
  requests: z.array(tokenRequestSchema).check(z.minLength(1), z.maxLength(MAX_REQUESTS)),
});

/** What is checked before the requests are read one by one: each request has its own outcome. */
const envelopeSchema = z.strictObject({
  requests: z.array(z.unknown()).check(z.minLength(1), z.maxLength(MAX_REQUESTS)),
});

/** One request of a batch, or what is wrong with it. */
export type BatchItem = Result<TokenRequest, BrokerError>;

/**
 * Reads a batch. A request with faults does not affect the others.
 * @param items what the scan of the body found in each request's text.
 * @param read reads one request, or throws a BrokerError.
 * @throws BrokerError `invalid_request` for faults of the batch itself.
 */
export function parseBatch(
  json: unknown,
  items: readonly JsonItem[],
  read: (request: unknown) => TokenRequest,
): BatchItem[] {
  const { requests } = parseBody(envelopeSchema, json, 'batch');
  return requests.map((request, index) => {
    const costly = textError(items[index]);
    if (costly !== null) return fail(costly);
    try {
      return ok(read(request));
    } catch (error) {
      if (error instanceof BrokerError) return fail(error);
      throw error;
    }
  });
}

/** Checks the text of one request of a batch as the edge checks a whole body. */
function textError(item: JsonItem | undefined): BrokerError | null {
  if (item === undefined) throw new Error('A request that the scan of the body did not find');
  const { maxBytes, maxValues } = REQUEST_LIMITS;
  if (Buffer.byteLength(item.text) > maxBytes)
    return new BrokerError('payload_too_large', tooLong('request', REQUEST_LIMITS));
  if (item.values > maxValues)
    return invalidRequest('request', [{ path: '', message: tooManyValues(maxValues) }]);
  const { faults, count } = item.repeated;
  return count > 0 ? invalidRequest('request', faults, count) : null;
}

/**
 * Issues each request separately and returns the outcomes in order. The rows are written together, so rows of one
 * partition share a transaction; a row that fails affects only its own token. A request whose policy is not available in
 * time fails while there is still time to record the others.
 * @throws BrokerError `storage_unavailable` if it is unknown whether the caller is blocked: no request could succeed.
 */
export async function issueBatch(
  ports: IssuingPorts,
  caller: Caller,
  items: readonly BatchItem[],
  call: IssuingCall,
): Promise<PromiseSettledResult<IssuedToken>[]> {
  await ports.blocks.blockOf(caller, call.now);
  const now = ports.clock().getTime();
  const drafting = { ...call, deadline: new Date(now + (call.deadline.getTime() - now) * DRAFT_SHARE) };
  const drafts = await Promise.allSettled(
    items.map((item) =>
      item.ok ? draftToken(ports, caller, item.value, drafting) : Promise.reject(item.fault),
    ),
  );
  // All rows are appended in one turn of the event loop, so they are written together.
  return Promise.allSettled(
    drafts.map((draft) => {
      if (draft.status === 'rejected') return Promise.reject(draft.reason as Error);
      return deliver(ports, caller, draft.value, ports.audit.append(draft.value.record, call.deadline), call);
    }),
  );
}
