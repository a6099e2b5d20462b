import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { questionOf, readSas } from '../../../console/src/read-sas.ts';
import { sasInstant } from '../../../console/src/pasted/sas-instant.ts';
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

const RESOURCE = BASE.replace('https://', '');
const FINGERPRINT = createHash('sha256').update(SIGNATURE).digest('hex');
const EXPIRY = '2026-11-28T10:15:00Z';

/** Reads a text that must be readable. */
function read(text: string) {
  const pasted = readSas(text);
  if (pasted.kind === 'unreadable') throw new Error(pasted.why);
  return pasted;
}

const notesOf = (text: string) => {
  const pasted = read(text);
  return 'notes' in pasted ? pasted.notes : [];
};

describe('a pasted URL', () => {
  it.each(WAYS)('is recognised %s', async (_way, text) => {
    const pasted = read(text);
    if (pasted.kind !== 'url') throw new Error(pasted.kind);
    expect(pasted.signature).toBe(SIGNATURE);
    expect(pasted.sas.resource?.replace('.dfs.', '.blob.')).toBe(RESOURCE);
    const fields = Object.fromEntries(pasted.sas.fields);
    expect(fields).toMatchObject({ sv: '2025-11-05', spr: 'https', se: EXPIRY, sr: 'b', sp: 'r' });
    expect(fields).not.toHaveProperty('sig');
    expect(await questionOf(pasted)).toEqual({ fingerprint: FINGERPRINT, expiresAt: EXPIRY });
  });

  it.each(Array.from({ length: 100 }, (_, index) => index + 12))('is recognised wrapped at %i', (width) => {
    expect(readSas(wrap(URL, width, '\n'))).toMatchObject({ kind: 'url', signature: SIGNATURE });
  });

  it('is recognised between any words', () => {
    const words = fc.stringMatching(/^[A-Za-z ,.:;!()'-]{0,60}$/);
    fc.assert(
      fc.property(words, words, (before, after) => {
        const expected = { kind: 'url', signature: SIGNATURE, sas: { resource: RESOURCE } };
        expect(readSas(`${before} ${URL} ${after}`)).toMatchObject(expected);
      }),
      { numRuns: propertyRuns({ quick: 100, full: 2000 }) },
    );
  });
});

describe('a pasted query', () => {
  it.each(QUERY_WAYS)('is recognised %s', async (_way, text) => {
    const pasted = read(text);
    expect(pasted).toMatchObject({ kind: 'token', signature: SIGNATURE, sas: { resource: null } });
    expect(await questionOf(pasted)).toEqual({ fingerprint: FINGERPRINT, expiresAt: EXPIRY });
  });

  it('without an expiry is looked up without one', async () => {
    const pasted = read(`sv=2025-11-05&si=nightly&sig=${ENCODED}`);
    expect(await questionOf(pasted)).toEqual({ fingerprint: FINGERPRINT });
  });
});

describe('what is damaged', () => {
  const words = {
    redacted: 'is redacted',
    'too-short': 'are left',
    'too-long': 'has more',
    absent: 'no sig=',
  };

  it.each(DAMAGED)('is told: %s in %s', (reason, text) => {
    const pasted = readSas(text);
    if (pasted.kind !== 'unreadable') throw new Error(pasted.kind);
    expect(pasted.why).toContain(words[reason]);
    expect(pasted.why).not.toContain(SIGNATURE.slice(0, 4));
  });

  it('and can be repaired is told in notes', () => {
    expect(notesOf(URL)).toEqual([]);
    expect(notesOf(`${BASE}?${QUERY}&sig=${ENCODED.slice(0, -3)}`)[0]).toContain('padding');
    expect(notesOf(`${BASE}?sig=${SIGNATURE.replaceAll('+', ' ')}`)[0]).toContain('Spaces');
    expect(notesOf(encodeURIComponent(URL))[0]).toContain('more than once');
    const other = `${BASE}?sig=${encodeURIComponent(SIGNATURE.replace('I', 'J'))}`;
    expect(notesOf(`${URL} ${other}`)[0]).toContain('several signatures');
    expect(notesOf(`${URL} ${URL}`)).toEqual([]);
  });

  it('because it is too long says so', () => {
    const pasted = readSas('x'.repeat(16_385));
    expect(pasted.kind === 'unreadable' && pasted.why).toContain('too long');
  });
});

describe('a fingerprint', () => {
  it.each([FINGERPRINT, FINGERPRINT.toUpperCase(), `  ${FINGERPRINT}\n`, `fingerprint: ${FINGERPRINT}`])(
    'is recognised: %s',
    async (text) => expect(await questionOf(read(text))).toEqual({ fingerprint: FINGERPRINT }),
  );

  it.each([
    FINGERPRINT.slice(1),
    `${FINGERPRINT}0`,
    `${FINGERPRINT} ${'0'.repeat(64)}`,
    `key1(${FINGERPRINT})`,
  ])('is not one: %s', (text) => expect(readSas(text).kind).toBe('unreadable'));
});

describe('a line of a storage log', () => {
  const lines = readFileSync('test/vectors/storage-logs.ndjson', 'utf8').trim().split('\n');
  const withHash = lines.filter((line) => /SasSignature\([0-9A-F]{64}\)/i.test(line));

  it.each(withHash.map((line) => [line.slice(0, 60), line]))('is recognised: %s', async (_start, line) => {
    const hash = /SasSignature\(([0-9A-F]{64})\)/i.exec(line)?.[1]?.toLowerCase();
    const pasted = read(line);
    expect(pasted.kind).toBe('log-line');
    const question = await questionOf(pasted);
    expect(question.fingerprint).toBe(hash);
    // One of the two narrows the search; the broker accepts no more than one.
    expect([question.expiresAt, question.around].filter(Boolean)).toHaveLength(1);
  });

  it('is recognised at all', () => expect(withHash.length).toBeGreaterThan(0));

  it('gives the time at which the token was seen if it shows no expiry', async () => {
    const line = `{"TimeGenerated [UTC]":"2026-11-28T09:59:59.1234567Z","AuthenticationHash":"key1(${'a'.repeat(64)}),SasSignature(${FINGERPRINT.toUpperCase()})"}`;
    expect(await questionOf(read(line))).toEqual({
      fingerprint: FINGERPRINT,
      around: '2026-11-28T09:59:59Z',
    });
  });

  it('counts by its own members only: a caller chooses the user agent', async () => {
    const forged = `SasSignature(${'0'.repeat(64)})`;
    const line = JSON.stringify({
      time: '2026-11-28T09:59:59Z',
      identity: { type: 'SAS', tokenHash: `SasSignature(${FINGERPRINT})` },
      properties: { userAgentHeader: forged, clientRequestId: `"tokenHash":"${forged}"` },
    });
    expect((await questionOf(read(line))).fingerprint).toBe(FINGERPRINT);
  });

  it('must be one line', () => {
    const pasted = readSas(`SasSignature(${FINGERPRINT})\nSasSignature(${'0'.repeat(64)})`);
    expect(pasted.kind === 'unreadable' && pasted.why).toContain('Paste one line');
  });
});

describe('an instant of a SAS', () => {
  it.each([
    ['2026-11-28T10:15:00Z', '2026-11-28T10:15:00Z'],
    ['2026-11-28T10:15Z', '2026-11-28T10:15:00Z'],
    ['2026-11-28', '2026-11-28T00:00:00Z'],
    ['2026-11-28T10:15:00.1234567Z', '2026-11-28T10:15:00Z'],
    ['2026-11-28T10:15:00+01:00', '2026-11-28T09:15:00Z'],
    ['2026-11-28T10:15:00', '2026-11-28T10:15:00Z'],
    ['2026-13-28T10:15:00Z', null],
    ['tomorrow', null],
    [undefined, null],
  ])('%s is sent as %s', (text, expected) => expect(sasInstant(text)).toBe(expected));
});
