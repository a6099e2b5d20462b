import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Certificate, ensureCertificate } from '../local/certificate.ts';
import { type Issuer, startIssuer } from '../local/issuer.ts';
import { listen, type Listening } from '../local/listen.ts';
import { type ManagedIdentity, startManagedIdentity } from '../local/managed-identity.ts';
import { SAMPLE_KEY } from '../test/unit/sas/sas-samples.ts';

/** The services that issuing needs. Storage keeps nothing: it acknowledges every write at once, and every read finds nothing. */
export interface AcknowledgingAzure {
  readonly folder: string;
  readonly certificate: Certificate;
  readonly issuer: Issuer;
  readonly identity: ManagedIdentity;
  /** The base URL of its tables and blobs, without an account. */
  readonly storage: string;
  /** How many requests wrote rows so far. */
  writes(): number;
  stop(): Promise<void>;
}

/** Starts the services on free ports of 127.0.0.1. @param awayMs how long each write takes longer, in milliseconds. */
export async function startAcknowledgingAzure(awayMs = 0): Promise<AcknowledgingAzure> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const certificate = await ensureCertificate(folder);
  const tls = { cert: certificate.cert, key: certificate.key };
  let writes = 0;
  const storage = await listen(
    async (request, response) => {
      if (await acknowledge(request, response, awayMs)) writes += 1;
    },
    0,
    tls,
  );
  const issuer = await startIssuer(0, certificate, join(folder, 'issuer-key.json'));
  const identity = await startManagedIdentity(0, 'bench');
  const services: Pick<Listening, 'stop'>[] = [storage, issuer, identity];
  const stop = async () => {
    await Promise.all(services.map((service) => service.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, certificate, issuer, identity, storage: storage.url, writes: () => writes, stop };
}

/** Answers one request. Returns whether it wrote rows. */
async function acknowledge(
  request: IncomingMessage,
  response: ServerResponse,
  awayMs: number,
): Promise<boolean> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method, url = '' } = request;
  if (url.includes('comp=userdelegationkey')) return answerKey(Buffer.concat(chunks).toString(), response);
  if (method === 'GET') return answerNothing(url, response);
  if (awayMs > 0) await pause(awayMs);
  if (!url.includes('$batch')) response.writeHead(204, { 'x-ms-version': '2019-02-02' }).end();
  else answerBatch(Buffer.concat(chunks).toString(), response);
  return true;
}

function answerNothing(url: string, response: ServerResponse): false {
  const isOneRow = url.includes('PartitionKey=');
  const body = isOneRow ? { 'odata.error': { code: 'ResourceNotFound' } } : { value: [] };
  response
    .writeHead(isOneRow ? 404 : 200, { 'content-type': 'application/json', date: new Date().toUTCString() })
    .end(JSON.stringify(body));
  return false;
}

function answerBatch(body: string, response: ServerResponse): void {
  const rows = body.split('\nPOST ').length - 1;
  const part = [
    '--changesetresponse_1',
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    '',
    'HTTP/1.1 204 No Content',
    'DataServiceVersion: 1.0;',
    '',
    '',
  ].join('\r\n');
  const head = [
    '--batchresponse_1',
    'Content-Type: multipart/mixed; boundary=changesetresponse_1',
    '',
    '',
  ].join('\r\n');
  response
    .writeHead(202, { 'content-type': 'multipart/mixed; boundary=batchresponse_1' })
    .end(`${head}${part.repeat(rows)}--changesetresponse_1--\r\n--batchresponse_1--\r\n`);
}

function answerKey(body: string, response: ServerResponse): false {
  const timeOf = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '';
  const oid = '11111111-1111-4111-8111-111111111111';
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(
      `<?xml version="1.0" encoding="utf-8"?><UserDelegationKey><SignedOid>${oid}</SignedOid><SignedTid>${oid}</SignedTid>` +
        `<SignedStart>${timeOf('Start')}</SignedStart><SignedExpiry>${timeOf('Expiry')}</SignedExpiry>` +
        `<SignedService>b</SignedService><SignedVersion>2025-11-05</SignedVersion><Value>${SAMPLE_KEY}</Value></UserDelegationKey>`,
    );
  return false;
}
