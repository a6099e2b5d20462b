import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPastedSas } from '../../../shared/issuing/lookup/pasted-sas.ts';
import { propertyRuns } from '../../property-runs.ts';

const SIGNATURE = 'I0a5F+kfXXu7m1RoZzLRh/kMwF2u7Wobe5JK8QDNLKY=';
const ENCODED = encodeURIComponent(SIGNATURE);
const BASE = 'https://media.blob.core.windows.net/photos/a%20b.jpg';
const QUERY = 'sv=2025-11-05&spr=https&se=2026-11-28T10%3A15%3A00Z&sr=b&sp=r';
const TOKEN = `${QUERY}&sig=${ENCODED}`;
const URL = `${BASE}?${TOKEN}`;

const html = (text: string) => text.replaceAll('&', '&amp;');
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const powerShell = (text: string) => text.replaceAll('&', '\\u0026').replaceAll('=', '\\u003d');
const wrap = (text: string, width: number, separator: string) =>
  (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(separator);
const quotedPrintable = (text: string) => wrap(text.replaceAll('=', '=3D'), 70, '=\r\n');

/** Ways in which a leaked URL is pasted; each has the whole signature. */
const WAYS: readonly (readonly [string, string])[] = [
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

describe('a leaked URL is recognised', () => {
  it('in at least forty ways', () => expect(WAYS.length).toBeGreaterThanOrEqual(40));

  it.each(WAYS)('%s', (_way, text) => {
    const read = readPastedSas(text);
    if (!read.ok) throw new Error(read.fault.message);
    const { signature, fields, urls } = read.value;
    expect(signature).toBe(SIGNATURE);
    expect(urls[0]).toBe(BASE);
    const expected = { sv: '2025-11-05', spr: 'https', se: '2026-11-28T10:15:00Z', sr: 'b', sp: 'r' };
    expect(Object.fromEntries(fields)).toMatchObject({ ...expected, sig: SIGNATURE });
  });
});

describe('a wrapped URL is recognised', () => {
  it.each(Array.from({ length: 100 }, (_, index) => index + 12))('at %i characters', (width) => {
    const read = readPastedSas(wrap(URL, width, '\n'));
    expect(read).toMatchObject({ ok: true, value: { signature: SIGNATURE, urls: [BASE] } });
  });
});

describe('a leaked query is recognised', () => {
  it.each([
    ['as it is', TOKEN],
    ['with its question mark', `?${TOKEN}`],
    ['in quotes', `"${TOKEN}"`],
    ['below words', `the token:\n${TOKEN}`],
    ['wrapped', wrap(TOKEN, 30, '\n')],
    [
      'in a connection string',
      `BlobEndpoint=https://m.blob.core.windows.net/;SharedAccessSignature=${TOKEN}`,
    ],
    ['as a variable of a shell', `export SAS='${TOKEN}'`],
    ['encoded', encodeURIComponent(TOKEN)],
    ['as JSON', JSON.stringify({ token: powerShell(TOKEN) })],
  ])('%s', (_way, text) => {
    const read = readPastedSas(text);
    if (!read.ok) throw new Error(read.fault.message);
    const { signature, fields, urls } = read.value;
    expect([signature, urls]).toEqual([SIGNATURE, []]);
    expect(fields.get('sv')).toBe('2025-11-05');
    expect(fields.get('se')).toBe('2026-11-28T10:15:00Z');
  });
});

describe('what is damaged is reported', () => {
  const cut = (characters: number) => `${BASE}?${QUERY}&sig=${SIGNATURE.slice(0, characters)}`;

  it.each([
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
  ])('as %s in %s', (reason, text) => {
    const read = readPastedSas(text);
    expect(read).toMatchObject({ ok: false, fault: { reason } });
    if (read.ok) return;
    expect(read.fault.message).not.toContain(SIGNATURE.slice(0, 4));
    if (reason.startsWith('too')) expect(read.fault.message).toContain('a signature has 44 characters');
    if (read.fault.reason === 'redacted')
      expect([read.fault.sas.fields.get('se'), ...read.fault.sas.urls]).toEqual([
        '2026-11-28T10:15:00Z',
        BASE,
      ]);
  });

  it('in notes, if it could be repaired', () => {
    const notes = (text: string) => {
      const read = readPastedSas(text);
      return read.ok ? read.value.notes : [];
    };
    expect(notes(URL)).toEqual([]);
    expect(notes(`${BASE}?${QUERY}&sig=${ENCODED.slice(0, -3)}`)[0]).toContain('padding');
    expect(notes(`${BASE}?sig=${SIGNATURE.replaceAll('+', ' ')}`)[0]).toContain('Spaces');
    expect(notes(encodeURIComponent(URL))[0]).toContain('more than once');
    const other = `${BASE}?sig=${encodeURIComponent(SIGNATURE.replace('I', 'J'))}`;
    expect(notes(`${URL} ${other}`)[0]).toContain('several signatures');
    expect(notes(`${URL} ${URL}`)).toEqual([]);
  });
});

describe('pasted text', () => {
  const fragments = fc.constantFrom(
    ...[
      'sig=',
      '&sig=',
      'sv=',
      '?',
      '&',
      '%',
      '%25',
      '%3D',
      '%2B',
      '=',
      '\\',
      '\\u0026',
      '&amp;',
      '"',
      '<',
      '>',
    ],
    ...[
      ' ',
      '\n',
      '\n> ',
      'https://',
      'SasSignature(',
      '[.]',
      '=3D',
      'sv=3D2',
      '\u001b[',
      '*',
      'xxx',
      '...',
      '^&',
    ],
    SIGNATURE,
    SIGNATURE.slice(0, 30),
  );
  const soup = fc
    .array(fc.oneof(fragments, fc.string({ maxLength: 5 })), { maxLength: 60 })
    .map((parts) => parts.join(''));

  it('of any kind is read without an exception, and a signature that is found has 44 characters', () => {
    fc.assert(
      fc.property(soup, (text) => {
        const read = readPastedSas(text);
        if (read.ok) expect(read.value.signature).toMatch(/^[A-Za-z0-9+/]{43}=$/);
        else expect(read.fault.message).toMatch(/^has [a-z][^%&?]*$/);
      }),
      { numRuns: propertyRuns({ quick: 300, full: 20_000 }) },
    );
  });

  it('around a URL does not change what is read, whatever the words', () => {
    const words = fc.stringMatching(/^[A-Za-z ,.:;!()'-]{0,60}$/);
    fc.assert(
      fc.property(words, words, (before, after) => {
        const read = readPastedSas(`${before} ${URL} ${after}`);
        expect(read).toMatchObject({ ok: true, value: { signature: SIGNATURE, urls: [BASE] } });
      }),
      { numRuns: propertyRuns({ quick: 200, full: 5000 }) },
    );
  });

  it('takes steps in proportion to its length', () => {
    const long = 16_384;
    const repeated = [
      '\\',
      '%25',
      'sig=',
      'sig=x',
      '&amp;',
      '\n',
      'http://',
      'sig=%25',
      'sig=\n',
      '=3D',
      '"tokenHash":"',
    ];
    // Without a bound in each pattern, one of these would take minutes, so the test would time out.
    for (const part of [...repeated, '&a=', 'sig= ', '\u001b[0', '&amp', '.', '[.', '? ', 'https://a.b/?'])
      readPastedSas(`${part.repeat(Math.floor(long / part.length))}sig=`);
  });
});
