import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../shared/azure/resources.ts';
import type { Grant, StorageAccount } from '../../../shared/config/broker-config.ts';
import { authorize } from '../../../shared/grants/authorize.ts';
import { findCoverage } from '../../../shared/grants/coverage.ts';
import { explain } from '../../../shared/grants/explain.ts';
import type { TokenRequest } from '../../../shared/requests/token-request.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00Z');
const container: Resource = { account: 'media', service: 'blob', container: 'uploads' };
const share: Resource = { account: 'media', service: 'file', share: 'docs' };

const decide = (request: Partial<TokenRequest>, grants: Grant[], one: StorageAccount) =>
  authorize(
    findCoverage(caller(), tokenRequest(request), { accounts: new Map([['media', one]]), grants }, now, null),
  ).decision;

const allowed = (request: Partial<TokenRequest>, grants: Grant[], one = account()) => {
  const decision = decide(request, grants, one);
  if (decision.outcome !== 'allowed') throw new Error(JSON.stringify(decision));
  return decision.token;
};

describe('a service SAS suggests user delegation', () => {
  it('if the caller’s own grants would have allowed it on the same terms', () => {
    const token = allowed({ kind: 'service' }, [grant()]);
    expect(token.kindReason).toBe(
      'service was requested, and grant photo-upload allows it; user-delegation is narrower and would also have worked',
    );
    expect(token.narrower).toEqual({
      kind: 'user-delegation',
      hints: ['A user-delegation SAS would also have worked: request kind user-delegation or auto'],
    });
    const other = grant({ id: 'other', kinds: ['user-delegation'], maxTtl: 60 });
    const request = { kind: 'service', expiresAt: new Date('2026-11-22T12:01:00Z') } as const;
    expect(allowed(request, [grant({ kinds: ['service'] }), other]).narrower.kind).toBe('user-delegation');
  });

  it.each<[string, Partial<TokenRequest>, Grant[], StorageAccount?]>([
    ['no grant gives it', {}, [grant({ kinds: ['service'] })]],
    [
      'the grant that does is another caller’s',
      {},
      [
        grant({ kinds: ['service'] }),
        grant({ id: 'b', kinds: ['user-delegation'], callers: [{ issuer: 'other', claims: {} }] }),
      ],
    ],
    [
      'the grant that does is for elsewhere',
      {},
      [
        grant({ kinds: ['service'] }),
        grant({ id: 'b', kinds: ['user-delegation'], resources: ['media/blob/photos/**'] }),
      ],
    ],
    [
      'the grant that does only reports',
      {},
      [grant({ kinds: ['service'] }), grant({ id: 'b', kinds: ['user-delegation'], mode: 'report' })],
    ],
    [
      'it would not have lived as long',
      { expiresAt: new Date('2026-12-02T12:00:00Z') },
      [grant({ maxTtl: 30 * 86_400 })],
      account({ maxTokenTtl: 30 * 86_400 }),
    ],
    [
      'the service has none',
      { resource: { account: 'media', service: 'table', table: 'Inventory' }, permissions: 'r' },
      [grant({ resources: ['media/table/Inventory'], permissions: 'r' })],
    ],
    ['a stored policy is behind it', { revocable: true }, [grant()]],
    [
      'it would have given fewer letters',
      { permissions: 'cw', clamp: true },
      [grant({ kinds: ['service'] }), grant({ id: 'b', kinds: ['user-delegation'], permissions: 'c' })],
    ],
    [
      'it would have been shorter by default',
      {},
      [grant({ kinds: ['service'] }), grant({ id: 'b', kinds: ['user-delegation'], defaultTtl: 60 })],
    ],
    [
      'it would have been shortened',
      { expiresAt: new Date('2026-11-22T12:30:00Z'), clamp: true },
      [grant({ kinds: ['service'] }), grant({ id: 'b', kinds: ['user-delegation'], maxTtl: 60 })],
    ],
    [
      'it would have been for one address only',
      { clamp: true },
      [grant({ kinds: ['service'] }), grant({ id: 'b', kinds: ['user-delegation'], ip: { rule: 'caller' } })],
    ],
    [
      'it would have been for https only',
      { protocol: 'https,http', clamp: true },
      [grant({ kinds: ['service'], protocol: 'https,http' }), grant({ id: 'b', kinds: ['user-delegation'] })],
    ],
  ])('but not if %s', (_what, request, grants, one) => {
    expect(allowed({ kind: 'service', ...request }, grants, one).narrower).toEqual({ kind: null, hints: [] });
  });

  it('and neither auto nor user delegation suggests a kind', () => {
    expect(allowed({}, [grant()]).narrower).toEqual({ kind: null, hints: [] });
    expect(allowed({}, [grant({ kinds: ['service'] })]).narrower).toEqual({ kind: null, hints: [] });
  });
});

