import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksSecret, redactSecrets } from '../../../shared/input/secret-text-rule.ts';
import { SECRET_PREFIXES, secretText, secretValue } from './secret-spellings.ts';

describe('text that looks like a SAS or a key', () => {
  it.each(SECRET_PREFIXES)('is recognised after %s', (prefix) => {
    expect(looksSecret(`${prefix}${'aZ09+/x7'.repeat(5)}`)).toBe(true);
  });

  it.each(SECRET_PREFIXES)('is text like any other if fewer than 40 characters follow %s', (prefix) => {
    expect(looksSecret(`${prefix}${'A'.repeat(39)}`)).toBe(false);
  });

  it.each([
    ['URL-encoded base64', `sig%3D${'A%2Bb%2Fc'.repeat(10)}`],
    ['base64 encoded twice', `sig%253D${'A%252Bb%252Fc'.repeat(10)}`],
    ['base64 with JSON escapes', `"sig":"${'A\\u002Bb\\/c'.repeat(10)}"`],
    ['a whole URL', `GET https://h/c/b?sv=2025-11-05&se=x&sr=b&sp=r&sig=${'Ab1%2B'.repeat(12)}%3D failed`],
    ['a connection string', `DefaultEndpointsProtocol=https;AccountName=m;AccountKey=${'A'.repeat(86)}==`],
    ['a name that follows an encoded character', `%5AccountKey%3D${'A'.repeat(88)}`],
  ])('is recognised as %s', (_what, text) => {
    expect(looksSecret(text)).toBe(true);
    expect(redactSecrets(text)).not.toMatch(/A.{0,3}b.{0,3}c|AAAA/);
  });

  it.each([
    'signature of the contract: Alice',
    'a design for the next release',
    `significant ${'A'.repeat(60)}`,
    `sig ${'A'.repeat(60)}`,
    'sig: 2026-11-22T15:15:00Z and other notes about this very request',
    'retry of ?sv=1&sig=abc',
    `sig%25252525253D${'A'.repeat(60).replace(/^/, '%')}`,
    `sha256=${'a'.repeat(64)}`,
  ])('is not %s', (text) => {
    expect(looksSecret(text)).toBe(false);
    expect(redactSecrets(text)).toBe(text);
  });

  it('is redacted: nothing of the value stays, and the result looks like no secret', () => {
    fc.assert(
      fc.property(fc.array(secretText, { minLength: 1, maxLength: 3 }), fc.string(), (parts, between) => {
        const text = parts.map((part) => part.text).join(between);
        const redacted = redactSecrets(text);
        for (const { value } of parts) expect(redacted).not.toContain(value);
        expect(looksSecret(redacted)).toBe(false);
        expect(redactSecrets(redacted)).toBe(redacted);
      }),
    );
  });

  it('is redacted if one value runs into the name of the next', () => {
    fc.assert(
      fc.property(secretValue, secretValue, (first, second) => {
        const redacted = redactSecrets(`sig=${first}sig=${second}`);
        expect(redacted).not.toContain(second);
      }),
    );
  });

  it.each([
    ['names', 'sig'],
    ['quotes', 'sig"'],
    ['separators', 'sig='],
    ['backslashes', '\\'],
    ['white space', ' '],
    ['percent signs', '%25'],
    ['short values', `sig=${'A'.repeat(39)}%`],
    ['escapes', '\\u0022'],
    ['base64', 'A'],
    ['values', `sig=${'A'.repeat(40)} `],
    // A pattern that backtracks would not end before the test's timeout.
  ])('reads 64 KiB of %s to the end', (_what, piece) => {
    for (const start of ['', 'sig', 'sig=', `sig=${'A'.repeat(40)}`]) {
      const text = `${start}${piece.repeat(Math.ceil(65_536 / piece.length))}`;
      expect(looksSecret(redactSecrets(text))).toBe(false);
    }
  });
});
