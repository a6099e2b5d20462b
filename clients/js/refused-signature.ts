/** What storage says if a signature does not match, or is not valid at this time; other refusals need another remedy. */
const REFUSED = /AuthenticationFailed|failed to authenticate the request/i;

/**
 * True if an error, or a reply, says that storage refused the signature: an error of an Azure SDK, a `Response`, or an
 * error whose text is storage's. A missing permission or a firewall is not meant: another token would not help.
 */
export async function isSignatureRefused(outcome: unknown): Promise<boolean> {
  const error = members(outcome);
  const response = members(error['response']);
  const status = [error['statusCode'], error['status'], response['status']].find(
    (one) => typeof one === 'number',
  );
  if (status !== undefined && status !== 403) return false;
  const details = members(error['details']);
  const texts = [error['code'], details['errorCode'], details['code'], error['message'], error['bodyAsText']];
  const answers = [response['bodyAsText'], headerOf(error), headerOf(response), await bodyOf(outcome)];
  return [...texts, ...answers].some((text) => typeof text === 'string' && REFUSED.test(text));
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value) as Record<string, unknown>;
}

function headerOf({ headers }: Readonly<Record<string, unknown>>): unknown {
  const { get } = members(headers);
  return typeof get === 'function' ? (get.call(headers, 'x-ms-error-code') as unknown) : undefined;
}

async function bodyOf(outcome: unknown): Promise<string> {
  const isUnread = typeof Response === 'function' && outcome instanceof Response && !outcome.bodyUsed;
  return isUnread ? outcome.clone().text() : '';
}
