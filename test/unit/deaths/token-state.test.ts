import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Death, DeathProof } from '../../../shared/deaths/death.ts';
import { type MortalToken, tokenState } from '../../../shared/deaths/token-state.ts';
import { addSeconds } from '../../../shared/iso-time.ts';

const start = new Date('2026-11-22T12:00:00Z');
const SKEW = 30;
const at = (seconds: number): Date => addSeconds(start, seconds);

/** Returns a blob token by key `k1` that was issued at `start` for an hour, with changes. */
const token = (parts: Partial<MortalToken> = {}): MortalToken => ({
  issuedAt: start,
  expiresAt: at(3600),
  services: ['blob'],
  place: 'uploads',
  policy: null,
  signedWith: { keyId: 'k1' },
  ...parts,
});

const REFUSED: DeathProof = { at: at(200), refused: true, on: ['blob'] };
const death = (
  dead: Death['dead'],
  proof: DeathProof | null = REFUSED,
  by: string | null = 'local/otto',
): Death => ({
  id: 'one',
  account: 'media',
  dead,
  order: { at: at(100), by, byName: null, reason: 'leaked' },
  proof,
});
const keyDeath = (proof?: DeathProof | null) => death({ what: 'key', keyId: 'k1' }, proof);
const delegationDeath = (proof?: DeathProof | null) =>
  death({ what: 'delegation-keys', before: at(110), settled: true }, proof);
const pendingDeath = (proof?: DeathProof | null) =>
  death({ what: 'delegation-keys', before: at(110), settled: false }, proof);
const policyDeath = (proof?: DeathProof | null) =>
  death({ what: 'policy', service: 'blob', place: 'uploads', policy: 'p' }, proof);

const stateAt = (seconds: number, one: MortalToken, ...deaths: Death[]) =>
  tokenState(one, deaths, { now: at(seconds), clockSkew: SKEW });

describe('a token that nothing ended', () => {
  test.each([
    [0, 'live'],
    [3600, 'live'],
    [3629, 'live'],
    [3630, 'expired'],
  ])('%i s after its issue is %s, by the clock of storage', (seconds, state) => {
    expect(stateAt(seconds, token())).toEqual({ state, endedBy: null });
  });
});

describe('a token whose key died', () => {
  const endedBy = { lever: 'regenerate-key', at: at(100), by: 'local/otto' };

  test.each([
    ['with proof on its service', keyDeath(), 'revoked'],
    ['without proof', keyDeath(null), 'unproved'],
    ['if storage still accepts the key', keyDeath({ ...REFUSED, refused: false }), 'unproved'],
    ['if another service refused the key', keyDeath({ ...REFUSED, on: ['table'] }), 'unproved'],
  ])('is as the proof says: %s', (_what, one, state) => {
    expect(stateAt(300, token(), one)).toEqual({ state, endedBy });
  });

  test('stays revoked after its expiry', () => {
    expect(stateAt(9999, token(), keyDeath())).toEqual({ state: 'revoked', endedBy });
  });

  test('without proof is expired after its expiry', () => {
    expect(stateAt(9999, token(), keyDeath(null))).toEqual({ state: 'expired', endedBy: null });
  });

  test('is at most unproved if its row does not name the key’s value', () => {
    expect(stateAt(300, token({ signedWith: { keyId: null } }), keyDeath()).state).toBe('unproved');
  });

  test.each([
    ['another key', { signedWith: { keyId: 'k2' } }],
    ['a user delegation key', { signedWith: { delegationKeyStartsAt: start } }],
  ])('lives if %s signed it', (_what, parts) => {
    expect(stateAt(300, token(parts), keyDeath()).state).toBe('live');
  });

  test('as an account SAS is revoked once every service that it covers refused', () => {
    const wide = token({ services: ['blob', 'queue'], place: null });
    expect(stateAt(300, wide, keyDeath()).state).toBe('unproved');
    expect(stateAt(300, wide, keyDeath({ ...REFUSED, on: ['queue', 'blob', 'table'] })).state).toBe(
      'revoked',
    );
  });

  test('by something outside the broker names nobody', () => {
    const stranger = death({ what: 'key', keyId: 'k1' }, REFUSED, null);
    expect(stateAt(300, token(), stranger).endedBy).toEqual({ ...endedBy, by: null });
  });
});

