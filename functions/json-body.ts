import type { HttpRequest } from '@azure/functions';
import { BrokerError } from '../shared/broker-error.ts';

const MAX_DEPTH = 16;

/**
 * Reads the body's JSON value; an empty body that is `optional` is an empty object.
 * @param limit in bytes.
 * @throws BrokerError `unsupported_media_type`, `payload_too_large`, or `invalid_request` for a body that is not JSON in
 * UTF-8 or is nested more than 16 levels deep.
 */
export async function readJsonBody(
  request: HttpRequest,
  { limit, optional = false }: { readonly limit: number; readonly optional?: boolean },
): Promise<unknown> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw oversizedBody(limit);
  const bytes = await request.arrayBuffer();
  if (optional && bytes.byteLength === 0) return {};
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json')
    throw new BrokerError('unsupported_media_type', 'Send the body as Content-Type: application/json.');
  if (bytes.byteLength > limit) throw oversizedBody(limit);
  const value = parseJson(bytes);
  if (isDeeperThan(value, MAX_DEPTH)) throw invalidBody(`must be nested at most ${MAX_DEPTH} levels deep`);
  return value;
}

function parseJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalidBody('must be JSON in UTF-8');
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}

function oversizedBody(limit: number): BrokerError {
  return new BrokerError('payload_too_large', `The body may have at most ${limit} bytes.`);
}

function invalidBody(message: string): BrokerError {
  return new BrokerError('invalid_request', `The body ${message}.`, { errors: [{ path: '', message }] });
}
