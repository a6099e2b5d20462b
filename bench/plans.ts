import type { LiveToken } from '../shared/revocation/live-token.ts';
import { TokenFold } from '../shared/revocation/token-fold.ts';
import { heapBytes } from './heap.ts';

const PAGE_ROWS = 1000;
const FEW_ROWS = 10_000;
const MANY_ROWS = 1_000_000;
const NOW = new Date('2026-11-22T12:00:00Z');
const EXPIRES_AT = new Date('2026-11-22T13:00:00Z');

/**
 * Returns how much memory a plan keeps after a million live rows, relative to 10,000. Folds generated rows page by page, as
 * a plan for a grant does; every row is of another caller and policy, the worst case. Node must run with `--expose-gc`.
 */
export function measurePlan(): number {
  const fold = new TokenFold({ grant: 'read' }, accounts(), NOW);
  const before = heapBytes();
  let row = 0;
  const bytesAfter = (rows: number): number => {
    for (; row < rows; row += PAGE_ROWS) fold.take(page(row));
    return heapBytes() - before;
  };
  const few = bytesAfter(FEW_ROWS);
  const many = bytesAfter(MANY_ROWS);
  if (fold.targeted.targeted !== MANY_ROWS) throw new Error('The plan did not count every row');
  return many / few;
}

function accounts(): ConstructorParameters<typeof TokenFold>[1] {
  const account = { name: 'media' } as never;
  return new Map([['media', { account, waits: null, journal: null, deaths: [], clockSkew: 300 }]]);
}

function page(from: number): LiveToken[] {
  return Array.from({ length: PAGE_ROWS }, (_, index) => ({
    id: `token-${from + index}`,
    account: 'media',
    grant: 'read',
    caller: { issuer: 'local', subject: `caller-${from + index}`, name: null },
    issuedAt: NOW,
    expiresAt: EXPIRES_AT,
    services: ['blob'],
    place: 'photos',
    policy: `policy-${from + index}`,
    signedWith: { keyId: null },
    delegator: null,
  }));
}
