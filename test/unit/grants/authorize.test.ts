import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeWithin } from '../../../shared/azure/ip-range.ts';
import type { Grant, StorageAccount } from '../../../shared/config/broker-config.ts';
import { authorize } from '../../../shared/grants/authorize.ts';
import { findCoverage } from '../../../shared/grants/coverage.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { TokenRequest } from '../../../shared/requests/token-request.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00.400Z');

const decide = (
  request: Partial<TokenRequest>,
  grants: Grant[],
  accounts: StorageAccount[] = [account()],
  who = caller(),
) =>
  authorize(
    findCoverage(
      who,
      tokenRequest(request),
      { accounts: new Map(accounts.map((one) => [one.name, one])), grants },
      now,
      null,
    ),
  );

const allowed = (...args: Parameters<typeof decide>) => {
  const { decision } = decide(...args);
  if (decision.outcome !== 'allowed') throw new Error(JSON.stringify(decision));
  return decision.token;
};

const missing = (...args: Parameters<typeof decide>) => {
  const { decision } = decide(...args);
  if (decision.outcome !== 'denied') throw new Error(decision.outcome);
  return decision.denial.missing.map(({ path }) => path);
};

describe('authorize', () => {
  it('denies by default: no grant, another issuer, other claims, another resource', () => {
    expect(missing({}, [])).toEqual(['resource']);
    expect(missing({}, [grant({ callers: [{ issuer: 'other', claims: {} }] })])).toEqual(['resource']);
    expect(missing({}, [grant({ callers: [{ issuer: 'local', claims: { roles: ['Nobody'] } }] })])).toEqual([
      'resource',
    ]);
    expect(missing({}, [grant({ resources: ['media/blob/photos/**'] })])).toEqual(['resource']);
    expect(missing({}, [grant({ callers: [] })])).toEqual(['resource']);
  });

  it('refuses an unknown account exactly like one without a grant', () => {
    const elsewhere = (name: string) => ({
      resource: { account: name, service: 'blob', container: 'c' } as const,
    });
    const known = decide(elsewhere('archive'), [grant()], [account(), account({ name: 'archive' })]);
    expect(decide(elsewhere('nosuch'), [grant()])).toEqual(known);
  });

  it('gives the default lifetime of the grant in whole seconds', () => {
    expect(allowed({}, [grant()]).expiresAt).toEqual(new Date('2026-11-22T12:15:00Z'));
    const patient = grant({ maxAhead: 3600 });
    expect(allowed({ startsAt: new Date('2026-11-22T13:00:00Z') }, [patient]).expiresAt).toEqual(
      new Date('2026-11-22T13:15:00Z'),
    );
    expect(allowed({ startsAt: new Date('2026-11-20T13:00:00Z') }, [grant()]).expiresAt).toEqual(
      new Date('2026-11-22T12:15:00Z'),
    );
  });

  it.each([
    ['permissions', { permissions: 'rcw' }],
    ['expiresAt', { expiresAt: new Date('2026-11-22T13:00:01Z') }],
    ['protocol', { protocol: 'https,http' }],
    ['startsAt', { startsAt: new Date('2027-01-01T00:00:00Z'), expiresAt: new Date('2027-01-01T00:10:00Z') }],
  ] as const)('refuses to go beyond the grant in %s', (field, request) => {
    expect(missing(request as Partial<TokenRequest>, [grant()])).toEqual([field]);
  });

  it.each([
    ['PT15M', 900, '2026-11-22T12:15:00Z', '2026-11-22T12:15:01Z'],
    ['PT0S', 0, '2026-11-22T12:00:00Z', '2026-11-22T12:00:01Z'],
  ])('with a maxAhead of %s refuses a later start, also with clamp', (text, maxAhead, latest, later) => {
    const grants = [grant({ maxAhead })];
    const inTime = { startsAt: new Date(latest), expiresAt: new Date('2026-11-22T12:20:00Z') };
    expect(allowed(inTime, grants).startsAt).toEqual(inTime.startsAt);
    for (const clamp of [false, true]) {
      const { decision } = decide({ ...inTime, startsAt: new Date(later), clamp }, grants);
      expect(decision).toMatchObject({
        outcome: 'denied',
        denial: {
          missing: [
            {
              path: 'startsAt',
              message: `grant photo-upload allows a start at most ${text} in the future, until ${latest}`,
            },
          ],
        },
      });
    }
  });

  it('gives the token by the grant that allows the start', () => {
    const request = { startsAt: new Date('2026-11-22T12:30:00Z') };
    const grants = [grant({ id: 'a' }), grant({ id: 'b', maxAhead: 3600 })];
    expect(allowed(request, grants).grant).toBe('b');
  });

  it('names both the start and the expiry if both exceed the grant', () => {
    const request = { startsAt: addSeconds(now, 1000), expiresAt: addSeconds(now, 1000 + 7200) };
    expect(missing(request, [grant()])).toEqual(['startsAt', 'expiresAt']);
  });

  it('names every limit that a request exceeds', () => {
    const request = { permissions: 'rcw', protocol: 'https,http', expiresAt: addSeconds(now, 7200) } as const;
    expect(missing(request, [grant()])).toEqual(['permissions', 'expiresAt', 'protocol']);
  });

  it('with clamp narrows to what the grant allows and lists what it narrowed', () => {
    const token = allowed(
      {
        permissions: 'rcw',
        protocol: 'https,http',
        expiresAt: new Date('2026-11-22T18:00:00Z'),
        clamp: true,
      },
      [grant()],
    );
    expect(token).toMatchObject({
      permissions: 'cw',
      protocol: 'https',
      expiresAt: new Date('2026-11-22T13:00:00Z'),
    });
    expect(token.clamped).toEqual([
      { field: 'permissions', asked: 'rcw', granted: 'cw' },
      { field: 'expiresAt', asked: '2026-11-22T18:00:00Z', granted: '2026-11-22T13:00:00Z' },
      { field: 'protocol', asked: 'https,http', granted: 'https' },
    ]);
  });

  it('with clamp prefers keeping the letters to a stronger kind', () => {
    const both = [
      grant({ id: 'a', kinds: ['service'], permissions: 'rw', maxTtl: 1800 }),
      grant({ id: 'b', kinds: ['user-delegation'], permissions: 'r' }),
    ];
    const request = { permissions: 'rw', expiresAt: new Date('2026-11-22T12:50:00Z') };
    expect(allowed({ ...request, clamp: true }, both)).toMatchObject({ grant: 'a', permissions: 'rw' });
    expect(missing(request, both)).toEqual(['expiresAt']);
  });

  it('with clamp still refuses if nothing would be left', () => {
    expect(missing({ permissions: 'd', clamp: true }, [grant()])).toEqual(['permissions']);
    expect(missing({ kind: 'service', clamp: true }, [grant({ kinds: ['user-delegation'] })])).toEqual([
      'kind',
    ]);
  });

  it.each([
    ['any', { rule: 'any' }, null, null],
    ['any', { rule: 'any' }, '198.51.100.1', '198.51.100.1'],
    ['required', { rule: 'required' }, '198.51.100.1', '198.51.100.1'],
    ['required', { rule: 'required' }, '198.51.100.0-198.51.100.255', '198.51.100.0-198.51.100.255'],
    [
      'a wide range',
      { rule: 'range', range: '198.0.0.0-198.255.255.255' },
      '198.1.0.0-198.9.0.0',
      '198.1.0.0-198.9.0.0',
    ],
    ['caller', { rule: 'caller' }, '203.0.113.7-203.0.113.7', '203.0.113.7-203.0.113.7'],
    ['caller', { rule: 'caller' }, '203.0.113.7', '203.0.113.7'],
    [
      'range',
      { rule: 'range', range: '198.51.100.0-198.51.100.9' },
      '198.51.100.1-198.51.100.3',
      '198.51.100.1-198.51.100.3',
    ],
  ] as const)('ip %s allows what it means', (_rule, ip, asked, granted) => {
    expect(allowed({ ip: asked }, [grant({ ip })]).ip).toBe(granted);
  });

  it.each([
    ['required', { rule: 'required' }, null, null],
    ['required', { rule: 'required' }, '198.51.100.0-198.51.101.0', null],
    ['required', { rule: 'required' }, '0.0.0.0-255.255.255.255', null],
    ['caller', { rule: 'caller' }, null, '203.0.113.7'],
    ['caller', { rule: 'caller' }, '198.51.100.1', null],
    ['caller', { rule: 'caller' }, '203.0.113.0-203.0.113.9', '203.0.113.7'],
    ['range', { rule: 'range', range: '198.51.100.0-198.51.100.9' }, '198.51.100.10', null],
    ['range', { rule: 'range', range: '198.51.100.0-198.51.100.9' }, null, '198.51.100.0-198.51.100.9'],
    [
      'range',
      { rule: 'range', range: '198.51.100.0-198.51.100.9' },
      '198.51.100.8-198.51.100.12',
      '198.51.100.8-198.51.100.9',
    ],
    [
      'range',
      { rule: 'range', range: '198.51.100.0-198.51.100.9' },
      '198.51.100.9-198.51.100.12',
      '198.51.100.9',
    ],
    [
      'range',
      { rule: 'range', range: '198.51.100.0-198.51.100.9' },
      '198.51.100.0-198.51.100.12',
      '198.51.100.0-198.51.100.9',
    ],
  ] as const)('ip %s refuses what it does not, and clamps where it can', (_rule, ip, asked, clamped) => {
    expect(missing({ ip: asked }, [grant({ ip })])).toEqual(['ip']);
    if (clamped === null) expect(missing({ ip: asked, clamp: true }, [grant({ ip })])).toEqual(['ip']);
    else expect(allowed({ ip: asked, clamp: true }, [grant({ ip })]).ip).toBe(clamped);
  });

  it('never gives an address that was not requested, with or without clamp', () => {
    const octet = fc.integer({ min: 0, max: 20 });
    const range = fc
      .tuple(octet, octet)
      .map(([a, b]) => `203.0.113.${Math.min(a, b)}-203.0.113.${Math.max(a, b)}`);
    const rules = fc.oneof(
      fc.constantFrom<Grant['ip']>({ rule: 'any' }, { rule: 'caller' }, { rule: 'required' }),
      range.map((text): Grant['ip'] => ({ rule: 'range', range: text })),
    );
    fc.assert(
      fc.property(rules, range, fc.boolean(), (ip, asked, clamp) => {
        const { decision } = decide({ ip: asked, clamp }, [grant({ ip })]);
        if (decision.outcome === 'allowed') expect(rangeWithin(decision.token.ip ?? '', asked)).toBe(true);
      }),
    );
  });

  it('binding to the caller refuses a caller whose address cannot be bound', () => {
    expect(
      missing({ clamp: true }, [grant({ ip: { rule: 'caller' } })], undefined, caller({ ip: '10.0.0.4' })),
    ).toEqual(['ip']);
  });

  it('auto prefers user delegation to service, whichever grant allows it', () => {
    const both = [
      grant({ id: 'a', kinds: ['service'] }),
      grant({ id: 'b', permissions: 'racwd', kinds: ['user-delegation'] }),
    ];
    expect(allowed({}, both)).toMatchObject({ kind: 'user-delegation', grant: 'b' });
    const service = allowed({}, [grant({ kinds: ['service'] })]);
    expect(service.kind).toBe('service');
    expect(service.kindReason).toContain('user-delegation');
  });

  it('explains for auto only what rules out user delegation, not what was clamped', () => {
    const service = grant({ kinds: ['service'] });
    const asked = { permissions: 'rcw', clamp: true } as const;
    expect(allowed(asked, [service]).kindReason).toBe(
      'service, because user-delegation does not work here: grant photo-upload allows service SAS, not user-delegation',
    );
  });

  it('auto chooses service if a user delegation SAS could not live as long', () => {
    const long = grant({ maxTtl: 30 * 86_400 });
    const request = { expiresAt: addSeconds(now, 10 * 86_400) };
    expect(allowed(request, [long], [account({ maxTokenTtl: 30 * 86_400 })]).kind).toBe('service');
  });

  it('limits a token by an account key to the account’s maxTokenTtl', () => {
    expect(
      missing(
        { kind: 'service', expiresAt: addSeconds(now, 3000) },
        [grant()],
        [account({ maxTokenTtl: 1800 })],
      ),
    ).toEqual(['expiresAt']);
  });

  it('allows no service SAS for an account without keys', () => {
    expect(missing({ kind: 'service' }, [grant()], [account({ keys: null })])).toEqual(['kind']);
    expect(allowed({}, [grant()], [account({ keys: null })]).kind).toBe('user-delegation');
  });

  it('allows user delegation SAS for a service only if the pinned version has them', () => {
    const queue = {
      resource: { account: 'media', service: 'queue', queue: 'jobs' },
      permissions: 'r',
    } as const;
    const queues = grant({ resources: ['media/queue/jobs'], permissions: 'r' });
    expect(allowed(queue, [queues]).kind).toBe('user-delegation');
    expect(allowed(queue, [queues], [account({ sasVersion: '2024-11-04' })]).kind).toBe('service');
    const table = {
      resource: { account: 'media', service: 'table', table: 'Inventory' },
      permissions: 'r',
    } as const;
    expect(allowed(table, [grant({ resources: ['media/table/Inventory'], permissions: 'r' })]).kind).toBe(
      'service',
    );
  });

  it('allows an account SAS only if it is requested by name and a grant’s accountSas includes it', () => {
    const resource = { account: 'media', services: ['blob'], resourceTypes: ['object'] } as const;
    const scope = {
      account: 'media',
      services: new Set(['blob', 'queue'] as const),
      resourceTypes: new Set(['object'] as const),
    };
    const granted = grant({
      resources: ['media/blob/*/**'],
      accountSas: [scope],
      permissions: 'r',
      kinds: ['account', 'service'],
    });
    expect(allowed({ resource, permissions: 'r', kind: 'account' }, [granted]).kind).toBe('account');
    expect(
      missing({ resource: { ...resource, services: ['table'] }, permissions: 'r', kind: 'account' }, [
        granted,
      ]),
    ).toEqual(['resource']);
    expect(
      missing({ resource, permissions: 'r', kind: 'account' }, [
        grant({ resources: ['media/blob/*/**'], permissions: 'r' }),
      ]),
    ).toEqual(['resource']);
    const blob = { account: 'media', service: 'blob', container: 'uploads', blob: 'x' } as const;
    expect(allowed({ resource: blob, permissions: 'r' }, [granted]).kind).toBe('service');
  });

  it('uses and names the grant with the least excess', () => {
    const wide = grant({ id: 'a-wide', permissions: 'racwd' });
    const shallow = grant({ id: 'b-shallow', resources: ['media/blob/uploads/inbox/*'] });
    const narrow = grant({ id: 'c-narrow' });
    expect(allowed({}, [wide, narrow]).grant).toBe('c-narrow');
    expect(allowed({}, [wide, narrow, shallow]).grant).toBe('b-shallow');
    expect(allowed({ permissions: 'r' }, [wide, narrow, shallow]).grant).toBe('a-wide');
  });

  it('a grant in report mode allows nothing and is reported', () => {
    const watched = grant({ id: 'watched', mode: 'report', permissions: 'rcw' });
    expect(decide({ permissions: 'r' }, [grant(), watched])).toMatchObject({
      decision: { outcome: 'denied' },
      wouldAllow: ['watched'],
    });
    expect(decide({}, [grant(), watched])).toMatchObject({
      decision: { outcome: 'allowed' },
      wouldAllow: [],
    });
    expect(decide({ permissions: 'd' }, [watched]).wouldAllow).toEqual([]);
  });

  it('reveals what the account does not support to covered callers only', () => {
    const flat = account({ unsupportedFields: new Set(['ses']) });
    const request = { encryptionScope: 'scope1', permissions: 'wo' };
    expect(decide(request, [grant({ permissions: 'wo' })], [flat]).decision).toMatchObject({
      outcome: 'invalid',
      faults: [{ path: 'encryptionScope' }, { path: 'permissions' }],
    });
    expect(missing(request, [], [flat])).toEqual(['resource']);
  });

  it('never allows more than one single grant does, with or without clamp', () => {
    const letters = fc.subarray(Array.from('racwdl')).map((list) => list.join(''));
    const grants = fc.array(
      fc.record({
        permissions: letters,
        maxTtl: fc.integer({ min: 60, max: 700_000 }),
        maxAhead: fc.integer({ min: 0, max: 1500 }),
        kinds: fc.subarray(['user-delegation', 'service'], { minLength: 1 }),
      }),
      { maxLength: 4 },
    );
    const asked = fc.record({
      permissions: letters.filter((text) => text !== ''),
      ttl: fc.integer({ min: 1, max: 800_000 }),
      start: fc.option(fc.integer({ min: -2000, max: 2000 })),
      clamp: fc.boolean(),
      kind: fc.constantFrom('auto', 'service', 'user-delegation'),
    });
    fc.assert(
      fc.property(grants, asked, (parts, { permissions, ttl, start, clamp, kind }) => {
        const given = parts.map((part, index) => grant({ ...part, id: `g${index}` }));
        const startsAt = start === null ? null : addSeconds(now, start);
        const expiresAt = addSeconds(startsAt !== null && startsAt > now ? startsAt : now, ttl);
        const { decision } = decide({ permissions, startsAt, expiresAt, clamp, kind }, given);
        if (decision.outcome !== 'allowed') return;
        const { token } = decision;
        const used = given.find(({ id }) => id === token.grant)!;
        expect(token.permissions).not.toBe('');
        expect(
          Array.from(token.permissions).every(
            (letter) => used.permissions.blob.has(letter) && permissions.includes(letter),
          ),
        ).toBe(true);
        const earliest = startsAt !== null && startsAt > now ? startsAt : now;
        expect(token.startsAt).toEqual(startsAt);
        expect(earliest.getTime()).toBeLessThanOrEqual(addSeconds(now, used.maxAhead).getTime());
        expect(token.expiresAt.getTime()).toBeLessThanOrEqual(
          addSeconds(earliest, Math.min(used.maxTtl, ttl)).getTime(),
        );
        expect(used.kinds.has(token.kind)).toBe(true);
        if (!clamp) expect(token.clamped).toEqual([]);
      }),
    );
  });
});
