import { describe, expect, test } from 'vitest';
import { bearerToken } from '../../../shared/identity/bearer-header.ts';
import { failureOf } from './tokens-under-test.ts';

const refusalOf = (header: string | null) =>
  failureOf(
    new Promise((resolve) => {
      resolve(bearerToken(header));
    }),
  );

describe('bearerToken', () => {
  test.each(['Bearer a.b-c_d~e+f/g==', 'bearer a.b-c_d~e+f/g==', 'BEARER   a.b-c_d~e+f/g=='])(
    'reads the token of "%s"',
    (header) => {
      expect(bearerToken(header)).toBe('a.b-c_d~e+f/g==');
    },
  );

  test.each([
    [null, 'no bearer'],
    ['', 'no bearer'],
    ['Basic dXNlcjpwYXNz', 'other scheme'],
    ['Bearertoken', 'other scheme'],
    ['a.b.c', 'other scheme'],
    ['Bearer', 'bearer malformed'],
    ['Bearer ', 'bearer malformed'],
    ['Bearer one two', 'bearer malformed'],
    ['Bearer one, Bearer two', 'bearer malformed'],
    ['Bearer one,two', 'bearer malformed'],
    ['Bearer a=b', 'bearer malformed'],
    ['Bearer "one"', 'bearer malformed'],
    ['Bearer ünï', 'bearer malformed'],
    ['Bearer one\n', 'bearer malformed'],
  ])('rejects %j as "%s"', async (header, reason) => {
    expect(await refusalOf(header)).toBe(`unauthenticated: ${reason}`);
  });
});
