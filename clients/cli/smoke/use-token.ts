import { request, type RequestOptions } from 'node:https';
import { refusal } from '../exit-codes.ts';
import type { Letter } from './smoke-options.ts';

const TIMEOUT_MS = 60_000;
const CONTENT = 'Written by npm run smoke.\n';

interface Use {
  readonly method: string;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Statuses of a storage that accepted the token. */
  readonly accepted: readonly number[];
}

const PUT: Use = {
  method: 'PUT',
  headers: { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'text/plain' },
  body: CONTENT,
  accepted: [201],
};
/** 416: the blob is empty. */
const GET: Use = { method: 'GET', headers: { range: 'bytes=0-0' }, accepted: [200, 206, 416] };
const LIST: Use = {
  method: 'GET',
  query: 'restype=container&comp=list&maxresults=1',
  headers: {},
  accepted: [200],
};
const USES: Readonly<Record<Letter, Use>> = { r: GET, l: LIST, c: PUT, w: PUT };

/** What storage said, with its error code; `''` without one. */
interface StorageReply {
  readonly status: number;
  readonly code: string;
}

/**
 * Sends a request that the token allows.
 * @param url with the SAS
 * @param ca a certificate that is trusted besides the usual ones
 * @returns what storage did, in a few words
 * @throws Exit if storage refuses or does not answer. The message never contains the URL.
 */
export async function useToken(url: string, letter: Letter, ca: string | undefined): Promise<string> {
  const use = USES[letter];
  const { status, code } = await send(use.query === undefined ? url : `${url}&${use.query}`, use, ca);
  if (use.accepted.includes(status)) return `${use.method} answered ${status}`;
  // Storage looks for the blob only after it has accepted the token.
  if (letter === 'r' && code === 'BlobNotFound')
    return 'GET answered 404: the token was accepted, but there is no such blob';
  throw refusal(`Storage answered ${use.method} with ${status} ${code}`.trim() + `.${adviceFor(code)}`);
}

function adviceFor(code: string): string {
  if (code === 'AuthorizationPermissionMismatch')
    return " The signer's role does not allow this, or a new role has not reached storage yet: wait some minutes and try again.";
  if (code === 'AuthenticationFailed') return ' The key that signed the token is not valid at storage.';
  if (code === 'AuthorizationFailure') return " The account's firewall may refuse this machine.";
  return '';
}

function send(url: string, { method, headers, body }: Use, ca: string | undefined): Promise<StorageReply> {
  const options: RequestOptions = {
    method,
    headers: { ...headers, 'content-length': Buffer.byteLength(body ?? '') },
    timeout: TIMEOUT_MS,
    ...(ca === undefined ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (reply) => {
      const code = reply.headers['x-ms-error-code'];
      reply.resume();
      reply.on('end', () =>
        resolve({ status: reply.statusCode ?? 0, code: typeof code === 'string' ? code : '' }),
      );
    });
    sent.on('timeout', () => sent.destroy(Object.assign(new Error(), { code: 'no reply in time' })));
    sent.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        refusal(
          `There is no reply from storage: ${error.code ?? 'the call failed'}.${trustAdvice(error.code)}`,
        ),
      ),
    );
    sent.end(body);
  });
}

const trustAdvice = (code: string | undefined): string =>
  code !== undefined && /CERT|SIGNATURE|ISSUER/.test(code)
    ? ' Give the certificate of its issuer with --ca.'
    : '';
