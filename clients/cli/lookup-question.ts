/** The member of `POST /tokens/lookup` that a text belongs in. */
export type LookupMember = 'url' | 'token' | 'fingerprint' | 'logLine';

const FINGERPRINT = /^[0-9a-f]{64}$/i;
/** What only storage logs have. A JSON document that is not a log line is read for a SAS as well. */
const LOG_LINE = /^\s*["']?\[?\s*\{|^"?[12]\.0;|SasSignature\s?\(|AuthenticationHash|tokenHash/i;
/** The start of an address, also percent-encoded or escaped for JSON or HTML. */
const ADDRESS = /https?(?::|%(?:25)*3a|\\u003a|&#(?:58|x3a);)/i;

/** Chooses the member by what the text looks like. The broker finds a SAS in text that is damaged or has words around it. */
export function lookupMember(text: string): LookupMember {
  if (FINGERPRINT.test(text.trim())) return 'fingerprint';
  if (LOG_LINE.test(text)) return 'logLine';
  return ADDRESS.test(text) ? 'url' : 'token';
}
