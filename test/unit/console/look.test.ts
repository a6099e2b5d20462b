import { describe, expect, it } from 'vitest';
import type { LookupReply } from '../../../console/src/api/replies.ts';
import { canCheck, checkBody, lookOf } from '../../../console/src/lookup/look.ts';
import { kindText, type Readable } from '../../../console/src/lookup/pasted-words.ts';
import { readSas } from '../../../console/src/read-sas.ts';
import { QUERY, SIGNATURE, URL } from '../../vectors/pasted-ways.ts';

const QUESTION = { fingerprint: 'a'.repeat(64) };
const reply = (parts: Partial<LookupReply>): LookupReply => ({
  records: [],
  verdict: 'unknown',
  signedWith: null,
  scannedAll: true,
  candidates: [],
  levers: [],
  notes: [],
  ...parts,
});

describe('a look-up', () => {
  it('that was cut short has found nothing yet', () => {
    expect(lookOf(reply({ scannedAll: false }), QUESTION, 'a SAS URL')).toEqual({
      is: 'unfinished',
      question: QUESTION,
    });
    expect(lookOf(reply({}), QUESTION, 'a SAS URL').is).toBe('found');
    const foreign = reply({ verdict: 'valid-not-issued-here', scannedAll: false });
    expect(lookOf(foreign, QUESTION, 'a SAS URL').is).toBe('found');
  });

  it('keeps nothing of the text once it has found something', () => {
    const look = lookOf(reply({}), QUESTION, kindText(readSas(URL) as Readable));
    expect(JSON.stringify(look)).not.toContain(SIGNATURE.slice(0, 8));
  });
});

describe('the signature', () => {
  it('can be checked if it was pasted, as what it was pasted', () => {
    const token = `${QUERY}&sig=${encodeURIComponent(SIGNATURE)}`;
    const url = readSas(URL) as Readable;
    expect([
      canCheck(url),
      canCheck(readSas(token)),
      canCheck(readSas('a'.repeat(64))),
      canCheck(readSas('')),
    ]).toEqual([true, true, false, false]);
    expect(checkBody(url, URL)).toEqual({ url: URL });
    expect(checkBody(readSas(token) as Readable, token)).toEqual({ token });
  });
});
