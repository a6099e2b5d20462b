import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { policyFromBody, readPolicyBody } from '../../../shared/stored-policies/policy-body.ts';
import type { PolicyState } from '../../../shared/stored-policies/policy-state.ts';
import { putPolicy } from '../../../shared/stored-policies/put-policy.ts';
import {
  type PolicyPlace,
  type StoredPolicy,
  widens,
} from '../../../shared/stored-policies/stored-policy.ts';
import { account } from '../../fakes/configuration.ts';
import { storedPolicy } from '../../fakes/memory-stored-policies.ts';

const now = new Date('2026-11-22T12:00:00Z');
const at = (seconds: number) => addSeconds(now, seconds);
const place: PolicyPlace = { account: account(), service: 'blob', name: 'photos' };

const put = async (policy: StoredPolicy, policies: StoredPolicy[], liveTokens = 0) => {
  const state: PolicyState = { policies, managed: [], changed: [] };
  const ids = Array.from({ length: liveTokens }, (_, index) => `token-${index}`);
  const uses = async () => ({ count: liveTokens, ids });
  const decided = await putPolicy(policy, 'local/otto').decide(state, uses, now, false);
  return { ...decided, status: decided.toValue(decided.state.changed, now) };
};

const refusalOf = async (work: Promise<unknown>): Promise<BrokerError> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof BrokerError) return error;
  }
  throw new Error('It was not refused.');
};

describe('a new version of a policy', () => {
  const base = { startsAt: at(0), expiresAt: at(3600), permissions: 'rl' };
  it.each<[string, boolean, Partial<StoredPolicy>]>([
    ['nothing changed', false, {}],
    ['fewer letters', false, { permissions: 'r' }],
    ['no letters', false, { permissions: '' }],
    ['more letters', true, { permissions: 'rwl' }],
    ['other letters', true, { permissions: 'w' }],
    ['the same letters in another order', false, { permissions: 'lr' }],
    ['an earlier expiry', false, { expiresAt: at(60) }],
    ['a later expiry', true, { expiresAt: at(3601) }],
    ['no expiry', true, { expiresAt: null }],
    ['a later start', false, { startsAt: at(60) }],
    ['an earlier start', true, { startsAt: at(-60) }],
    ['no start', true, { startsAt: null }],
  ])('with %s (widens it: %s)', (_what, expected, change) => {
    expect(widens(storedPolicy(base), storedPolicy({ ...base, ...change }))).toBe(expected);
  });

  it('widens it by adding letters where it had none, but not by adding times', () => {
    expect(widens(storedPolicy(), storedPolicy({ permissions: 'r' }))).toBe(true);
    expect(widens(storedPolicy(), storedPolicy({ expiresAt: at(60), startsAt: at(0) }))).toBe(false);
  });
});

describe('putting a policy', () => {
  const base = storedPolicy({ expiresAt: at(3600), permissions: 'rl' });

  it('reports when it applies, and records the policy before and after', async () => {
    const { state, events, status } = await put({ ...base, permissions: 'r' }, [base], 3);
    expect(state.policies).toEqual([{ ...base, permissions: 'r' }]);
    expect(status.usableAfter).toEqual(at(30));
    expect(events).toEqual([
      {
        type: 'policy-put',
        actor: 'local/otto',
        actorName: null,
        detail:
          'readers now has permissions r, until 2026-11-22T13:00:00Z; before, it had permissions rl, until 2026-11-22T13:00:00Z',
      },
    ]);
  });

  it('does nothing if the policy is already like that', async () => {
    const { state, events, status } = await put({ ...base }, [base], 3);
    expect(state.policies).toEqual([base]);
    expect(events).toEqual([]);
    expect(status.usableAfter).toBeNull();
  });

  it('refuses to widen a policy with live tokens, and lists them', async () => {
    const refusal = await refusalOf(put({ ...base, permissions: 'rwl' }, [base], 2));
    expect(refusal).toMatchObject({
      code: 'conflict',
      members: { liveTokens: ['token-0', 'token-1'], liveTokenCount: 2 },
    });
    await put({ ...base, permissions: 'rwl' }, [base], 0);
  });

  it('does not create a deleted policy again while it has live tokens', async () => {
    expect((await refusalOf(put(base, [], 1))).code).toBe('conflict');
    expect((await put(base, [], 0)).state.policies).toEqual([base]);
  });

  it('names the holders if no slot is free, and still replaces one of them', async () => {
    const five = ['a', 'b', 'c', 'd', 'sb-aaaabbbbccccdddd'].map((id) => storedPolicy({ id }));
    const refusal = await refusalOf(put(base, five));
    expect(refusal.message).toContain('a, b, c, d, sb-aaaabbbbccccdddd');
    expect(refusal.members['holders']).toHaveLength(5);
    await put(storedPolicy({ id: 'c', permissions: 'r' }), five);
  });
});

