import type { TokenSource } from './sas-broker.ts';
import { type SignableRequest, sendSigned } from './signed-send.ts';

/** The next part of a pipeline of the storage SDKs. */
interface Next<Request, Reply> {
  sendRequest(request: Request): Promise<Reply>;
}

/**
 * Returns a factory for `pipeline.factories` of the storage SDKs. A subclass of `AnonymousCredential` would be taken for
 * anonymous, and a policy in `additionalPolicies` is added once more by every child client, which throws.
 */
export function signingFactory<Request extends SignableRequest, Reply extends { readonly status: number }>(
  source: TokenSource,
): { create(next: Next<Request, Reply>): Next<Request, Reply> } {
  return {
    create: (next) => ({
      sendRequest: (request) => sendSigned(source, request, () => next.sendRequest(request)),
    }),
  };
}
