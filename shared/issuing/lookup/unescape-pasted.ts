/*
 * Pasted text comes out of chats, mails, terminals, shells, JSON and HTML. Each pattern below is linear: a run of
 * characters is entered at its start only.
 */

// eslint-disable-next-line no-control-regex -- the escape that starts a colour is a control character
const ANSI_COLOURS = /\u001b\[[0-9;]*[A-Za-z]/g;
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060\ufeff]/g;
/** Two marks of quoted-printable, because one alone may be the start of a signature. */
const QUOTED_PRINTABLE = /\bs[vet]=3D[12]\d/i;
const JSON_CODE = /(?<!\\)\\+(?:u00|x)([0-7][0-9a-f])/gi;
const ESCAPED_BREAK = /(?<!\\)\\+(?:r\\+n|[rn])/g;
/** A backslash, or the caret of cmd, before a character that a shell or JSON would treat specially. */
const ESCAPED_CHARACTER = /(?<!\\)\\+(?=[^\\\w])|\^(?=[&%?=\r\n])/g;
const AMPERSAND = /&(?:amp;)+/gi;
const ENTITY = /&(?:#(\d{2,3})|#x([0-9a-f]{2})|(lt|gt|quot|apos|equals|plus|sol|nbsp));/gi;
const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  equals: '=',
  plus: '+',
  sol: '/',
  nbsp: ' ',
};
/** A line's end and the indentation, quote marks or border of the next one. */
const LINE_BREAK = /\r?\n[ \t]*(?:[>|\u2502][ \t]*)*/g;

/**
 * Undoes what carries text from one program to another: escapes of JSON, HTML, shells and mail, colours of terminals,
 * invisible characters, and defanged addresses (`hxxps`, `[.]`). A line's end becomes one `\n`, without the indentation
 * and quote marks around it. Percent-encoding stays.
 */
export function unescapePasted(text: string): string {
  const plain = text.replace(ANSI_COLOURS, '').replace(INVISIBLE, '').replaceAll('\u00a0', ' ');
  const decoded = QUOTED_PRINTABLE.test(plain) ? decodeQuotedPrintable(plain) : plain;
  return decoded
    .replace(JSON_CODE, (_match, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    .replace(ESCAPED_BREAK, '\n')
    .replace(ESCAPED_CHARACTER, '')
    .replace(AMPERSAND, '&')
    .replace(ENTITY, characterOf)
    .replace(/hxxp(?=s?:\/\/)/gi, 'http')
    .replace(/\[(\.|:|:\/\/)\]/g, '$1')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(LINE_BREAK, '\n');
}

/** Decodes percent-encoding once, and leaves what is not valid as it is. */
export function decodePercents(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

function decodeQuotedPrintable(text: string): string {
  return text
    .replace(/=\r?\n/g, '')
    .replace(/=([2-7][0-9A-F])/gi, (_match, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

function characterOf(match: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? match;
  const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
  return code >= 32 && code < 127 ? String.fromCharCode(code) : match;
}
