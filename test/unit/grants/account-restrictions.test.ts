import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant, StorageAccount } from '../../../shared/config/broker-config.ts';
import { authorize } from '../../../shared/grants/authorize.ts';
import { findCoverage } from '../../../shared/grants/coverage.ts';
import { explain } from '../../../shared/grants/explain.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { TokenRequest } from '../../../shared/requests/token-request.ts';
import type { StoredPolicy } from '../../../shared/stored-policies/stored-policy.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00.400Z');
const HOUR = 3600;

const configOf = (grants: Grant[], one: StorageAccount) => ({ accounts: new Map([[one.name, one]]), grants });

const decide = (
  request: Partial<TokenRequest>,
  one: StorageAccount,
  grants = [grant({ maxTtl: 24 * HOUR, maxAhead: 24 * HOUR })],
  policy?: StoredPolicy,
) =>
  authorize(findCoverage(caller(), tokenRequest(request), configOf(grants, one), now, null), policy).decision;

const allowed = (...args: Parameters<typeof decide>) => {
  const decision = decide(...args);
  if (decision.outcome !== 'allowed') throw new Error(JSON.stringify(decision));
  return decision.token;
};

const missing = (...args: Parameters<typeof decide>) => {
  const decision = decide(...args);
  if (decision.outcome !== 'denied') throw new Error(JSON.stringify(decision));
  return decision.denial.missing;
};

describe('an account with allowSharedKeyAccess: false', () => {
  const closed = account({ allowSharedKeyAccess: false });
  const queue = { account: 'media', service: 'queue', queue: 'jobs' } as const;

  const REASON =
    'this account has allowSharedKeyAccess: false, so storage rejects service SAS: only user delegation SAS can be issued for it';

  it('gets no service SAS although it has keys, and the refusal says why', () => {
    expect(missing({ kind: 'service' }, closed)).toEqual([{ path: 'kind', message: REASON }]);
    const without = account({ allowSharedKeyAccess: false, keys: null });
    expect(missing({ kind: 'service' }, without)).toEqual([{ path: 'kind', message: REASON }]);
  });

  it.each<[string, Partial<TokenRequest>, Grant, string]>([
    [
      'a stored policy',
      { policy: 'partners' },
      grant(),
      'a stored access policy works with service SAS only',
    ],
    ['a revocable token', { revocable: true }, grant(), 'a stored access policy works with service SAS only'],
    [
      'a table',
      { resource: { account: 'media', service: 'table', table: 'Inventory' }, permissions: 'r' },
      grant({ resources: ['media/table/Inventory'], permissions: 'r' }),
      'there is no user delegation SAS for the table service',
    ],
    [
      'a grant of service SAS only',
      {},
      grant({ kinds: ['service'] }),
      'grant photo-upload allows service SAS, not user-delegation',
    ],
  ])('explains for auto why neither kind works: %s', (_what, request, one, other) => {
    expect(missing(request, closed, [one])).toEqual([
      { path: 'kind', message: other },
      { path: 'kind', message: REASON },
    ]);
  });

  it('gets no account SAS, and the refusal says why', () => {
    const scope = {
      account: 'media',
      services: new Set(['blob'] as const),
      resourceTypes: new Set(['object'] as const),
    };
    const resource = { account: 'media', services: ['blob'], resourceTypes: ['object'] } as const;
    const whole = grant({ accountSas: [scope], kinds: ['account'], permissions: 'r' });
    const request = { resource, kind: 'account', permissions: 'r' } as const;
    expect(missing(request, closed, [whole])[0]).toMatchObject({
      path: 'kind',
      message: expect.stringContaining('rejects account SAS') as string,
    });
    expect(allowed(request, account(), [whole]).kind).toBe('account');
  });

  it('still gets user delegation SAS', () => {
    expect(allowed({}, closed).kind).toBe('user-delegation');
    expect(allowed({ kind: 'user-delegation' }, closed).kind).toBe('user-delegation');
  });

  it('gets nothing for resources without user delegation SAS, and explain offers none', () => {
    const table = { account: 'media', service: 'table', table: 'Inventory' } as const;
    const tables = grant({ resources: ['media/table/Inventory'], permissions: 'r' });
    const request = { resource: table, permissions: 'r' } as const;
    expect(missing(request, closed, [tables]).map(({ path }) => path)).toEqual(['kind', 'kind']);
    for (const kind of ['service', 'auto'] as const)
      expect(
        explain(
          findCoverage(caller(), tokenRequest({ ...request, kind }), configOf([tables], closed), now, null),
        ).largest,
      ).toBeNull();
    const old = account({ allowSharedKeyAccess: false, sasVersion: '2024-11-04' });
    const queues = grant({ resources: ['media/queue/jobs'], permissions: 'r' });
    expect(missing({ resource: queue, permissions: 'r' }, old, [queues])[0]?.path).toBe('kind');
  });
});

