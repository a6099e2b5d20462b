import type { HttpRequest } from '@azure/functions';
import { BrokerError } from '../shared/broker-error.ts';

const MAX_DEPTH = 16;

/**
 * The body's JSON value; an empty object for an empty body that is `optional`.
 * @throws BrokerError `unsupported_media_type`, `payload_too_large`, or `invalid_request` for what is not JSON, not
 * UTF-8 or nested deeper than 16 levels.
 */
export async function readJsonBody(
  request: HttpRequest,
  { limit, optional = false }: { readonly limit: number; readonly optional?: boolean },
): Promise<unknown> {
  const tooLarge = new BrokerError('payload_too_large', `The body may have at most ${limit} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge;
  const bytes = await request.arrayBuffer();
  if (optional && bytes.byteLength === 0) return {};
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json')
    throw new BrokerError('unsupported_media_type', 'Send the body as Content-Type: application/json.');
  if (bytes.byteLength > limit) throw tooLarge;
  const value = parseJson(bytes);
  if (deeperThan(value, MAX_DEPTH)) throw invalidBody(`must be nested at most ${MAX_DEPTH} levels deep`);
  return value;
}

function parseJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalidBody('must be JSON in UTF-8');
  }
}

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => deeperThan(member, levels - 1));
}

function invalidBody(message: string): BrokerError {
  return new BrokerError('invalid_request', `The body ${message}.`, { errors: [{ path: '', message }] });
}
