import type { BrokerProcess } from '../broker-process.ts';
import { send, type Reply } from '../send.ts';
import type { Stack } from '../stack.ts';

/** What an act saw, beside what it expected. */
export interface Outcome {
  readonly expected: string;
  readonly happened: string;
}

export interface Act {
  readonly title: string;
  readonly play: (stage: Stage) => Promise<Outcome>;
}

/** The stack and what earlier acts leave to later ones. */
export interface Stage {
  readonly stack: Stack;
  readonly broker: BrokerProcess;
  uploaded?: { id: string; url: string; fingerprint: string };
}

/** One POST as a sample caller. */
export async function ask(stage: Stage, caller: string, path: string, body: object): Promise<Reply> {
  const bearer = await stage.stack.issuer.issue(caller);
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
  return send(`${stage.broker.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

export const json = (reply: Reply): Record<string, unknown> =>
  JSON.parse(reply.text) as Record<string, unknown>;
