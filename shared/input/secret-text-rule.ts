const NAME = '(?:sig|AccountKey|SharedAccessSignature)';
/** The start of a URL-encoded character: `%`, or `%25` as it looks after up to four more encodings. */
const PERCENT = '%(?:25){0,4}';
/** A JSON escape; its backslash may be URL-encoded too. */
const ESCAPE = `(?:\\\\|${PERCENT}5c)u00`;
/** Quotes and white space, plain, escaped or URL-encoded, and the backslashes before an escaped quote. */
const FILLER = `(?:["'\`\u2018\u2019\u201c\u201d\\s]|\\\\(?!u00)|${PERCENT}(?:09|0a|0d|20|22|27|5c|60)(?!u00)|${ESCAPE}(?:20|22|27))`;
const SEPARATOR = `(?:[=:]|${PERCENT}3[da]|${ESCAPE}3[da])`;
/** One base64 character. JSON may escape "+" and "/"; a URL encodes them. */
const BASE64 = `(?:[A-Za-z0-9+/]|\\\\/|${PERCENT}2[bf]|${ESCAPE}2[bf])`;
const MIN_BASE64 = 40;
/** The shortest secret: `sig=` and its value. Most texts are shorter, so they need no search. */
const LEAST_CHARACTERS = 'sig='.length + MIN_BASE64;

const NAME_AND_SEPARATOR = `${NAME}(?:\\+|${FILLER})*${SEPARATOR}${FILLER}*`;
const VALUE = `${BASE64}{${MIN_BASE64},}`;
/** Base64 is greedy and may swallow the name of a second secret, so what follows such a name belongs to the value. */
const MORE_VALUES = `(?:(?:${FILLER}|${SEPARATOR})+${VALUE})*`;

const SECRET = new RegExp(`${NAME_AND_SEPARATOR}${VALUE}`, 'i');
const SECRETS = new RegExp(`(${NAME_AND_SEPARATOR})${VALUE}${MORE_VALUES}`, 'gi');

/** Says why text that `looksSecret` is rejected, without repeating it. */
export const SECRET_RULE =
  'must not contain a SAS or an account key ("sig=", "AccountKey=" or "SharedAccessSignature=" and its value), because the broker keeps and shows this text';

/**
 * Returns true if the text has what looks like the signature of a SAS or the key of a storage account: `sig`,
 * `AccountKey` or `SharedAccessSignature`, then `=` or `:`, then at least 40 base64 characters. Case is ignored. Quotes,
 * spaces, JSON escapes (`\u003d`) and up to five URL encodings may be in between. Shorter values are text like any other.
 *
 * No two parts of the pattern that follow each other match the same character, so the time grows with the length only.
 */
export function looksSecret(text: string): boolean {
  return text.length >= LEAST_CHARACTERS && SECRET.test(text);
}

/** Returns the text with `REDACTED` in place of each value that `looksSecret` finds. Redacted text stays as it is. */
export function redactSecrets(text: string): string {
  return text.length < LEAST_CHARACTERS ? text : text.replace(SECRETS, '$1REDACTED');
}