describe('what the account does not support', () => {
  it('is not reported as allowed by grants in report mode', () => {
    const scopeless = account({ unsupportedFields: new Set(['ses']) });
    const grants = [grant({ mode: 'report' }), grant({ id: 'b', permissions: 'r' })];
    const reported = (request: Partial<TokenRequest>) =>
      authorize(findCoverage(caller(), tokenRequest(request), configOf(grants, scopeless), now, null))
        .wouldAllow;
    expect(reported({})).toEqual(['photo-upload']);
    expect(reported({ encryptionScope: 'scope1' })).toEqual([]);
  });
});

describe('a pinned version', () => {
  const container = { account: 'media', service: 'blob', container: 'uploads' } as const;
  const find = { resource: container, permissions: 'lf' } as const;
  const finders = [grant({ resources: ['media/blob/uploads'], permissions: 'lf' })];

  it('rejects letters that it does not have', () => {
    for (const sasVersion of ['2020-12-06', '2021-02-12'])
      expect(decide(find, account({ sasVersion }), finders)).toEqual({
        outcome: 'invalid',
        faults: [
          {
            path: 'permissions',
            message: `SAS version ${sasVersion}, which this account pins, does not support f`,
          },
        ],
      });
    expect(allowed(find, account({ sasVersion: '2021-04-10' }), finders).permissions).toBe('lf');
  });

  it('limits the largest request too', () => {
    const asked = tokenRequest({ resource: container, permissions: 'lr' });
    const largestOf = (sasVersion: string) =>
      explain(findCoverage(caller(), asked, configOf(finders, account({ sasVersion })), now, null)).largest
        ?.permissions;
    expect(['2020-12-06', '2021-04-10'].map(largestOf)).toEqual(['l', 'lf']);
  });

  it('names the policy if the policy sets the letter', () => {
    const policy = { id: 'p', startsAt: null, expiresAt: null, permissions: 'lf', managed: false };
    const request = { resource: container, policy: 'p', permissions: '' };
    expect(decide(request, account({ sasVersion: '2020-12-06' }), finders, policy)).toMatchObject({
      faults: [{ path: 'policy' }],
    });
  });

  it('does not limit the letters of account SAS', () => {
    const accountSas = [
      {
        account: 'media',
        services: new Set(['blob'] as const),
        resourceTypes: new Set(['container'] as const),
      },
    ];
    const whole = grant({ accountSas, kinds: ['account'], permissions: 'lf' });
    const resource = { account: 'media', services: ['blob'], resourceTypes: ['container'] } as const;
    const old = account({ sasVersion: '2020-12-06' });
    expect(allowed({ resource, kind: 'account', permissions: 'lf' }, old, [whole]).permissions).toBe('lf');
  });

  it.each([['bindTo', { boundUser: { objectId: 'o', tenantId: 't' } }, '2025-05-05', '2025-07-05']] as const)(
    'rejects %s if it does not have the field',
    (path, request, before, since) => {
      const lake = (sasVersion: string) => account({ sasVersion, hierarchical: true });
      expect(decide(request, lake(before))).toEqual({
        outcome: 'invalid',
        faults: [
          {
            path,
            message: expect.stringContaining(`SAS version ${before}, which this account pins`) as string,
          },
        ],
      });
      expect(allowed(request, lake(since)).kind).toBe('user-delegation');
    },
  );
});

