import type { BrokerProcess } from '../broker-process.ts';
import { type Reply, send } from '../send.ts';
import type { Stack } from '../stack.ts';

export interface Outcome {
  readonly expected: string;
  readonly happened: string;
}

export interface Act {
  readonly title: string;
  readonly play: (stage: Stage) => Promise<Outcome>;
}

/** The running stack, and what earlier acts pass on to later ones. */
export interface Stage {
  readonly stack: Stack;
  readonly broker: BrokerProcess;
  uploaded?: { id: string; url: string; fingerprint: string };
}

/** Sends a GET to the broker as a sample caller. */
export async function getAs(stage: Stage, caller: string, path: string): Promise<Reply> {
  const authorization = `Bearer ${await stage.stack.issuer.issue(caller)}`;
  return send(`${stage.broker.url}${path}`, { headers: { authorization } });
}

/** Sends a POST with a JSON body to the broker as a sample caller. */
export async function postAs(stage: Stage, caller: string, path: string, body: object): Promise<Reply> {
  const authorization = `Bearer ${await stage.stack.issuer.issue(caller)}`;
  const headers = { authorization, 'content-type': 'application/json' };
  return send(`${stage.broker.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Downloads a URL from the stack's storage. */
export function download({ stack }: Stage, url: string): Promise<Reply> {
  return send(url, { ca: stack.certificate.ca });
}

/** Uploads a block blob to the stack's storage. */
export function upload({ stack }: Stage, url: string, body: string): Promise<Reply> {
  const headers = { 'x-ms-blob-type': 'BlockBlob' };
  return send(url, { ca: stack.certificate.ca, method: 'PUT', headers, body });
}

export function parseBody(reply: Reply): Record<string, unknown> {
  return JSON.parse(reply.text) as Record<string, unknown>;
}

export const photoUrl = ({ stack }: Stage): string => `${stack.blob}/media/photos/sample.jpg`;
