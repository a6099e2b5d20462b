import { describe, expect, it } from 'vitest';
import { fieldAtFault, formatSasQuery } from '../../../shared/sas/sas-query.ts';

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
