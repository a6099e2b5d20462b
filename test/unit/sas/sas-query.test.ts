import { describe, expect, it } from 'vitest';
import { carriesExactly, fieldAtFault, formatSasQuery } from '../../../shared/sas/sas-query.ts';

const wanted = new Map([
  ['sv', '2025-11-05'],
  ['rscd', 'a b+c'],
]);

describe('a query that must carry exactly these fields', () => {
  it.each([
    ['has them', 'sv=2025-11-05&rscd=a%20b%2Bc', null],
    ['has them in another order', 'rscd=a%20b%2Bc&sv=2025-11-05', null],
    ['lacks one', 'sv=2025-11-05', 'rscd'],
    ['has another value', 'sv=2025-11-05&rscd=a%20b%20c', 'rscd'],
    ['has one more', 'sv=2025-11-05&rscd=a%20b%2Bc&si=x', 'si'],
    ['has one twice', 'sv=2025-11-05&rscd=a%20b%2Bc&sv=2025-11-05', 'sv'],
    ['is empty', '', 'sv'],
  ])('%s', (_how, query, fault) => expect(fieldAtFault(query, wanted)).toBe(fault));

  it('is written with every value percent-encoded', () => {
    expect(formatSasQuery(wanted)).toBe('sv=2025-11-05&rscd=a%20b%2Bc');
  });
});

describe('a query that carries exactly what it must', () => {
  const fields = new Map([
    ['sv', '2025-11-05'],
    ['rscd', 'a b+c'],
  ]);
  const exact = 'rscd=a%20b%2Bc&sig=x%3D&sv=2025-11-05';

  it('has each field once, in any order', () => {
    expect(carriesExactly(exact, fields, 'x=')).toBe(true);
  });

  it.each([
    ['another signature', exact.replace('x', 'y')],
    ['another value', exact.replace('11-05', '11-06')],
    ['a field less', 'sig=x%3D&sv=2025-11-05'],
    ['a field more', `${exact}&sp=r`],
    ['a field twice', `${exact}&sv=2025-11-05`],
    ['one field twice instead of another', 'sv=2025-11-05&sig=x%3D&sv=2025-11-05xxxx'],
    ['a field in the value of another', 'rscd=a%20b%2Bc&sig=x%3D&s=sv=2025-11-05'],
    ['no signature', 'rscd=a%20b%2Bc&sv=2025-11-05'],
    ['an empty pair', `${exact}&`],
    ['another encoding', exact.replace('%20', '+')],
  ])('is not one with %s', (_what, query) => {
    expect(carriesExactly(query, fields, 'x=')).toBe(false);
  });
});
