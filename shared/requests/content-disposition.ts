const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
/** A type and its first parameter, `filename` or `filename*`, whose value is quoted or not. */
const DISPOSITION = new RegExp(
  `^\\s*(${TOKEN})\\s*;\\s*filename(\\*?)\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;"]*))`,
  'isu',
);

/**
 * Returns the Content-Disposition header in ASCII, with the file name as RFC 8187 (section 3.2) encodes it:
 * `attachment; filename="é.txt"` → `attachment; filename*=UTF-8''%C3%A9.txt`. Returns null if the text has no file name
 * or is not well-formed.
 */
export function asciiDisposition(text: string): string | null {
  const match = text.isWellFormed() ? DISPOSITION.exec(text) : null;
  if (match === null) return null;
  const [, type = '', isExtended, quoted, plain = ''] = match;
  const name = quoted?.replace(/\\(.)/gsu, '$1') ?? plain.trim();
  return `${type}; filename*=UTF-8''${encodeName(isExtended === '*' ? decodeExtended(name) : name)}`;
}

/** RFC 8187 allows fewer characters unencoded than a URI does. */
function encodeName(name: string): string {
  const encode = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name).replace(/['()*]/g, encode);
}

/** Returns the name in `UTF-8'en'name`, whose characters may already be percent-encoded. */
function decodeExtended(value: string): string {
  const name = value.replace(/^[^']*'[^']*'/, '');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
