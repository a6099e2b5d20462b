import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOfService, type Resource } from '../../../shared/azure/resources.ts';
import { RESOURCE_TYPES, type Service, SERVICES } from '../../../shared/azure/services.ts';
import type { Grant } from '../../../shared/config/broker-config.ts';
import { findCoveringPatterns, wideness } from '../../../shared/config/resource-pattern.ts';
import { authorize } from '../../../shared/grants/authorize.ts';
import { type CoveringGrant, findCoverage } from '../../../shared/grants/coverage.ts';
import { explain } from '../../../shared/grants/explain.ts';
import { GrantIndex } from '../../../shared/grants/grant-index.ts';
import { grantsOf } from '../../../shared/grants/own-grants.ts';
import type { Caller } from '../../../shared/identity/caller.ts';
import { propertyRuns } from '../../property-runs.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const ACCOUNTS = ['media', 'archive'];
const accounts = new Map(ACCOUNTS.map((name) => [name, account({ name, hierarchical: name === 'archive' })]));

const names = fc.constantFrom('a', 'b', 'A', 'ab');
const segment = fc.constantFrom('a', 'b', 'A', 'ab', '*', 'a*', '${claims.oid}', 'a${claims.oid}');
const accountName = fc.constantFrom(...ACCOUNTS);
const service = fc.constantFrom(...SERVICES);
const patterns = fc
  .tuple(accountName, service, fc.array(segment, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([name, of, segments, open]) => [name, of, ...segments, ...(open ? ['**'] : [])].join('/'));
const scopes = fc.record({
  account: accountName,
  services: fc.subarray([...SERVICES], { minLength: 1 }).map((some) => new Set(some)),
  resourceTypes: fc.subarray([...RESOURCE_TYPES], { minLength: 1 }).map((some) => new Set(some)),
});
const rules = fc.record({
  issuer: fc.constantFrom('local', 'other'),
  claims: fc.constantFrom({}, { roles: ['Write'] }, { roles: ['Re*'] }),
});
const grants: fc.Arbitrary<Grant[]> = fc
  .array(
    fc.record({
      callers: fc.array(rules, { minLength: 1, maxLength: 3 }),
      resources: fc.array(patterns, { maxLength: 4 }),
      accountSas: fc.array(scopes, { maxLength: 2 }),
      mode: fc.constantFrom('enforce', 'report'),
      permissions: fc.constantFrom('r', 'rl', 'cw'),
      kinds: fc.constantFrom<string[]>(
        ['service'],
        ['user-delegation', 'service'],
        ['account', 'user-delegation'],
      ),
    }),
    { maxLength: 12 },
  )
  .map((some) => some.map((parts, index) => grant({ id: `grant-${index}`, ...parts })));

const path = fc.array(names, { minLength: 1, maxLength: 3 }).map((some) => some.join('/'));
const resources: fc.Arbitrary<Resource> = fc.oneof(
  fc.record({ account: accountName, service: fc.constant('blob'), container: names }),
  fc.record({ account: accountName, service: fc.constant('blob'), container: names, blob: path }),
  fc.record({ account: accountName, service: fc.constant('blob'), container: names, directory: path }),
  fc.record({ account: accountName, service: fc.constant('queue'), queue: names }),
  fc.record({ account: accountName, service: fc.constant('file'), share: names, file: path }),
  fc.record(
    {
      account: accountName,
      service: fc.constant('table'),
      table: names,
      partitionKeyStart: names,
      partitionKeyEnd: names,
    },
    { requiredKeys: ['account', 'service', 'table'] },
  ),
  fc.record({
    account: accountName,
    services: fc.subarray([...SERVICES], { minLength: 1 }),
    resourceTypes: fc.subarray([...RESOURCE_TYPES], { minLength: 1 }),
  }),
);
const callers = fc
  .record({ issuer: fc.constantFrom('local', 'other'), role: fc.constantFrom('Read', 'Write'), oid: names })
  .map(({ issuer, role, oid }) => caller({ issuer, claims: { roles: [role], oid } }));

/** Looks at every grant, as if there were no index. */
function scan(some: readonly Grant[], who: Caller, resource: Resource): CoveringGrant[] {
  return grantsOf(who, some).flatMap((one) => {
    const reaches = isOfService(resource)
      ? findCoveringPatterns(one.resources, resource, who.claims).map(wideness)
      : one.accountSas
          .filter(
            (scope) =>
              scope.account === resource.account &&
              resource.services.every((of) => scope.services.has(of)) &&
              resource.resourceTypes.every((type) => scope.resourceTypes.has(type)),
          )
          .map((scope) => scope.services.size * scope.resourceTypes.size);
    return reaches.length === 0 ? [] : [{ grant: one, reach: Math.min(...reaches) }];
  });
}

function wholeOf(some: readonly Grant[], who: Caller, of: string, service: Service): Grant[] {
  return grantsOf(who, some).filter(
    (one) =>
      one.mode === 'enforce' &&
      one.resources.some(
        (pattern) => pattern.account === of && pattern.service === service && pattern.segments.length === 1,
      ),
  );
}

const idOf = ({ id }: Grant) => id;
const told = ({ grant: one, reach }: CoveringGrant) => [one.id, reach];

describe('the index of grants', () => {
  it('finds the same grants, in the same order, as a look at every grant', () => {
    fc.assert(
      fc.property(grants, callers, resources, (some, who, resource) => {
        const coverage = findCoverage(who, tokenRequest({ resource }), { accounts, grants: some }, NOW, null);
        const ofMode = (mode: Grant['mode']) =>
          scan(some, who, resource)
            .filter((one) => one.grant.mode === mode)
            .map(told);
        expect(coverage.covering.map(told)).toEqual(ofMode('enforce'));
        expect(coverage.reporting.map(told)).toEqual(ofMode('report'));
        for (const one of SERVICES)
          expect(coverage.forWholePlaces(one).map(idOf)).toEqual(
            wholeOf(some, who, resource.account, one).map(idOf),
          );
      }),
      { numRuns: propertyRuns({ quick: 400, full: 5000 }) },
    );
  });

  it('changes no decision and no explanation: unrelated grants make no difference', () => {
    const kinds = fc.constantFrom('auto', 'service', 'account' as const);
    fc.assert(
      fc.property(grants, callers, resources, kinds, (some, who, resource, kind) => {
        const request = tokenRequest({
          resource,
          kind: isOfService(resource) ? kind : 'account',
          permissions: 'r',
        });
        const among = (list: Grant[]) => findCoverage(who, request, { accounts, grants: list }, NOW, null);
        const whole = SERVICES.flatMap((one) => wholeOf(some, who, resource.account, one));
        const covering = scan(some, who, resource).map((one) => one.grant);
        const related = some.filter((one) => covering.includes(one) || whole.includes(one));
        expect(authorize(among(some))).toEqual(authorize(among(related)));
        expect(explain(among(some))).toEqual(explain(among(related)));
      }),
      { numRuns: propertyRuns({ quick: 150, full: 2000 }) },
    );
  });

  it('offers one of a thousand grants for other containers, folders and accounts', () => {
    const others = Array.from({ length: 1000 }, (_, index) =>
      grant({
        id: `other-${index}`,
        resources: [
          `media/blob/c${index}/**`,
          `media/blob/uploads/f${index}/**`,
          `archive/blob/uploads/${index}`,
        ],
      }),
    );
    const index = new GrantIndex([...others, grant({ resources: ['media/blob/uploads/inbox/*'] })]);
    const resource = {
      account: 'media',
      service: 'blob',
      container: 'uploads',
      blob: 'inbox/1.jpg',
    } as const;
    expect(index.covering('local', resource).map((one) => one.grant.id)).toEqual(['photo-upload']);
    expect(index.covering('unknown', resource)).toEqual([]);
  });

  it('ignores the case of ASCII letters in the path of a file share, and only there', () => {
    const index = new GrantIndex([grant({ resources: ['media/file/Docs/A/*', 'media/blob/Docs/A/*'] })]);
    const file = { account: 'media', service: 'file', share: 'docs', file: 'a/1.txt' } as const;
    const blob = { account: 'media', service: 'blob', container: 'docs', blob: 'a/1.txt' } as const;
    expect(index.covering('local', file)).toHaveLength(1);
    expect(index.covering('local', blob)).toEqual([]);
  });
});
