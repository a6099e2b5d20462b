import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenSource } from '../../js/index.ts';
import { sendSigned } from '../../js/signed-send.ts';

/** A failure of storage. Its message never holds a URL. */
export class StorageFault extends Error {}

const TRIES = 5;
const FIRST_WAIT_MS = 500;
const TIMEOUT_MS = 120_000;

/**
 * Sends a request to storage with a fresh token; again after connection faults and replies that say storage is busy.
 * @throws StorageFault, BrokerProblem
 */
export async function sendToStorage(source: TokenSource, url: string, init: RequestInit): Promise<Response> {
  for (let tried = 1; ; tried += 1) {
    const request = { url };
    const send = () => fetch(request.url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const outcome = await sendSigned(source, request, send).catch((error: unknown) => {
      if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
      return null;
    });
    if (outcome?.ok === true) return outcome;
    const isBusy = outcome === null || outcome.status >= 500 || outcome.status === 429;
    if (!isBusy || tried === TRIES) throw await faultOf(outcome);
    await sleep(FIRST_WAIT_MS * 2 ** (tried - 1));
  }
}

async function faultOf(reply: Response | null): Promise<StorageFault> {
  if (reply === null) return new StorageFault('There is no reply from storage.');
  const code = reply.headers.get('x-ms-error-code') ?? /<Code>(\w+)/.exec(await reply.text())?.[1] ?? '';
  const id = reply.headers.get('x-ms-request-id');
  return new StorageFault(
    `Storage answered ${reply.status} ${code}`.trim() + (id === null ? '.' : ` (request ${id}).`),
  );
}