describe('fields that an endpoint does not support', () => {
  const naming = grant({ agents: new Set(['authorized', 'unauthorized']) });

  it.each([
    ['bindTo', 'sduoid', { boundUser: { objectId: 'o', tenantId: 't' } }],
    ['agent', 'saoid', { agent: { kind: 'authorized', objectId: 'o' } }],
    ['agent', 'suoid', { agent: { kind: 'unauthorized', objectId: 'o' } }],
    ['encryptionScope', 'ses', { encryptionScope: 'scope1' }],
  ] as const)('%s is refused where it does not take %s, and only there', (path, field, request) => {
    const lake = (...fields: (typeof field)[]) =>
      account({ hierarchical: true, unsupportedFields: new Set(fields) });
    expect(decide(request, lake(field))).toEqual({
      outcome: 'invalid',
      faults: [{ path, message: expect.stringContaining(`(${field})`) as string }],
    });
    expect(allowed(request, lake(), [naming]).kind).toBe('user-delegation');
  });

  it('an agent requires a hierarchical namespace', () => {
    expect(decide({ agent: { kind: 'authorized', objectId: 'o' } }, account())).toEqual({
      outcome: 'invalid',
      faults: [{ path: 'agent', message: 'requires an account with a hierarchical namespace' }],
    });
  });

  it('an agent is in the authorized token, and a service SAS cannot name one', () => {
    const lake = account({ hierarchical: true });
    const agent = { kind: 'unauthorized', objectId: 'o' } as const;
    expect(allowed({ agent }, lake, [naming]).agent).toEqual(agent);
    expect(missing({ agent, kind: 'service' }, lake, [naming])).toEqual([
      { path: 'kind', message: 'only a user delegation SAS can name its agent' },
    ]);
  });

  it('an agent must be of a kind that the grant allows', () => {
    const lake = account({ hierarchical: true });
    const refused = (agent: TokenRequest['agent'], grants?: Grant[]) =>
      missing({ agent, clamp: true }, lake, grants);
    const message = 'grant photo-upload does not allow tokens that name their caller as an authorized agent';
    expect(refused({ kind: 'authorized', objectId: 'o' })).toEqual([{ path: 'agent', message }]);
    const unauthorized = grant({ agents: new Set(['unauthorized']) });
    expect(refused({ kind: 'authorized', objectId: 'o' }, [unauthorized])).toEqual([
      { path: 'agent', message },
    ]);
  });
});

