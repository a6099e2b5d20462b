import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPastedSas } from '../../../shared/issuing/lookup/pasted-sas.ts';
import { propertyRuns } from '../../property-runs.ts';
import {
  BASE,
  DAMAGED,
  ENCODED,
  QUERY,
  QUERY_WAYS,
  SIGNATURE,
  URL,
  WAYS,
  wrap,
} from '../../vectors/pasted-ways.ts';

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
  it.each(QUERY_WAYS)('%s', (_way, text) => {
    const read = readPastedSas(text);
    if (!read.ok) throw new Error(read.fault.message);
    const { signature, fields, urls } = read.value;
    expect([signature, urls]).toEqual([SIGNATURE, []]);
    expect(fields.get('sv')).toBe('2025-11-05');
    expect(fields.get('se')).toBe('2026-11-28T10:15:00Z');
  });
});

describe('what is damaged is reported', () => {
  it.each(DAMAGED)('as %s in %s', (reason, text) => {
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
