import { fingerprintOf } from '../../audit/row-keys.ts';
import type { Fault } from '../../broker-error.ts';
import { invalidRequest } from '../../input/invalid-request.ts';
import { parseBody } from '../../input/parse-body.ts';
import { parseInstant } from '../../iso-time.ts';
import { fail, ok, type Result } from '../../result.ts';
import { formatSasQuery, parseSasQuery } from '../../sas/sas-query.ts';
import { lookupSchema } from './lookup-body.ts';
import { canonicalAddress } from './pasted-fields.ts';
import { type PastedSas, readPastedSas, type WholeSas } from './pasted-sas.ts';
import { readStorageLogLine } from './storage-log-line.ts';

/** What to look for. */
export interface LookupQuestion {
  /** Lower-case hex SHA-256 of the signature; null if only the rest of the token is known. */
  readonly fingerprint: string | null;
  /** What the token says of itself, and where it is used. */
  readonly sas: PastedSas;
  /** The whole query, if the signature is known, so that it can be verified. */
  readonly query: string | null;
  /** When the caller saw the token in use. */
  readonly around: Date | null;
  /** When the caller knows it to expire. */
  readonly expiresAt: Date | null;
  /** When the log saw it in use. */
  readonly loggedAt: Date | null;
  /** How the request of a log line was authorized. */
  readonly authorization: string | null;
  /** What was damaged and could be repaired. */
  readonly notes: readonly string[];
}

type Found = Pick<LookupQuestion, 'fingerprint' | 'sas' | 'query' | 'notes'> &
  Partial<Pick<LookupQuestion, 'loggedAt' | 'authorization'>>;

const NOTHING: PastedSas = { fields: new Map(), urls: [] };
const IS_LOG_LINE = /SasSignature\s?\(/i;

/** Reads the body. @throws BrokerError `invalid_request` with every fault, none of which repeats a signature. */
export function parseLookup(json: unknown): LookupQuestion {
  const { around, expiresAt, ...body } = parseBody(lookupSchema, json, 'lookup');
  const found = readBody(body);
  if (!found.ok) throw invalidRequest('lookup', [found.fault]);
  return {
    loggedAt: null,
    authorization: null,
    ...found.value,
    around: around === undefined ? null : parseInstant(around),
    expiresAt: expiresAt === undefined ? null : parseInstant(expiresAt),
  };
}

interface Body {
  readonly token?: string | undefined;
  readonly url?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly logLine?: string | undefined;
}

function readBody({ token, url, fingerprint, logLine }: Body): Result<Found, Fault> {
  if (logLine !== undefined) return readLogLine('logLine', logLine);
  const digits = fingerprint === undefined ? null : hexIn(fingerprint);
  if (digits !== null && url === undefined)
    return ok({ fingerprint: digits, sas: NOTHING, query: null, notes: [] });
  const path = url === undefined ? 'token' : 'url';
  const text = url ?? token ?? '';
  return digits === null ? readSas(path, text) : readRedacted(text, digits);
}

function readSas(path: string, text: string): Result<Found, Fault> {
  const read = readPastedSas(text);
  if (read.ok) return ok(wholeOf(read.value));
  if (IS_LOG_LINE.test(text)) return readLogLine(path, text);
  return fail({ path, message: read.fault.message });
}

/** Reads a URL whose signature is not in it, but known by its hash. */
function readRedacted(url: string, fingerprint: string): Result<Found, Fault> {
  const read = readPastedSas(url);
  if (read.ok)
    return fail({ path: 'fingerprint', message: 'must be absent if the signature in url is not redacted' });
  if (read.fault.reason === 'redacted')
    return ok({ fingerprint, sas: read.fault.sas, query: null, notes: [] });
  // Some programs remove the signature with its name.
  const sas = sasOfUri(url.trim());
  if (read.fault.reason === 'absent' && sas.fields.has('sv'))
    return ok({ fingerprint, sas, query: null, notes: [] });
  return fail({ path: 'url', message: read.fault.message });
}

function readLogLine(path: string, text: string): Result<Found, Fault> {
  const line = readStorageLogLine(text);
  // Logs of proxies and applications may have the signature itself.
  const pasted = readPastedSas(line.ok ? (line.value.uri ?? '') : text);
  if (!line.ok) return pasted.ok ? ok(wholeOf(pasted.value)) : fail({ path, message: line.fault.message });
  const { fingerprint, uri, time: loggedAt, authorization } = line.value;
  if (pasted.ok && fingerprint === null) return ok({ ...wholeOf(pasted.value), loggedAt, authorization });
  return ok({ fingerprint, sas: sasOfUri(uri ?? ''), query: null, notes: [], loggedAt, authorization });
}

/** Reads a URL as logs have it: nothing around it, its signature redacted. */
function sasOfUri(uri: string): PastedSas {
  const [address = '', ...query] = uri.split('?');
  const fields = parseSasQuery(query.join('?'));
  fields.delete('sig');
  return { fields, urls: address === '' ? [] : [canonicalAddress(address)] };
}

function wholeOf({ signature, notes, ...sas }: WholeSas): Found {
  return { fingerprint: fingerprintOf(signature), sas, query: formatSasQuery(sas.fields), notes };
}

const hexIn = (text: string): string | null => /[0-9a-f]{64}/i.exec(text)?.[0].toLowerCase() ?? null;
