import type { IssuedToken } from './api.ts';
import { unexpectedReply } from './broker-calls.ts';
import type { Issued } from './token-cycler.ts';

/**
 * Returns an issued token of a reply.
 * @throws BrokerProblem if the reply lacks what the client needs
 */
export function readIssued(value: unknown, sentAt: number): Issued {
  const { token, url, expiresIn } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof token !== 'string' || typeof url !== 'string')
    throw unexpectedReply(201, 'The reply is not an issued token. Check the endpoint.');
  if (typeof expiresIn !== 'number')
    throw unexpectedReply(201, 'The reply has no expiresIn: the broker is older than this client.');
  return { token: value as IssuedToken, sentAt };
}
