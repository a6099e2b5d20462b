import type { HttpRequest } from '@azure/functions';
import { BrokerError, type Fault } from '../shared/broker-error.ts';
import { type BodyLimits, tooLong } from '../shared/input/body-limits.ts';
import { invalidRequest } from '../shared/input/invalid-request.ts';
import { type JsonItem, scanJson } from '../shared/input/scan-json.ts';

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** How a route's body is read. */
export interface BodyRules {
  readonly limits: BodyLimits;
  /** A missing body counts as an empty object. */
  readonly optional?: boolean;
  /** A list directly below the root object whose items the route itself checks one by one. */
  readonly splitList?: string;
}

/** A body's JSON value, and what the scan of its text found in the items of the split list. */
export interface JsonBody {
  readonly value: unknown;
  readonly items: readonly JsonItem[];
}

/**
 * Reads the body's JSON value; an empty body that is `optional` is an empty object. One pass over the text bounds its cost
 * and finds repeated members before anything is parsed.
 * @throws BrokerError `length_required`, `unsupported_media_type`, `payload_too_large`, or `invalid_request` for a body that is not JSON in
 * UTF-8, has too many values or levels, or has a member more than once outside the split list.
 */
export async function readJsonBody(request: HttpRequest, rules: BodyRules): Promise<JsonBody> {
  const { limits, optional = false } = rules;
  if (Number(request.headers.get('content-length') ?? 0) > limits.maxBytes) throw oversizedBody(limits);
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength === 0 && isChunked(request)) throw lengthRequired();
  if (!isPlain(request))
    throw new BrokerError('unsupported_media_type', 'Send the body without a Content-Encoding.');
  if (optional && bytes.byteLength === 0) return { value: {}, items: [] };
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json')
    throw new BrokerError('unsupported_media_type', 'Send the body as Content-Type: application/json.');
  if (bytes.byteLength > limits.maxBytes) throw oversizedBody(limits);
  return parseJson(decode(bytes), rules);
}

function parseJson(text: string, { limits, splitList }: BodyRules): JsonBody {
  const scan = scanJson(text, limits, splitList);
  if (!scan.ok) throw invalidBody(scan.fault.message);
  const value = parse(text);
  const { repeated, items } = scan.value;
  if (repeated.count > 0) throw invalidRequest('body', repeated.faults, repeated.count);
  return { value, items };
}

function decode(bytes: ArrayBuffer): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw notJson();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}

function notJson(): BrokerError {
  return invalidBody('must be JSON in UTF-8');
}

/** The host drops the content of a chunked body, but not its header. Such a body must not count as missing. */
function isChunked(request: HttpRequest): boolean {
  return /\bchunked\b/i.test(request.headers.get('transfer-encoding') ?? '');
}

function isPlain(request: HttpRequest): boolean {
  const coding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  return coding === '' || coding === 'identity';
}

function lengthRequired(): BrokerError {
  return new BrokerError(
    'length_required',
    'The platform drops a body that is sent in chunks. Send it with a Content-Length instead of Transfer-Encoding: chunked.',
  );
}

function oversizedBody(limits: BodyLimits): BrokerError {
  return new BrokerError('payload_too_large', tooLong('body', limits));
}

function invalidBody(message: string): BrokerError {
  const fault: Fault = { path: '', message };
  return new BrokerError('invalid_request', `The body ${message}.`, { errors: [fault] });
}
