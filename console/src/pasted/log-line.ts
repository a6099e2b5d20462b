import { type SasText, readFields } from './fields.ts';

/** What a line of a storage log says of the SAS that authorized the request. It holds a hash, never a signature. */
export interface LogLine {
  /** Lower-case hex. */
  readonly fingerprint: string;
  /** When the request was made; null if the line does not say. */
  readonly time: string | null;
  readonly sas: SasText;
}

const HASH = /SasSignature\s?\(\s?([0-9a-f]{64})\s?\)/gi;
/** Storage writes these members itself. Callers choose others, such as their user agent. */
const OWN_MEMBER = /(?<!\\)"(?:tokenHash|AuthenticationHash)"\s?:\s?"([^"]*)/gi;
const NAMED_TIME = /"(?:time|TimeGenerated)[^"]*"\s?:\s?"([^"]+)"/i;
const TIME = /(?<!s[et]=)\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/;
const NO_SAS: SasText = { fields: new Map(), resource: null };

/** Returns what the line says, `several` if it has different hashes, and null if it has none. */
export function readLogLine(text: string): LogLine | 'several' | null {
  const own = [...text.matchAll(OWN_MEMBER)].map(([, hash = '']) => hash);
  const hashes = (own.length > 0 ? own.join(' ') : text).matchAll(HASH);
  const [fingerprint, ...others] = new Set([...hashes].map(([, digits = '']) => digits.toLowerCase()));
  if (fingerprint === undefined) return null;
  if (others.length > 0) return 'several';
  const time = NAMED_TIME.exec(text)?.[1] ?? TIME.exec(text)?.[0] ?? null;
  const signature = /(?<![a-z0-9_])sig=[^&\s"]*/i.exec(text);
  const end = signature === null ? 0 : signature.index + signature[0].length;
  return { fingerprint, time, sas: signature === null ? NO_SAS : readFields(text, signature.index, end) };
}
