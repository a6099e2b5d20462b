import { describe, expect, it } from 'vitest';
import { authorize } from '../../../shared/grants/authorize.ts';
import { findCoverage } from '../../../shared/grants/coverage.ts';
import { explain } from '../../../shared/grants/explain.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { TokenRequest } from '../../../shared/requests/token-request.ts';
import type { StoredPolicy } from '../../../shared/stored-policies/stored-policy.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';

const now = new Date('2026-11-22T12:00:00Z');
const at = (seconds: number) => addSeconds(now, seconds);
const photos = { account: 'media', service: 'blob', container: 'photos' } as const;
const asked = (parts: Partial<TokenRequest> = {}) =>
  tokenRequest({ resource: photos, permissions: '', policy: 'readers', ...parts });
const full = storedPolicy({ permissions: 'rl', expiresAt: at(600) });
const grants = [
  grant({ id: 'g', resources: ['media/blob/photos', 'media/blob/photos/**'], permissions: 'rl' }),
];
const config = { accounts: new Map([['media', account()]]), grants };

const decide = (request: TokenRequest, policy?: StoredPolicy | null) =>
  authorize(findCoverage(caller(), request, config, now, null), policy).decision;

const tokenOf = (request: TokenRequest, policy: StoredPolicy) => {
  const decision = decide(request, policy);
  if (decision.outcome !== 'allowed') throw new Error(JSON.stringify(decision));
  return decision.token;
};

describe('a token bound to a stored policy', () => {
  it('leaves out the letters and expiry that the policy sets', () => {
    expect(tokenOf(asked(), full)).toMatchObject({
      kind: 'service',
      policy: 'readers',
      permissions: 'rl',
      expiresAt: at(600),
      startsAt: null,
      omit: { permissions: true, expiry: true, start: false },
    });
  });

  it('carries what the policy does not set', () => {
    const token = tokenOf(
      asked({ permissions: 'r' }),
      storedPolicy({ startsAt: at(60), expiresAt: at(600) }),
    );
    expect(token).toMatchObject({
      permissions: 'r',
      startsAt: at(60),
      omit: { permissions: false, expiry: true, start: true },
    });
    const other = tokenOf(asked({ expiresAt: at(300) }), storedPolicy({ permissions: 'r' }));
    expect(other).toMatchObject({
      expiresAt: at(300),
      omit: { permissions: true, expiry: false, start: false },
    });
  });

  it('has the grant’s default lifetime if neither sets an expiry', () => {
    expect(tokenOf(asked(), storedPolicy({ permissions: 'r' })).expiresAt).toEqual(at(900));
  });

  it('for a blob has only the letters that apply to blobs', () => {
    expect(tokenOf(asked({ resource: { ...photos, blob: 'a' } }), full).permissions).toBe('r');
  });

  it.each<[string, Partial<TokenRequest>, StoredPolicy | null, string, string]>([
    ['an absent policy', {}, null, 'policy', 'is not a stored access policy of this container'],
    ['letters twice', { permissions: 'r' }, full, 'permissions', 'must be omitted'],
    ['ttl twice', { expiresAt: at(60), expiryMember: 'ttl' }, full, 'ttl', 'must be omitted'],
    ['expiry twice', { expiresAt: at(60), expiryMember: 'expiresAt' }, full, 'expiresAt', 'must be omitted'],
    [
      'start twice',
      { startsAt: at(0) },
      storedPolicy({ ...full, startsAt: at(0) }),
      'startsAt',
      'must be omitted',
    ],
    ['letters nowhere', {}, storedPolicy({ expiresAt: at(60) }), 'permissions', 'is required'],
    ['an expired policy', {}, storedPolicy({ ...full, expiresAt: at(-1) }), 'policy', 'expired at'],
    ['letters of another time', {}, storedPolicy({ permissions: 'rQ' }), 'policy', 'does not know: Q'],
    [
      'no letter for a blob',
      { resource: { ...photos, blob: 'a' } },
      storedPolicy({ permissions: 'l' }),
      'policy',
      'has no permission that applies to a blob',
    ],
    [
      'an expiry before the policy’s start',
      { expiresAt: at(60) },
      storedPolicy({ permissions: 'r', startsAt: at(90) }),
      'policy',
      'does not fit',
    ],
  ])('is invalid with %s', (_what, parts, policy, path, message) => {
    const decision = decide(asked(parts), policy);
    const faults = decision.outcome === 'invalid' ? decision.faults : [];
    expect(faults).toEqual([{ path, message: expect.stringContaining(message) as string }]);
    const explained = explain(findCoverage(caller(), asked(parts), config, now, null), policy);
    expect(explained.missing).toEqual(faults);
  });

  it.each<[string, StoredPolicy]>([
    ['permissions', storedPolicy({ permissions: 'rwl', expiresAt: at(60) })],
    ['expiresAt', storedPolicy({ permissions: 'r', expiresAt: at(3601) })],
    ['startsAt', storedPolicy({ permissions: 'r', startsAt: at(901), expiresAt: at(1000) })],
  ])('must stay within the grant’s %s, because a policy cannot be clamped', (path, policy) => {
    for (const clamp of [false, true]) {
      const decision = decide(asked({ clamp }), policy);
      expect(decision.outcome).toBe('denied');
      if (decision.outcome === 'denied')
        expect(decision.denial.missing.map((one) => one.path)).toContain(path);
    }
  });

  it('reveals nothing about the policy to callers whom no grant covers', () => {
    const secret = asked({ resource: { ...photos, container: 'secret' } });
    expect(decide(secret, null)).toEqual(decide(secret, undefined));
  });

  it('is explained with the policy’s values', () => {
    expect(explain(findCoverage(caller(), asked(), config, now, null), full).wouldIssue).toMatchObject({
      policy: 'readers',
      permissions: 'rl',
      expiresAt: '2026-11-22T12:10:00Z',
    });
  });
});

