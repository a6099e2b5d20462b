import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runAudit } from '../../../../clients/cli/run-audit.ts';

/** A reply that the scripted broker gives, or a function of the call. */
export interface ScriptedReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A call that the scripted broker received. */
export interface ReceivedCall {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string;
  readonly body: Record<string, unknown>;
}

export type Script = (call: ReceivedCall, index: number) => ScriptedReply;

export const BEARER = 'eyJhbGciOiJub25lIn0.c2VjcmV0LWJlYXJlcg.c2lnbmF0dXJl';

/** Starts a broker that answers as `script` says, and runs the command line against it. */
export async function startScriptedBroker() {
  const calls: ReceivedCall[] = [];
  let script: Script = () => ({ status: 500 });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const sent = await text(request);
    const call: ReceivedCall = {
      method: request.method ?? '',
      url: new URL(request.url ?? '', 'http://broker'),
      authorization: request.headers.authorization ?? '',
      body: sent === '' ? {} : (JSON.parse(sent) as Record<string, unknown>),
    };
    calls.push(call);
    const { status = 200, headers = {}, body = {} } = script(call, calls.length - 1);
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  return {
    calls,
    url,
    /** Runs one command line. `input` is standard input, `width` that of a terminal. */
    run: async (
      words: readonly string[],
      next: Script,
      {
        input = '',
        width,
        output = collector(),
      }: { input?: string; width?: number; output?: Collector } = {},
    ) => {
      script = next;
      calls.length = 0;
      const errors = collector();
      const waits: number[] = [];
      const code = await runAudit(words, {
        env: { BROKER: url, BEARER },
        folder: '/nonexistent',
        input: Readable.from([Buffer.from(input)]),
        output: Object.assign(output, width === undefined ? {} : { columns: width }),
        errors,
        sleep: (milliseconds) => Promise.resolve(void waits.push(milliseconds)),
      });
      return { code, out: output.text(), err: errors.text(), waits, calls: [...calls] };
    },
    stop: () => server.close(),
  };
}

export type ScriptedBroker = Awaited<ReturnType<typeof startScriptedBroker>>;
type Collector = Writable & { readonly text: () => string };

/** Collects what is written. @param breaksAfter the number of writes after which nobody reads any more. */
export function collector(breaksAfter = Infinity): Collector {
  let collected = '';
  let writes = 0;
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      writes += 1;
      if (writes > breaksAfter) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        return;
      }
      collected += chunk.toString();
      done();
    },
  });
  return Object.assign(stream, { text: () => collected });
}

/** A problem document as the broker sends it. */
export function problem(status: number, code: string, members: object = {}): ScriptedReply {
  const body = {
    type: `urn:x:${code}`,
    title: 'A title',
    status,
    code,
    detail: 'A detail.',
    requestId: 'r-1',
    ...members,
  };
  return { status, body };
}

/** An audit record as the broker sends it. */
export function record(number: number, members: object = {}): object {
  return {
    id: `0-2026112810-${String(number).padStart(64, '0')}-abcdefgh`,
    fingerprint: 'f'.repeat(64),
    issuedAt: '2026-11-28T09:00:00Z',
    startsAt: null,
    expiresAt: '2026-11-28T10:15:00Z',
    kind: 'service',
    resource: { account: 'media', service: 'blob', container: 'photos', blob: 'a.jpg' },
    permissions: 'r',
    permissionNames: ['read'],
    ip: null,
    protocol: 'https',
    policy: null,
    grant: 'read',
    caller: { issuer: 'local', subject: 'someone', name: 'Ravi Reader', ip: null },
    signedWith: { key: 'key1', secretVersion: 'v1', keyId: '0123456789abcdef' },
    correlationId: null,
    purpose: null,
    requestId: 'r',
    state: 'live',
    endedBy: null,
    completion: null,
    ...members,
  };
}
