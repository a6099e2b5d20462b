import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claimText, matchesCaller, rolesOf } from '../../../shared/identity/caller-rules.ts';

function matches(patterns: readonly string[], value: unknown): boolean {
  return matchesCaller(
    { issuer: 'entra', claims: { c: patterns } },
    { issuer: 'entra', claims: { c: value } },
  );
}

describe('matchesCaller', () => {
  test.each([
    [['a'], 'a', true],
    [['a'], 'A', false],
    [['a'], 'ab', false],
    [['b', 'a'], 'a', true],
    [[], 'a', false],
    [['*'], '', true],
    [['a*'], 'abc', true],
    [['*c'], 'abc', true],
    [['a*c'], 'ac', true],
    [['a*b*c'], 'a-b-c', true],
    [['ab*ba'], 'aba', false],
    [['repo:org/*:ref:refs/heads/main'], 'repo:org/x:ref:refs/heads/main', true],
    [['repo:org/*:ref:refs/heads/main'], 'repo:org/x:ref:refs/heads/main2', false],
    [['Photos.Upload'], ['Other', 'Photos.Upload'], true],
    [['Photos.*'], ['Other', 'Photos.Upload'], true],
    [['Photos.Upload'], [], false],
    [['Photos.Upload'], [['Photos.Upload']], false],
    [['1'], [1], false],
    [['7'], 7, true],
    [['true'], true, true],
    [['null'], null, false],
    [['*'], null, false],
    [['*'], undefined, false],
    [['*'], { a: 'a' }, false],
    [['[object Object]'], {}, false],
    [['a.c'], 'abc', false],
  ])('patterns %j and claim %j: %s', (patterns, value, expected) => {
    expect(matches(patterns, value)).toBe(expected);
  });

  test('requires the issuer and every claim of a rule', () => {
    const rule = { issuer: 'entra', claims: { roles: ['Up'], tid: ['t'] } };
    expect(matchesCaller(rule, { issuer: 'entra', claims: { roles: ['Up'], tid: 't' } })).toBe(true);
    expect(matchesCaller(rule, { issuer: 'entra', claims: { roles: ['Up'] } })).toBe(false);
    expect(matchesCaller(rule, { issuer: 'github', claims: { roles: ['Up'], tid: 't' } })).toBe(false);
    expect(matchesCaller({ issuer: 'entra', claims: {} }, { issuer: 'entra', claims: {} })).toBe(true);
  });

  test.each([
    [['Tokens.Issue'], 'Files.Read Tokens.Issue', true],
    [['Tokens.*'], 'Files.Read Tokens.Issue', true],
    [['Tokens.Issue'], 'Tokens.Issue', true],
    [['*'], ' ', false],
    [['Files.Read Tokens.Issue'], 'Files.Read Tokens.Issue', false],
    [['Files*Issue'], 'Files.Read Tokens.Issue', false],
    [['Tokens.Issue'], 'Tokens.Issue.Not Other', false],
    [['Tokens.Issue'], ['Other', 'Tokens.Issue'], true],
  ])('patterns %j and the scopes %j: %s', (patterns, scp, expected) => {
    const rule = { issuer: 'entra', claims: { scp: patterns } };
    expect(matchesCaller(rule, { issuer: 'entra', claims: { scp } })).toBe(expected);
    const roles = { auditor: [rule], operator: [] };
    expect(rolesOf({ issuer: 'entra', claims: { scp } }, roles).has('auditor')).toBe(expected);
  });

  test('a text with spaces is one value in every claim but scp', () => {
    expect(matches(['a'], 'a b')).toBe(false);
    expect(matches(['a b'], 'a b')).toBe(true);
  });

  test('ignores claims that an object inherits', () => {
    for (const claim of ['constructor', 'toString', '__proto__', 'length']) {
      const claims = Object.fromEntries([[claim, ['*']]]);
      expect(matchesCaller({ issuer: 'e', claims }, { issuer: 'e', claims: {} })).toBe(false);
    }
    const inherited = Object.create({ roles: 'Boss' }) as Record<string, unknown>;
    const rule = { issuer: 'e', claims: { roles: ['Boss'] } };
    expect(matchesCaller(rule, { issuer: 'e', claims: inherited })).toBe(false);
    expect(claimText(inherited, 'roles')).toBeNull();
  });

  test('a pattern without wildcards matches only itself', () => {
    const text = fc.string().filter((candidate) => !candidate.includes('*'));
    fc.assert(
      fc.property(text, fc.string(), (pattern, value) => {
        expect(matches([pattern], pattern)).toBe(true);
        expect(matches([pattern], value)).toBe(pattern === value);
      }),
    );
  });

  test('wildcards match exactly what the equivalent regular expression matches', () => {
    const short = (letters: string) =>
      fc.string({ unit: fc.constantFrom(...letters.split('')), maxLength: 8 });
    fc.assert(
      fc.property(short('ab*'), short('ab'), (pattern, value) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 's');
        expect(matches([pattern], value)).toBe(expression.test(value));
      }),
      { numRuns: 1000 },
    );
  });

  test('never throws for any claim value', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (pattern, value) => {
        expect(typeof matches([pattern], value)).toBe('boolean');
      }),
    );
  });
});

describe('rolesOf', () => {
  const roles = {
    auditor: [{ issuer: 'entra', claims: { roles: ['Broker.Auditor'] } }],
    operator: [
      { issuer: 'entra', claims: { roles: ['Broker.Operator'] } },
      { issuer: 'entra', claims: { oid: ['boss'] } },
    ],
  };

  test.each([
    [{ roles: ['Broker.Auditor'] }, ['auditor']],
    [{ oid: 'boss' }, ['operator']],
    [{ roles: ['Broker.Auditor', 'Broker.Operator'] }, ['auditor', 'operator']],
    [{ roles: ['Photos.Upload'] }, []],
  ])('gives %j the roles %j', (claims, expected) => {
    expect([...rolesOf({ issuer: 'entra', claims }, roles)]).toEqual(expected);
    expect(rolesOf({ issuer: 'other', claims }, roles).size).toBe(0);
  });
});
