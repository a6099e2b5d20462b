import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant, StorageAccount } from '../../../shared/config/broker-config.ts';
import { authorize } from '../../../shared/grants/authorize.ts';
import { findCoverage } from '../../../shared/grants/coverage.ts';
import { explain } from '../../../shared/grants/explain.ts';
import { addSeconds, durationSeconds } from '../../../shared/iso-time.ts';
import type { TokenRequest } from '../../../shared/requests/token-request.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00.400Z');
const configOf = (grants: Grant[], one: StorageAccount) => ({ accounts: new Map([[one.name, one]]), grants });

const decide = (request: Partial<TokenRequest>, one: StorageAccount, grants: Grant[]) =>
  authorize(findCoverage(caller(), tokenRequest(request), configOf(grants, one), now, null)).decision;

describe('the largest request in an explanation', () => {
  it('is allowed, and what explain shows is what authorize allows', () => {
    const letters = fc.subarray(Array.from('racwdlf'), { minLength: 1 }).map((list) => list.join(''));
    const cases = fc.record({
      granted: letters,
      asked: letters,
      maxTtl: fc.integer({ min: 1, max: 900_000 }),
      ttl: fc.option(fc.integer({ min: 1, max: 900_000 })),
      start: fc.option(fc.integer({ min: -2000, max: 2000 })),
      kind: fc.constantFrom('auto', 'service', 'user-delegation'),
      kinds: fc.subarray(['user-delegation', 'service'], { minLength: 1 }),
      clamp: fc.boolean(),
      ip: fc.constantFrom<Grant['ip']>(
        { rule: 'any' },
        { rule: 'caller' },
        { rule: 'required' },
        { rule: 'range', range: '198.51.100.1' },
      ),
      askedIp: fc.constantFrom(null, '198.51.100.0-198.51.100.9', '0.0.0.0-255.255.255.255'),
      account: fc.record({
        sasVersion: fc.constantFrom('2020-12-06', '2025-11-05'),
        allowSharedKeyAccess: fc.boolean(),
        sasPolicy: fc.option(fc.record({ period: fc.integer({ min: 1, max: 900_000 }) })),
      }),
    });
    const container = { account: 'media', service: 'blob', container: 'uploads' } as const;
    fc.assert(
      fc.property(cases, (one) => {
        const place = account(one.account);
        const { maxTtl, kinds, ip } = one;
        const grants = [
          grant({
            resources: ['media/blob/uploads'],
            permissions: one.granted,
            maxTtl,
            kinds,
            ip,
            defaultTtl: Math.min(900, maxTtl),
          }),
        ];
        const whole = new Date('2026-11-22T12:00:00Z');
        const expiresAt = one.ttl === null ? null : addSeconds(whole, one.ttl);
        const startsAt = one.start === null ? null : addSeconds(whole, one.start);
        const request = {
          resource: container,
          permissions: one.asked,
          startsAt,
          expiresAt,
          kind: one.kind,
          ip: one.askedIp,
          clamp: one.clamp,
        } as const;
        const asked = tokenRequest(request);
        const explanation = explain(findCoverage(caller(), asked, configOf(grants, place), now, null));
        const decision = decide(request, place, grants);
        expect(explanation.allowed).toBe(decision.outcome === 'allowed');
        if (decision.outcome === 'allowed')
          expect(explanation).toMatchObject({
            kind: decision.token.kind,
            wouldIssue: {
              permissions: decision.token.permissions,
              expiresAt: decision.token.expiresAt.toISOString().replace('.000', ''),
            },
            narrowerKind: decision.token.narrower.kind,
          });
        const { largest } = explanation;
        if (largest === null) return;
        const again = decide(
          {
            resource: container,
            permissions: largest.permissions,
            kind: largest.kind as 'service',
            expiresAt: addSeconds(whole, durationSeconds(largest.ttl)!),
            ip: largest.ip === 'caller' ? caller().ip : (largest.ip ?? null),
          },
          place,
          grants,
        );
        expect(again).toMatchObject({ outcome: 'allowed' });
      }),
      { numRuns: 500 },
    );
  });
});

it.each<[string, Grant['ip'], string | null, object | null]>([
  ['its own public address', { rule: 'caller' }, '203.0.113.7', { ip: 'caller' }],
  ['a private address', { rule: 'caller' }, '10.0.0.4', null],
  ['an unknown one', { rule: 'required' }, null, null],
])('the largest request for a caller with %s is one that they can make', (_what, ip, own, largest) => {
  const config = configOf([grant({ ip })], account());
  const told = explain(
    findCoverage(caller({ ip: own }), tokenRequest({ permissions: 'd' }), config, now, null),
  ).largest;
  if (largest === null) expect(told).toBeNull();
  else expect(told).toMatchObject(largest);
});