describe('an account SAS suggests what a grant for single containers, queues, tables or shares would have allowed', () => {
  const accountSas = [
    {
      account: 'media',
      services: new Set(['blob', 'queue', 'table'] as const),
      resourceTypes: new Set(['service', 'container', 'object'] as const),
    },
  ];
  const whole = grant({
    id: 'whole',
    accountSas,
    kinds: ['account'],
    permissions: 'racwdlup',
    resources: [],
  });
  const resources = ['media/blob/*/**', 'media/queue/*', 'media/table/*'];
  const parts = grant({ id: 'parts', resources, permissions: 'rwdl' });

  it.each<[string, TokenRequest['permissions'], Resource, string | null]>([
    ['blobs', 'r', { account: 'media', services: ['blob'], resourceTypes: ['object'] }, 'user-delegation'],
    [
      'listing',
      'rl',
      { account: 'media', services: ['blob'], resourceTypes: ['container', 'object'] },
      'user-delegation',
    ],
    ['tables', 'r', { account: 'media', services: ['table'], resourceTypes: ['object'] }, 'service'],
    [
      'blobs and tables',
      'r',
      { account: 'media', services: ['blob', 'table'], resourceTypes: ['object'] },
      'service',
    ],
    ['making containers', 'w', { account: 'media', services: ['blob'], resourceTypes: ['container'] }, null],
    [
      'deleting containers',
      'd',
      { account: 'media', services: ['blob'], resourceTypes: ['container', 'object'] },
      null,
    ],
    ['the service itself', 'r', { account: 'media', services: ['blob'], resourceTypes: ['service'] }, null],
    [
      'what no other grant allows',
      'a',
      { account: 'media', services: ['blob'], resourceTypes: ['object'] },
      null,
    ],
    [
      'letters that only account SAS have',
      'l',
      { account: 'media', services: ['queue'], resourceTypes: ['object'] },
      null,
    ],
  ])('%s', (_what, permissions, resource, kind) => {
    const token = allowed({ kind: 'account', permissions, resource }, [whole, parts]);
    expect(token.narrower.kind).toBe(kind);
    expect(token.narrower.hints.join()).toMatch(
      kind === null
        ? /^$/
        : new RegExp(`^If one container.* a ${kind} SAS works too: request it as url or resource$`),
    );
    expect(token.kindReason).toBe(
      `account was requested, and grant whole allows it${kind === null ? '' : `; ${kind} is narrower and would also have worked`}`,
    );
  });

  it.each<[string, Partial<Parameters<typeof grant>[0] & object>]>([
    ['one blob only', { resources: ['media/blob/uploads/a.txt'] }],
    ['another account', { resources: ['archive/blob/*/**'] }],
    ['another service', { resources: ['media/queue/*'] }],
    ['less long', { maxTtl: 60 }],
    ['one address', { ip: { rule: 'caller' } }],
  ])('not for a grant for %s', (_what, members) => {
    const resource = { account: 'media', services: ['blob'], resourceTypes: ['object'] } as const;
    const request = { kind: 'account', permissions: 'r', resource } as const;
    expect(
      allowed(request, [whole, { ...grant({ ...members, id: 'parts', permissions: 'r' }) }]).narrower,
    ).toEqual({
      kind: null,
      hints: [],
    });
    const long = { ...whole, maxTtl: 20 * 86_400, defaultTtl: 20 * 86_400 };
    const month = account({ maxTokenTtl: 30 * 86_400 });
    const longParts = grant({ id: 'parts', resources, permissions: 'r', maxTtl: 20 * 86_400 });
    expect(allowed(request, [long, longParts], month).narrower.kind).toBe('service');
  });

  it('only by the caller’s own grants', () => {
    const resource = { account: 'media', services: ['blob'], resourceTypes: ['object'] } as const;
    const theirs = { ...parts, callers: [{ issuer: 'other', claims: {} }] };
    expect(
      allowed({ kind: 'account', permissions: 'r', resource }, [whole, theirs]).narrower.kind,
    ).toBeNull();
  });
});

