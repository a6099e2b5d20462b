/** Ways in which people paste a leaked SAS. The broker and its console must both understand them. */

export const SIGNATURE = 'I0a5F+kfXXu7m1RoZzLRh/kMwF2u7Wobe5JK8QDNLKY=';
export const ENCODED = encodeURIComponent(SIGNATURE);
export const BASE = 'https://media.blob.core.windows.net/photos/a%20b.jpg';
export const QUERY = 'sv=2025-11-05&spr=https&se=2026-11-28T10%3A15%3A00Z&sr=b&sp=r';
const TOKEN = `${QUERY}&sig=${ENCODED}`;
export const URL = `${BASE}?${TOKEN}`;

const html = (text: string) => text.replaceAll('&', '&amp;');
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const powerShell = (text: string) => text.replaceAll('&', '\\u0026').replaceAll('=', '\\u003d');
export const wrap = (text: string, width: number, separator: string) =>
  (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(separator);
const quotedPrintable = (text: string) => wrap(text.replaceAll('=', '=3D'), 70, '=\r\n');

/** Ways in which a leaked URL is pasted; each has the whole signature. */
export const WAYS: readonly (readonly [string, string])[] = [
  ['as it is', URL],
  ['with spaces around it', `  ${URL} \n`],
  ['in double quotes', `"${URL}"`],
  ['in single quotes', `'${URL}'`],
  ['in typographic quotes', `“${URL}”`],
  ['in backticks', `\`${URL}\``],
  ['in angle brackets', `<${URL}>`],
  ['in parentheses', `(see ${URL})`],
  ['with a full stop behind', `It is ${URL}.`],
  ['with a comma behind', `${URL}, which leaked`],
  ['with a question mark behind', `Who made ${URL}?`],
  ['with an exclamation mark and a quote behind', `"Look: ${URL}!"`],
  ['with a bracket and a full stop behind', `(${URL}).`],
  ['between words', `please revoke ${URL} now`],
  ['as a link of Markdown', `[photo](${URL})`],
  ['as a link of Slack', `<${html(URL)}|photo>`],
  ['as an attribute of HTML', `<a href="${html(URL)}">photo</a>`],
  ['with &amp;amp;', html(html(URL))],
  ['with numeric entities', URL.replaceAll('&', '&#38;')],
  ['with hexadecimal entities', URL.replaceAll('&', '&#x26;').replaceAll('=', '&#x3D;')],
  ['as a string of JSON', `{"url":"${json(URL)}","at":1}`],
  ['as JSON with escaped slashes', `{"url":"${URL.replaceAll('/', '\\/')}"}`],
  ['as JSON with escaped ampersands', `{"url":"${powerShell(URL)}"}`],
  ['as JSON inside JSON', JSON.stringify(JSON.stringify({ url: powerShell(URL) }))],
  ['as an argument of curl', `curl -sS -X GET '${URL}' -o a.jpg`],
  ['as a header of curl', `curl -H "x-ms-copy-source: ${URL}" -X PUT https://x.example/b?c=d`],
  ['with escaped characters of a shell', `curl ${URL.replace(/[&?=]/g, '\\$&')}`],
  ['with carets of cmd', `curl ${URL.replaceAll('&', '^&')}`],
  ['over lines of a shell', `curl '${wrap(URL, 60, '\\\n')}'`],
  ['wrapped at 40 characters', wrap(URL, 40, '\n')],
  ['wrapped at 76 characters with a carriage return', wrap(URL, 76, '\r\n')],
  ['wrapped and indented', wrap(URL, 50, '\n    ')],
  ['wrapped in a quoted mail', wrap(URL, 60, '\n> ')],
  ['wrapped in a mail quoted twice', `> > ${wrap(URL, 60, '\n> > ')}`],
  [
    'wrapped inside the signature, with words below',
    `${URL.slice(0, -20)}\n${URL.slice(-20)}\nPlease revoke it`,
  ],
  ['wrapped with words above', `Hi team,\nthis leaked:\n${wrap(URL, 50, '\n')}`],
  ['in quoted-printable', quotedPrintable(URL)],
  ['encoded twice', encodeURIComponent(URL)],
  ['encoded three times', encodeURIComponent(encodeURIComponent(URL))],
  [
    'with its values encoded twice',
    `${BASE}?${QUERY.replaceAll('%3A', '%253A')}&sig=${encodeURIComponent(ENCODED)}`,
  ],
  ['as a parameter of another URL', `https://go.example/?url=${encodeURIComponent(URL)}&data=05%7C02`],
  ['with an unencoded signature', `${BASE}?${QUERY}&sig=${SIGNATURE}`],
  ['with spaces for plus', `${BASE}?${QUERY}&sig=${SIGNATURE.replaceAll('+', ' ')}`],
  ['with encoded spaces for plus', `${BASE}?${QUERY}&sig=${ENCODED.replaceAll('%2B', '%20')}`],
  ['without its padding', `${BASE}?${QUERY}&sig=${ENCODED.slice(0, -3)}`],
  ['without its padding, with a full stop behind', `${BASE}?${QUERY}&sig=${ENCODED.slice(0, -3)}.`],
  ['without its padding, with words below', `${BASE}?${QUERY}&sig=${ENCODED.slice(0, -3)}\nPlease revoke`],
  ['with lower-case percent-encoding', URL.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
  ['with URL-safe base64', `${BASE}?${QUERY}&sig=${SIGNATURE.replaceAll('+', '-').replaceAll('/', '_')}`],
  ['with the signature first', `${BASE}?sig=${ENCODED}&${QUERY}`],
  [
    'with the signature in the middle and a full stop behind',
    `${BASE}?sv=2025-11-05&sig=${ENCODED}&${QUERY}.`,
  ],
  ['with a fragment', `${URL}#top`],
  ['with another URL before it', `from https://example.com/?a=b to ${URL}`],
  ['with colours of a terminal', `\u001b[32m${BASE}?${QUERY}&\u001b[1;31msig=\u001b[0m${ENCODED}\u001b[0m`],
  ['with zero-width spaces', wrap(URL, 30, '\u200b')],
  ['with a byte order mark', `\ufeff${URL}`],
  ['defanged', URL.replace('https', 'hxxps').replaceAll('.blob', '[.]blob').replace('.core', '[.]core')],
  ['without its scheme', URL.replace('https://', '')],
  ['with its port', URL.replace('.net/', '.net:443/')],
  ['at the endpoint of directories', URL.replace('.blob.', '.dfs.')],
  ['in a line of a log', `2026-11-28 10:00:01 INFO GET ${URL} 200 12ms`],
  ['in a line of an access log', `1.2.3.4 - - [28/Nov/2026] "GET ${URL} HTTP/1.1" 200 5`],
  ['in a cell of CSV', `a,"${URL}",b`],
  ['in XML', `<Source url="${html(URL)}"/>`],
  ['in YAML', `url: ${URL}\nother: 1`],
  ['in a Python string', `url = b'${URL}'`],
];

/** Ways in which a leaked query is pasted. */
export const QUERY_WAYS: readonly (readonly [string, string])[] = [
  ['as it is', TOKEN],
  ['with its question mark', `?${TOKEN}`],
  ['in quotes', `"${TOKEN}"`],
  ['below words', `the token:\n${TOKEN}`],
  ['wrapped', wrap(TOKEN, 30, '\n')],
  ['in a connection string', `BlobEndpoint=https://m.blob.core.windows.net/;SharedAccessSignature=${TOKEN}`],
  ['as a variable of a shell', `export SAS='${TOKEN}'`],
  ['encoded', encodeURIComponent(TOKEN)],
  ['as JSON', JSON.stringify({ token: powerShell(TOKEN) })],
];

const cut = (characters: number) => `${BASE}?${QUERY}&sig=${SIGNATURE.slice(0, characters)}`;

/** Text without a whole signature, and what is wrong with it. */
export const DAMAGED: readonly (readonly ['too-short' | 'too-long' | 'redacted' | 'absent', string])[] = [
  ['too-short', cut(42)],
  ['too-short', cut(12)],
  ['too-short', `${cut(30)}%2`],
  ['too-short', `${cut(42)} please revoke it`],
  ['too-short', `"${cut(20)}"`],
  ['too-long', `${cut(43)}Abc`],
  ['redacted', `${BASE}?${QUERY}&sig=XXXXX`],
  ['redacted', `${BASE}?sig=xxxx&${QUERY}`],
  ['redacted', `${BASE}?${QUERY}&sig=REDACTED`],
  ['redacted', `${BASE}?${QUERY}&sig=<redacted>`],
  ['redacted', `${BASE}?${QUERY}&sig=[REDACTED]`],
  ['redacted', `${BASE}?${QUERY}&sig=%5BREDACTED%5D`],
  ['redacted', `${BASE}?${QUERY}&sig=*****`],
  ['redacted', `${BASE}?${QUERY}&sig=...`],
  ['redacted', `${BASE}?${QUERY}&sig=…`],
  ['redacted', `${BASE}?${QUERY}&sig=I0a5***LKY%3D`],
  ['redacted', `${BASE}?${QUERY}&sig=I0a5…LKY%3D`],
  ['absent', `${BASE}?${QUERY}&sig=`],
  ['absent', `${BASE}?${QUERY}`],
  ['absent', BASE],
  ['absent', 'hello'],
];
