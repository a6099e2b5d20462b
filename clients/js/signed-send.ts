import type { IssuedToken } from './api.ts';
import { isSignatureRefused } from './refused-signature.ts';
import type { TokenSource } from './sas-broker.ts';
import { withSas } from './signed-url.ts';

/** The members of a request of the Azure SDKs that are read and written. */
export interface SignableRequest {
  url: string;
  body?: unknown;
  abortSignal?: unknown;
}

/**
 * Sends a request with a token of the source, and once more with another one if storage refuses the signature.
 * @throws BrokerProblem if there is no token; what `send` throws
 */
export async function sendSigned<Reply extends { readonly status: number }>(
  source: TokenSource,
  request: SignableRequest,
  send: () => Promise<Reply>,
): Promise<Reply> {
  const plain = request.url;
  const signal = request.abortSignal instanceof AbortSignal ? request.abortSignal : undefined;
  const sign = (token: IssuedToken) => (request.url = withSas(plain, token.token));
  const token = await source.get({ signal });
  sign(token);
  const outcome = await send().then(
    (reply) => ({ reply, said: reply.status === 403 ? reply : null, throws: false }),
    (error: unknown) => ({ reply: null, said: error, throws: true }),
  );
  const isRefused = outcome.said !== null && (await isSignatureRefused(outcome.said));
  // A stream was read by the first try.
  if (isRefused && !isStream(request.body)) {
    sign(await source.get({ refused: token, signal }));
    return send();
  }
  if (outcome.reply === null) throw outcome.said;
  return outcome.reply;
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('pipe' in body || 'getReader' in body);
}
