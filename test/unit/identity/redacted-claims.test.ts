import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkClaims } from '../../../shared/identity/verified-claims.ts';
import { secretText } from '../input/secret-spellings.ts';
import { issuerAt, NOW } from './tokens-under-test.ts';

const issuer = { ...issuerAt('https://issuer.example'), require: {}, subject: 'sub' };

it('a SAS or a key in a subject or a name is kept redacted, also where the name is cut', () => {
  fc.assert(
    fc.property(secretText, fc.constantFrom(0, 100, 230), ({ text, value }, before) => {
      const claims = { sub: text, name: `${'-'.repeat(before)}${text}` };
      const { subject, name } = checkClaims(claims, issuer, NOW);
      for (const kept of [subject, name]) {
        expect(kept).not.toContain(value.slice(0, 12));
        expect(kept).not.toContain(value.slice(-12));
      }
    }),
  );
});

it('two subjects that differ in what is redacted stay two subjects', () => {
  const subjectOf = (letter: string) => checkClaims({ sub: `sig=${letter.repeat(43)}` }, issuer, NOW).subject;
  expect(subjectOf('A')).not.toBe(subjectOf('B'));
  expect(subjectOf('A')).toBe(subjectOf('A'));
  expect(subjectOf('A')).toMatch(/^sig=REDACTED [0-9a-f]{32}$/);
});
