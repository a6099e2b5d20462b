import { parseInstant } from '../../iso-time.ts';
import { invalid, ok, type Rejection, type Result } from '../../result.ts';
import { type LogRecord, logRecordsIn } from './log-records.ts';

/** What one line of a storage log shows of the SAS that authorized the request. */
export interface StorageLogLine {
  /** Lower-case hex SHA-256 of the signature; null if the line has none. */
  readonly fingerprint: string | null;
  /** The request's URL with its query, as the line spells it. */
  readonly uri: string | null;
  /** When the request was made, by storage's clock. */
  readonly time: Date | null;
  /** How the request was authorized, such as `OAuth`; null if the line does not say. */
  readonly authorization: string | null;
}

const HASH = /SasSignature\s?\(\s?([0-9a-f]{64})\s?\)/gi;
const CLASSIC = /^"?[12]\.0;/;
const AUTHORIZATION = /^[\w ]{1,40}$/;

const SEVERAL = invalid('has several lines with different signatures; send one line');
const CUT_HASH = invalid(
  'has a damaged SasSignature(…): the hash has 64 hexadecimal digits; copy the line again',
);
const CUT_LINE = invalid('is cut short before its SasSignature(…); copy the whole line');
const NOT_A_LINE = invalid(
  'is not a line of a storage log: it has no SasSignature(…), no identity and no URL with a SAS',
);

/**
 * Reads a line of a storage log: JSON of Azure Monitor (also inside an envelope, or cut short), a row of Log Analytics,
 * a line of classic Storage Analytics, or a bare `SasSignature(…)`. In a whole JSON line only the members that storage
 * itself writes count, because callers choose their user agent and request id. Never throws; messages repeat nothing.
 */
export function readStorageLogLine(text: string): Result<StorageLogLine, Rejection> {
  const records = logRecordsIn(text);
  if (records !== null) return readRecords(records);
  const line = text.trim();
  if (CLASSIC.test(line)) return readRecords([classicRecord(line)]);
  const cut = cutRecord(line);
  if (cut !== null)
    return cut.uri === null && !/SasSignature/i.test(cut.hash ?? '') ? CUT_LINE : readRecords([cut]);
  const uri =
    line.split(/[\s"'<>,;]+/).find((word) => /^https?:\/\//i.test(word) && word.includes('?')) ?? null;
  if (uri === null && !/SasSignature\s?\(/i.test(line)) return NOT_A_LINE;
  return readRecords([{ hash: line, uri, time: null, authorization: null }]);
}

function readRecords(records: readonly LogRecord[]): Result<StorageLogLine, Rejection> {
  const lines: StorageLogLine[] = [];
  for (const { hash, uri, time, authorization } of records) {
    const found = new Set([...(hash ?? '').matchAll(HASH)].map(([, digits = '']) => digits.toLowerCase()));
    if (found.size > 1) return SEVERAL;
    const [fingerprint = null] = found;
    if (fingerprint === null && /SasSignature/i.test(hash ?? '')) return CUT_HASH;
    lines.push({
      fingerprint,
      uri,
      time: parseInstant(time ?? ''),
      authorization: AUTHORIZATION.test(authorization ?? '') ? authorization : null,
    });
  }
  const [line, ...others] = lines;
  if (line === undefined) return NOT_A_LINE;
  const isOne = others.every(({ fingerprint }) => fingerprint !== null && fingerprint === line.fingerprint);
  return isOne ? ok(line) : SEVERAL;
}

/** Reads a line of Storage Analytics: fields between semicolons, of which those that the caller chose are in quotes. */
function classicRecord(line: string): LogRecord {
  const fields = classicFields(line);
  const plain = fields.filter((field) => !field.startsWith('"'));
  const uri = fields.map((field) => field.replace(/^"|"$/g, '')).find((field) => /^https?:\/\//i.test(field));
  return {
    hash: plain.find((field) => /SasSignature/i.test(field)) ?? null,
    uri: uri?.replaceAll('&amp;', '&') ?? null,
    time: fields[1] ?? null,
    authorization: fields[7] ?? null,
  };
}

function classicFields(line: string): string[] {
  const fields: string[] = [];
  let quoted = false;
  let start = 0;
  for (let at = 0; at <= line.length; at += 1) {
    if (line[at] === '"') quoted = !quoted;
    if (at < line.length && (line[at] !== ';' || quoted)) continue;
    fields.push(line.slice(start, at));
    start = at + 1;
  }
  return fields;
}

/** Reads the members that are left of a JSON line that was cut; null if the text is not one. */
function cutRecord(line: string): LogRecord | null {
  const hash = memberOf(line, 'tokenHash') ?? memberOf(line, 'AuthenticationHash');
  const uri = memberOf(line, 'uri');
  if (hash === null && uri === null) return null;
  return {
    hash,
    uri,
    time: memberOf(line, 'time') ?? memberOf(line, 'TimeGenerated'),
    authorization: memberOf(line, 'AuthenticationType'),
  };
}

/** Returns the text of a member, up to where the line was cut. A name in a caller's own text has a backslash before it. */
function memberOf(line: string, name: string): string | null {
  const found = new RegExp(`(?<!\\\\)"${name}"\\s?:\\s?"([^"]*)`, 'i').exec(line);
  return found?.[1] ?? null;
}