describe('a request for a whole container', () => {
  const all = grant({ resources: ['media/blob/uploads', 'media/file/docs'], permissions: 'racwdltf' });

  it.each<[string, Resource, RegExp]>([
    [
      'cw',
      container,
      /^The permissions create, write apply to single blobs: request one blob by its own URL instead of the whole container$/,
    ],
    ['r', container, /^The permissions read apply to single blobs: /],
    [
      'd',
      share,
      /^The permissions delete apply to single files: request one file by its own URL instead of the whole share$/,
    ],
  ])('with %s alone gets the hint to request single parts', (permissions, resource, hint) => {
    expect(allowed({ resource, permissions }, [all]).narrower.hints).toEqual([
      expect.stringMatching(hint) as string,
    ]);
  });

  it.each<[string, Resource]>([
    ['l', container],
    ['rl', container],
    ['rf', container],
    ['l', share],
    ['r', { account: 'media', service: 'blob', container: 'uploads', blob: 'x' }],
  ])('with %s that applies to the whole, or for a part, gets no hint', (permissions, resource) => {
    const grants = [all, grant({ id: 'parts', permissions: 'r' })];
    expect(allowed({ resource, permissions }, grants).narrower.hints).toEqual([]);
  });

  it('gets a hint about directories if the letters apply to them too', () => {
    const lake = account({ hierarchical: true });
    const grants = [grant({ resources: ['media/blob/uploads'], permissions: 'racwdxyltfmeopi' })];
    expect(allowed({ resource: container, permissions: 'cwop' }, grants, lake).narrower.hints).toEqual([
      'The permissions create, write, ownership, permissions apply to single blobs or directories: request one blob or directory by its own URL instead of the whole container',
    ]);
  });

  it('gets a hint about the granted letters, not the requested ones', () => {
    const some = [grant({ resources: ['media/blob/uploads'], permissions: 'cw' })];
    const hints = (permissions: string) =>
      allowed({ resource: container, permissions, clamp: true }, some).narrower.hints.join();
    expect(hints('cwl')).toMatch(/^The permissions create, write apply/);
    expect(hints('cwd')).toMatch(/^The permissions create, write apply/);
  });

  it('gets the same hint from explain', () => {
    const config = { accounts: new Map([['media', account()]]), grants: [all] };
    const asked = tokenRequest({ resource: container, permissions: 'r', kind: 'service' });
    const single = expect.stringContaining('apply to single blobs') as string;
    expect(explain(findCoverage(caller(), asked, config, now, null))).toMatchObject({
      allowed: true,
      narrowerKind: 'user-delegation',
      hints: [expect.stringContaining('user-delegation') as string, single],
    });
    for (const grants of [[], [grant({ resources: ['media/blob/uploads'], permissions: 'l' })]])
      expect(explain(findCoverage(caller(), asked, { ...config, grants }, now, null))).toMatchObject({
        allowed: false,
        narrowerKind: null,
        hints: [single],
      });
  });
});
