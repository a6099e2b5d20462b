type Replacement = string | ((match: string, ...groups: string[]) => string);

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

const character = (radix: number) => (match: string, digits: string) => {
  const code = parseInt(digits, radix);
  return code >= 32 && code < 127 ? String.fromCharCode(code) : match;
};

/** Two marks of quoted-printable, because one alone may be the start of a signature. */
const QUOTED_PRINTABLE = /\bs[vet]=3D[12]\d/i;

/** What mail, chats, terminals, shells, JSON and HTML do to a URL, in the order in which it is undone. */
const STEPS: readonly (readonly [RegExp, Replacement])[] = [
  // eslint-disable-next-line no-control-regex -- the escape that starts a colour is a control character
  [/\u001b\[[0-9;]*[A-Za-z]/g, ''],
  [/[\u00ad\u200b-\u200f\u2060\ufeff]/g, ''],
  [/\u00a0/g, ' '],
  [
    /(?<!\\)\\+(?:u00|x)([0-7][0-9a-f])/gi,
    (_match, digits = '') => String.fromCharCode(parseInt(digits, 16)),
  ],
  [/(?<!\\)\\+(?:r\\+n|[rn])/g, '\n'],
  // The backslash of a shell or of JSON, and the caret of cmd.
  [/(?<!\\)\\+(?=[^\\\w])|\^(?=[&%?=\r\n])/g, ''],
  [/&(?:amp;)+/gi, '&'],
  [/&#(\d{2,3});/g, character(10)],
  [/&#x([0-9a-f]{2});/gi, character(16)],
  [/&(\w{2,6});/g, (match, name = '') => ENTITIES[name.toLowerCase()] ?? match],
  // Addresses that were made unclickable.
  [/hxxp(?=s?:\/\/)/gi, 'http'],
  [/\[(\.|:|:\/\/)\]/g, '$1'],
  // A line's end, and the indentation, quote marks or border of the next line.
  [/[ \t]*\r?\n[ \t]*(?:[>|│][ \t]*)*/g, '\n'],
];

/** Undoes what carried a text from one program to another. Percent-encoding and the ends of lines stay. */
export function plainText(text: string): string {
  const start = QUOTED_PRINTABLE.test(text) ? decodeQuotedPrintable(text) : text;
  return STEPS.reduce((plain, [pattern, replacement]) => {
    return typeof replacement === 'string'
      ? plain.replace(pattern, replacement)
      : plain.replace(pattern, replacement);
  }, start).trim();
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
