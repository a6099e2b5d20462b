import { describe, expect, it } from 'vitest';
import { authorize } from '../../../shared/grants/authorize.ts';
import { findCoverage } from '../../../shared/grants/coverage.ts';
import { explain } from '../../../shared/grants/explain.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';
import { blockOf } from '../revocation/blocks-world.ts';

const now = new Date('2026-11-22T12:00:00Z');
const media = account();
const container = { account: 'media', service: 'blob', container: 'uploads' } as const;
const grants = [
  grant({ resources: ['media/blob/uploads', 'media/blob/uploads/**'] }),
  grant({ id: 'trial', mode: 'report' }),
];
const requests = {
  'what is granted': tokenRequest(),
  'too much': tokenRequest({ permissions: 'rwd' }),
  'what no grant covers': tokenRequest({ resource: { ...container, container: 'secret' } }),
  'what the account does not support': tokenRequest({ encryptionScope: 'scope' }),
  'a whole container': tokenRequest({ resource: container }),
  'a stored policy': tokenRequest({ resource: container, kind: 'service', policy: 'weekly' }),
  'an unknown account': tokenRequest({ resource: { ...container, account: 'nowhere' } }),
};
const asBlocked = (request: (typeof requests)[keyof typeof requests], some = grants) =>
  findCoverage(caller(), request, { accounts: new Map([['media', media]]), grants: some }, now, blockOf());

describe('a blocked caller', () => {
  it.each(Object.entries(requests))('is refused, and learns nothing from it: %s', (_what, request) => {
    for (const some of [grants, []]) {
      const coverage = asBlocked(request, some);
      expect(authorize(coverage)).toEqual({ decision: { outcome: 'blocked' }, wouldAllow: [] });
      expect(coverage.policyToRead).toBeNull();
      expect(explain(coverage)).toEqual({
        ...{ allowed: false, grant: null, kind: null, kindReason: null, wouldIssue: null },
        missing: [{ path: '', message: 'This caller is blocked.' }],
        ...{ largest: null, narrowerKind: null, hints: [] },
      });
    }
  });
});