describe('a token whose user delegation key died', () => {
  const by = (startsAt: Date, issuedAt = start) =>
    token({ signedWith: { delegationKeyStartsAt: startsAt }, issuedAt });

  test.each([
    ['its key starts before the revocation', by(at(-900)), 'revoked'],
    ['its key starts at the revocation', by(at(110)), 'live'],
    ['it was issued within the clock skew of the revocation', by(at(-900), at(80)), 'unproved'],
    ['it was issued just before that', by(at(-900), at(79)), 'revoked'],
    ['it was issued after the revocation by a key that starts earlier', by(at(-900), at(500)), 'unproved'],
    ['an account key signed it', token(), 'live'],
  ])('if %s: with proof', (_what, one, state) => {
    expect(stateAt(600, one, delegationDeath()).state).toBe(state);
  });

  test.each([
    [69, 'revoked'],
    [70, 'unproved'],
    [79, 'unproved'],
  ])(
    'if the order is not settled, a proof is about what was issued before it: %i s is %s',
    (issued, state) => {
      expect(stateAt(600, by(at(-900), at(issued)), pendingDeath()).state).toBe(state);
    },
  );

  test('is unproved until storage refuses it', () => {
    expect(stateAt(300, by(at(-900)), delegationDeath(null))).toEqual({
      state: 'unproved',
      endedBy: { lever: 'revoke-delegation-keys', at: at(100), by: 'local/otto' },
    });
  });
});

describe('a token whose stored access policy died', () => {
  const based = (parts: Partial<MortalToken> = {}) => token({ policy: 'p', ...parts });

  test.each([
    ['was issued well before', based(), 'revoked'],
    ['was issued within the clock skew before', based({ issuedAt: at(70) }), 'unproved'],
    ['was issued within the clock skew after', based({ issuedAt: at(130) }), 'unproved'],
    ['was issued later, under a new policy of the same id', based({ issuedAt: at(131) }), 'live'],
    ['is for another place', based({ place: 'photos' }), 'live'],
    ['is for another service', based({ services: ['queue'] }), 'live'],
    ['is based on another policy', based({ policy: 'q' }), 'live'],
    ['is for no place', based({ place: null }), 'live'],
    ['is for the same place in another case', based({ place: 'Uploads' }), 'revoked'],
  ])('%s: with proof', (_what, one, state) => {
    expect(stateAt(300, one, policyDeath()).state).toBe(state);
  });

  test('is also ended by its key', () => {
    expect(stateAt(300, based(), policyDeath(null), keyDeath())).toMatchObject({
      state: 'revoked',
      endedBy: { lever: 'regenerate-key' },
    });
  });
});

test('another death never makes a token live again, and a proof only makes its end more certain', () => {
  const rank = { live: 0, unproved: 1, revoked: 2, expired: 3 };
  const anyProof = fc.constantFrom(null, REFUSED, { ...REFUSED, refused: false });
  const anyDeath = fc.oneof(anyProof.map(keyDeath), anyProof.map(delegationDeath), anyProof.map(policyDeath));
  const anyToken = fc.record({
    issuedAt: fc.integer({ min: -100, max: 200 }).map(at),
    expiresAt: fc.constant(at(3600)),
    services: fc.constant(['blob' as const]),
    place: fc.constantFrom('uploads', 'photos'),
    policy: fc.constantFrom(null, 'p'),
    signedWith: fc.oneof(
      fc.constantFrom('k1', 'k2', null).map((keyId) => ({ keyId })),
      fc.integer({ min: -900, max: 200 }).map((start_) => ({ delegationKeyStartsAt: at(start_) })),
    ),
  });
  fc.assert(
    fc.property(anyToken, fc.array(anyDeath, { maxLength: 4 }), anyDeath, (one, deaths, further) => {
      const before = stateAt(300, one, ...deaths).state;
      const after = stateAt(300, one, ...deaths, further).state;
      expect(rank[after]).toBeGreaterThanOrEqual(rank[before]);
    }),
  );
});
