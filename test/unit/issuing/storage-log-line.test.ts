import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../shared/audit/row-keys.ts';
import { readStorageLogLine } from '../../../shared/issuing/lookup/storage-log-line.ts';
import { propertyRuns } from '../../property-runs.ts';
import { LOG_LINES, LOG_SIGNATURES, logLine } from './storage-logs.ts';

const OURS = fingerprintOf(LOG_SIGNATURES['2'] ?? '');
const HASH = OURS.toUpperCase();
const OTHER = 'AB'.repeat(32);
const KEY = 'C1'.repeat(32);
const URI =
  'https://contosomedia.blob.core.windows.net:443/photos/a.jpg?sp=r&se=2026-11-28T17:47:32Z&sr=b&sig=XXXXX';

function fingerprintIn(text: string): string | null {
  const read = readStorageLogLine(text);
  if (!read.ok) throw new Error(read.fault.message);
  return read.value.fingerprint;
}

describe('a line of a storage log', () => {
  it.each(LOG_LINES.map((_, index) => index + 1))('%i has the hash of its signature, or none', (number) => {
    const signature = LOG_SIGNATURES[String(number)];
    expect(fingerprintIn(logLine(number))).toBe(signature === undefined ? null : fingerprintOf(signature));
  });

  it('shows when and where the token was used, and how the request was authorized', () => {
    expect(readStorageLogLine(logLine(2))).toEqual({
      ok: true,
      value: {
        fingerprint: OURS,
        uri: expect.stringContaining('/photos/a.jpg?sp=r') as string,
        time: new Date('2026-11-28T10:00:00Z'),
        authorization: 'SAS',
      },
    });
  });

  const row = {
    TimeGenerated: '2026-11-28T10:00:00Z',
    AuthenticationHash: `key1(${KEY}),SasSignature(${HASH})`,
  };
  it.each([
    ['a bare hash', `SasSignature(${HASH})`],
    ['a bare hash in lower case', `sassignature(${OURS})`],
    ['a bare value of AuthenticationHash', `key1(${KEY}),SasSignature(${HASH})`],
    ['another label', `user-delegation(${KEY}),SasSignature(${HASH})`],
    ['a label of the system', `system-delegation(${KEY}),SasSignature(${HASH})`],
    ['a label that nobody has seen yet', `key-3.b(${KEY}),SasSignature(${HASH})`],
    ['the signature before the key', `SasSignature(${HASH}),key1(${KEY})`],
    ['a row of Log Analytics', JSON.stringify({ ...row, Uri: URI })],
    ['a list of one row', JSON.stringify([row])],
    ['an envelope of Event Hubs', JSON.stringify({ records: [JSON.parse(logLine(2))] })],
    ['a forwarder’s envelope', JSON.stringify({ message: logLine(2), host: 'a' })],
    ['identity as text', JSON.stringify({ identity: JSON.stringify({ tokenHash: row.AuthenticationHash }) })],
    ['a row of the old workspace', JSON.stringify({ identity_tokenHash_s: row.AuthenticationHash })],
    ['something in front', `<14>1 host app: ${logLine(2)}`],
    ['indented JSON', JSON.stringify(JSON.parse(logLine(2)), null, 2)],
    ['the same line twice', `${logLine(2)}\n${logLine(2)}`],
    ['a row of CSV', `2026-11-28T10:00:00Z,GetBlob,"key1(${KEY}),SasSignature(${HASH})","${URI}"`],
    ['a row between tabs', ['GetBlob', `key1(${KEY}),SasSignature(${HASH})`, URI].join('\t')],
    ['a line that was cut behind its hash', logLine(2).slice(0, logLine(2).indexOf('"location"'))],
    ['a line that was cut inside its URL', logLine(2).slice(0, -100)],
    [
      'classic, version 2.0',
      `2.0;2026-11-28T10:00:00.0Z;GetBlob;SASSuccess;200;4;3;sas;;a;blob;"${URI}";"/a/b";key1(${KEY}),SasSignature(${HASH});`,
    ],
    [
      'classic, version 1.0',
      `1.0;2026-11-28T10:00:00.0Z;GetBlob;SASSuccess;200;4;3;sas;;a;blob;"${URI}";SasSignature(${HASH})`,
    ],
  ])('has its hash in the form of %s', (_form, text) => {
    expect(fingerprintIn(text)).toBe(OURS);
  });

  it('of classic Storage Analytics without a hash shows the URL', () => {
    const html = URI.replaceAll('&', '&amp;');
    const line = `2.0;2026-11-28T10:00:00.0000000Z;GetBlob;SASSuccess;200;4;3;sas;;a;blob;"${html}";"/a/b;c"`;
    const expected = {
      fingerprint: null,
      uri: URI,
      authorization: 'sas',
      time: new Date('2026-11-28T10:00:00Z'),
    };
    expect(readStorageLogLine(line)).toEqual({ ok: true, value: expected });
  });

  it('does not take a hash from what the client chose', () => {
    const line = JSON.parse(logLine(1)) as { properties: object };
    const forged = `SasSignature(${OTHER})`;
    const hostile = [
      { ...line, properties: { ...line.properties, userAgentHeader: forged } },
      { ...line, properties: { identity: { tokenHash: forged } } },
      { ...line, properties: JSON.stringify({ AuthenticationHash: forged }) },
      { ...line, uri: `https://a.blob.core.windows.net/c?x=${forged}` },
    ];
    for (const one of hostile) expect(fingerprintIn(JSON.stringify(one))).toBeNull();
    const { identity, uri } = JSON.parse(logLine(2)) as Record<string, unknown>;
    const userAgentHeader = `","tokenHash":"key1(${KEY}),SasSignature(${OTHER})`;
    const cut = JSON.stringify({ properties: { userAgentHeader }, identity, uri }).slice(0, -30);
    expect(fingerprintIn(cut)).toBe(OURS);
    const classic = `2.0;2026-11-28T10:00:00Z;GetBlob;OK;200;4;3;sas;;a;blob;"${URI}";"${forged}"`;
    expect(fingerprintIn(classic)).toBeNull();
  });

  it.each([
    [
      'a hash that was cut',
      logLine(2).slice(0, logLine(2).indexOf('SasSignature') + 40),
      'damaged SasSignature',
    ],
    ['a bare hash that was cut', `SasSignature(${HASH.slice(1)})`, 'damaged SasSignature'],
    ['a hash of other characters', `SasSignature(${'Z'.repeat(64)})`, 'damaged SasSignature'],
    ['a hash without its bracket', `SasSignature(${HASH}`, 'damaged SasSignature'],
    [
      'a line that was cut in the key',
      logLine(2).slice(0, logLine(2).indexOf('SasSignature') - 9),
      'cut short',
    ],
    ['two lines', `${logLine(2)}\n${logLine(22)}`, 'several lines'],
    ['two hashes', `SasSignature(${HASH}) SasSignature(${OTHER})`, 'several lines'],
    [
      'two records',
      JSON.stringify({ records: [row, { ...row, AuthenticationHash: `SasSignature(${OTHER})` }] }),
      'several lines',
    ],
    ['other text', 'hello', 'not a line'],
    ['other JSON', '{"a":1}', 'not a line'],
    ['an empty list', '[]', 'not a line'],
    ['JSON that names a prototype', '{"__proto__":{"AuthenticationHash":1}}', 'not a line'],
    ['deep JSON', `${'['.repeat(8000)}${']'.repeat(8000)}`, 'not a line'],
    ['a number', '17', 'not a line'],
  ])('is refused: %s', (_what, text, message) => {
    const read = readStorageLogLine(text);
    expect(read).toMatchObject({ ok: false, fault: { message: expect.stringContaining(message) as string } });
    if (!read.ok) expect(read.fault.message).not.toContain(HASH.slice(0, 8));
  });

  it('of any kind is read without an exception, and never has a hash that is not in the text', () => {
    const line = fc.constantFrom(...LOG_LINES);
    const damaged = fc
      .tuple(line, fc.nat(3000), fc.nat(40), fc.string({ maxLength: 20 }))
      .map(([text, at, length, put]) => {
        const start = at % text.length;
        return text.slice(0, start) + put + text.slice(start + length);
      });
    const cut = fc
      .tuple(line, fc.nat(3000), fc.nat(3000))
      .map(([text, from, to]) => text.slice(from % 50, to));
    fc.assert(
      fc.property(fc.oneof(damaged, cut, fc.string(), fc.json()), (text) => {
        const read = readStorageLogLine(text);
        if (!read.ok) expect(read.fault.message.length).toBeLessThan(140);
        else if (read.value.fingerprint !== null)
          expect(text.toLowerCase()).toContain(read.value.fingerprint);
      }),
      { numRuns: propertyRuns({ quick: 300, full: 20_000 }) },
    );
  });

  it('takes steps in proportion to its length', () => {
    for (const part of [
      'SasSignature(',
      '"tokenHash":"',
      '"uri" :',
      '{',
      '[',
      '{"a":',
      ';',
      '2.0;',
      'http://',
      '"',
      '\n{',
    ])
      readStorageLogLine(part.repeat(Math.floor(16_384 / part.length)));
  });
});