describe('a policy’s body', () => {
  const faultsOf = (body: unknown, id = 'readers', at: PolicyPlace = place) => {
    try {
      policyFromBody(at, id, readPolicyBody(body));
      return [];
    } catch (error) {
      return (error as BrokerError).errors.map(({ path, message }) => [path, message]);
    }
  };

  it.each<[unknown, string, string]>([
    [[], '', 'must be a JSON object'],
    [{ permissions: 'z' }, 'permissions', 'has the unknown permission "z"'],
    [{ permissions: '' }, 'permissions', 'must have at least one permission'],
    [{ permissions: 'read' }, 'permissions', 'write ["read"]'],
    [{ permissions: 5 }, 'permissions', 'must be a string or a list'],
    [{ permissions: 'u' }, 'permissions', 'a container does not support the permission u'],
    [{ permissions: 'o' }, 'permissions', 'a container does not support the permission o'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt', 'must be an ISO 8601 time'],
    [{ expiresAt: '2026-11-22T15:15:00' }, 'expiresAt', 'must be an ISO 8601 time'],
    [{ startsAt: 7 }, 'startsAt', 'must be a string'],
    [
      { startsAt: '2027-01-01T00:00:00Z', expiresAt: '2026-01-01T00:00:00Z' },
      'startsAt',
      'must be before expiresAt',
    ],
    [{ ttl: 'PT1H' }, 'ttl', 'is not a known member'],
    [{ id: 'x' }, 'id', 'is not a known member'],
  ])('%j is refused at "%s"', (body, path, message) => {
    const faults = faultsOf(body);
    expect(faults.map(([where]) => where)).toEqual([path]);
    expect(faults[0]?.[1]).toContain(message);
  });

  it.each([
    ['', 'must be 1 to 64'],
    ['x'.repeat(65), 'must be 1 to 64'],
    ['a/b', 'must not contain'],
    ['a%2fb', 'must not contain'],
    ['a\nb', 'must not contain'],
    [' a', 'must not contain'],
    ['..', 'must not contain'],
    ['\ud800', 'must not contain'],
    // Not a character that XML allows.
    ['a\uffffb', 'must not contain'],
    ['sb-aaaabbbbccccdddd', 'reserved for managed policies'],
  ])('the id %j is refused', (id, message) => {
    const [fault, ...others] = faultsOf({ permissions: 'r' }, id);
    expect(others).toEqual([]);
    expect(fault).toEqual(['policyId', expect.stringContaining(message)]);
  });

  it('writes the letters in the order of the service', () => {
    const of = (service: PolicyPlace['service'], permissions: string | string[]) =>
      policyFromBody({ ...place, service }, 'x'.repeat(64), readPolicyBody({ permissions })).permissions;
    expect(of('blob', 'lwr')).toBe('rwl');
    expect(of('queue', ['process', 'read'])).toBe('rp');
    expect(of('table', 'dar')).toBe('rad');
    expect(of('file', 'lc')).toBe('cl');
    expect(policyFromBody(place, 'Ü=1', readPolicyBody({}))).toEqual(storedPolicy({ id: 'Ü=1' }));
  });
});