describe('the id of a managed policy', () => {
  const id = 'sb-aaaabbbbccccdddd';
  const managed = storedPolicy({ id, permissions: 'rl' });

  it.each<[string, Partial<TokenRequest>]>([
    ['alone', {}],
    ['with a lifetime', { expiresAt: at(300) }],
    ['with its letters', { permissions: 'rl' }],
    ['with other letters', { permissions: 'd' }],
    ['for a blob', { resource: { ...photos, blob: 'a' } }],
    ['for a resource that no grant covers', { resource: { ...photos, container: 'secret' } }],
    ['with clamp', { clamp: true, permissions: 'rwl' }],
  ])('named %s is refused as if there were no such policy', (_what, parts) => {
    const request = asked({ policy: id, ...parts });
    const coverage = findCoverage(caller(), request, config, now, null);
    expect(authorize(coverage, managed)).toEqual(authorize(coverage, null));
    expect(authorize(coverage, managed).decision.outcome).not.toBe('allowed');
    expect(explain(coverage, managed)).toEqual(explain(coverage, null));
  });

  it('gets a hint because of its form, whether it exists or not', () => {
    const message =
      'is not a stored access policy of this container; ids of this form are reserved for managed policies, so request revocable: true instead';
    for (const policy of [managed, null])
      expect(decide(asked({ policy: id }), policy)).toEqual({
        outcome: 'invalid',
        faults: [{ path: 'policy', message }],
      });
    expect(decide(asked(), null)).toEqual({
      outcome: 'invalid',
      faults: [{ path: 'policy', message: 'is not a stored access policy of this container' }],
    });
  });

  it.each(['sb-aaaabbbbccccddd', 'sb-AAAABBBBCCCCDDDD', 'sb-partners', 'SB-aaaabbbbccccdddd'])(
    'does not look like %s, which people may use',
    (other) => {
      const policy = storedPolicy({ id: other, permissions: 'rl' });
      expect(decide(asked({ policy: other }), policy).outcome).toBe('allowed');
    },
  );
});