describe('an account with a sasPolicy', () => {
  const hour = account({ sasPolicy: { period: HOUR } });
  const at = (time: string) => new Date(`2026-11-22T${time}Z`);

  it.each(['user-delegation', 'service'] as const)('gives every %s SAS a start', (kind) => {
    const token = allowed({ kind }, hour);
    expect(token).toMatchObject({ startsAt: at('11:55:00'), expiresAt: at('12:15:00') });
    expect(allowed({ kind }, account()).startsAt).toBeNull();
  });

  it.each<[string, Partial<TokenRequest>, Date, Date]>([
    ['room for the whole back-dating', { expiresAt: at('12:54:59') }, at('11:55:00'), at('12:54:59')],
    ['room for a part of it', { expiresAt: at('12:58:00') }, at('11:58:00'), at('12:58:00')],
    ['the whole period', { expiresAt: at('13:00:00') }, at('12:00:00'), at('13:00:00')],
    [
      'a start of its own',
      { startsAt: at('12:30:00'), expiresAt: at('13:30:00') },
      at('12:30:00'),
      at('13:30:00'),
    ],
    [
      'a start in the past',
      { startsAt: at('11:30:00'), expiresAt: at('12:30:00') },
      at('11:30:00'),
      at('12:30:00'),
    ],
  ])('a token has %s', (_what, request, startsAt, expiresAt) => {
    expect(allowed(request, hour)).toMatchObject({ startsAt, expiresAt });
  });

  it.each<[string, Partial<TokenRequest>, string]>([
    ['a second more than the period', { expiresAt: at('13:00:01') }, '2026-11-22T13:00:00Z'],
    [
      'more than the period from a start',
      { startsAt: at('13:00:00'), expiresAt: at('14:00:01') },
      '2026-11-22T14:00:00Z',
    ],
    [
      'more than is left since a start',
      { startsAt: at('11:30:00'), expiresAt: at('12:30:01') },
      '2026-11-22T12:30:00Z',
    ],
  ])('%s is refused, or narrowed with clamp', (_what, request, granted) => {
    const [fault] = missing(request, hour);
    expect(fault).toMatchObject({ path: 'expiresAt' });
    expect(fault?.message).toBe(
      `the account’s sasPolicy allows at most PT1H from start to expiry, until ${granted}`,
    );
    expect(allowed({ ...request, clamp: true }, hour).expiresAt).toEqual(new Date(granted));
  });

  it('is not named in the refusal if the grant allows no more itself', () => {
    const [fault] = missing({ expiresAt: at('13:00:01') }, hour, [grant()]);
    expect(fault?.message).toBe('grant photo-upload allows at most PT1H, until 2026-11-22T13:00:00Z');
  });

  it('refuses a start whose period is already over', () => {
    const request = { startsAt: at('10:00:00'), expiresAt: at('12:30:00') };
    expect(missing(request, hour)).toMatchObject([
      {
        path: 'startsAt',
        message:
          'the account’s sasPolicy allows at most PT1H from start to expiry; use a later startsAt, or omit it',
      },
    ]);
    expect(missing({ ...request, clamp: true }, hour)).toMatchObject([{ path: 'startsAt' }]);
  });

  it('shortens a grant’s default', () => {
    const short = account({ sasPolicy: { period: 60 } });
    expect(allowed({}, short)).toMatchObject({ startsAt: at('11:59:30'), expiresAt: at('12:00:30') });
    const day = grant({ defaultTtl: 24 * HOUR, maxTtl: 24 * HOUR });
    expect(allowed({}, hour, [day])).toMatchObject({ startsAt: at('11:55:00'), expiresAt: at('12:55:00') });
    const second = account({ sasPolicy: { period: 1 } });
    expect(allowed({}, second)).toMatchObject({ startsAt: at('12:00:00'), expiresAt: at('12:00:01') });
  });

  it('limits the largest request', () => {
    const asked = tokenRequest({ permissions: 'd' });
    const { largest } = explain(
      findCoverage(caller(), asked, configOf([grant({ maxTtl: 24 * HOUR })], hour), now, null),
    );
    expect(largest).toMatchObject({ ttl: 'PT1H' });
    const long = account({ sasPolicy: { period: 30 * 24 * HOUR } });
    const month = grant({ maxTtl: 30 * 24 * HOUR });
    expect(explain(findCoverage(caller(), asked, configOf([month], long), now, null)).largest).toMatchObject({
      ttl: 'P6DT23H',
    });
  });

  it('rejects a stored policy that sets a start or an expiry: both must be in the token', () => {
    const policy = { id: 'p', startsAt: null, expiresAt: null, permissions: 'cw', managed: false };
    const request = { policy: 'p', permissions: '' };
    expect(allowed(request, hour, undefined, policy)).toMatchObject({ startsAt: at('11:55:00') });
    for (const [held, what] of [
      [{ startsAt: at('11:00:00') }, 'the start'],
      [{ expiresAt: at('12:30:00') }, 'the expiry'],
      [{ startsAt: at('11:00:00'), expiresAt: at('12:30:00') }, 'the start and the expiry'],
    ] as const)
      expect(decide(request, hour, undefined, { ...policy, ...held })).toMatchObject({
        outcome: 'invalid',
        faults: [{ path: 'policy', message: expect.stringContaining(`sets ${what}, but`) as string }],
      });
  });

  it('is never exceeded by an allowed token, whatever the request', () => {
    const times = fc.record({
      period: fc.integer({ min: 1, max: 100_000 }),
      start: fc.option(fc.integer({ min: -100_000, max: 100_000 })),
      ttl: fc.option(fc.integer({ min: 1, max: 200_000 })),
      clamp: fc.boolean(),
      kind: fc.constantFrom('auto', 'service'),
    });
    fc.assert(
      fc.property(times, ({ period, start, ttl, clamp, kind }) => {
        const whole = at('12:00:00');
        const startsAt = start === null ? null : addSeconds(whole, start);
        const expiresAt = ttl === null ? null : addSeconds(startsAt ?? whole, ttl);
        const decision = decide({ startsAt, expiresAt, clamp, kind }, account({ sasPolicy: { period } }));
        if (decision.outcome !== 'allowed') return;
        const token = decision.token;
        const life = token.expiresAt.getTime() - token.startsAt!.getTime();
        expect(life).toBeGreaterThan(0);
        expect(life).toBeLessThanOrEqual(period * 1000);
        expect(token.startsAt!.getMilliseconds()).toBe(0);
        if (startsAt === null) expect(token.startsAt!.getTime()).toBeLessThanOrEqual(now.getTime());
        else expect(token.startsAt).toEqual(startsAt);
      }),
    );
  });
});
