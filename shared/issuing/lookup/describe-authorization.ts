/**
 * Says how a request was authorized, as its log line tells it, and so why the line leads to no token: most requests use no
 * SAS at all. Begins with a space; empty if the line does not say how.
 */
export function describeAuthorization(authorization: string | null): string {
  if (authorization === null) return '';
  if (/sas/i.test(authorization))
    return ` The request was authorized by ${authorization}, so storage logged a hash that is missing here: send the line as storage wrote it.`;
  if (/^anonymous$/i.test(authorization)) return ' The request was anonymous, so it used no SAS.';
  return ` The request was authorized by ${authorization}, so it used no SAS.`;
}
