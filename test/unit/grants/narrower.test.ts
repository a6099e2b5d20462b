import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../shared/azure-storage.ts';
import type { Grant, StorageAccount } from '../../../shared/config/broker-config.ts';
import { authorize } from '../../../shared/grants/authorize.ts';
import { explain } from '../../../shared/grants/explain.ts';
import type { TokenRequest } from '../../../shared/issuing/token-request.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00Z');
const container: Resource = { account: 'media', service: 'blob', container: 'uploads' };
const share: Resource = { account: 'media', service: 'file', share: 'docs' };

const decide = (request: Partial<TokenRequest>, grants: Grant[], one: StorageAccount) =>
  authorize(caller(), tokenRequest(request), { accounts: new Map([['media', one]]), grants }, now).decision;

const allowed = (request: Partial<TokenRequest>, grants: Grant[], one = account()) => {
  const decision = decide(request, grants, one);
  if (decision.outcome !== 'allowed') throw new Error(JSON.stringify(decision));
  return decision.token;
};

describe('a service SAS names user delegation', () => {
  it('where the caller’s own grants would have given that for the same', () => {
    const token = allowed({ kind: 'service' }, [grant()]);
    expect(token.kindReason).toBe(
      'service was asked for, and grant photo-upload allows it; user-delegation is narrower and would have served',
    );
    expect(token.narrower).toEqual({
      kind: 'user-delegation',
      hints: ['a user-delegation SAS would have served: ask for kind user-delegation or auto'],
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
  ])('but not where %s', (_what, request, grants, one) => {
    expect(allowed({ kind: 'service', ...request }, grants, one).narrower).toEqual({ kind: null, hints: [] });
  });

  it('and neither auto nor user delegation itself names one', () => {
    expect(allowed({}, [grant()]).narrower).toEqual({ kind: null, hints: [] });
    expect(allowed({}, [grant({ kinds: ['service'] })]).narrower).toEqual({ kind: null, hints: [] });
  });
});

describe('an account SAS names what a grant for single containers, queues, tables or shares would have given', () => {
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
  const parts = grant({ id: 'parts', resources, permissions: 'rwl' });

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
    ['the service itself', 'r', { account: 'media', services: ['blob'], resourceTypes: ['service'] }, null],
    [
      'what no other grant allows',
      'd',
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
      kind === null ? /^$/ : new RegExp(`a ${kind} SAS would have served wherever one container`),
    );
    expect(token.kindReason).toBe(
      `account was asked for, and grant whole allows it${kind === null ? '' : `; ${kind} is narrower and would have served`}`,
    );
  });

  it('only of the caller’s own', () => {
    const resource = { account: 'media', services: ['blob'], resourceTypes: ['object'] } as const;
    const theirs = { ...parts, callers: [{ issuer: 'other', claims: {} }] };
    expect(
      allowed({ kind: 'account', permissions: 'r', resource }, [whole, theirs]).narrower.kind,
    ).toBeNull();
  });
});

describe('a request for a whole container', () => {
  const all = grant({ resources: ['media/blob/uploads', 'media/file/docs'], permissions: 'racwdlt' });

  it.each<[string, Resource, RegExp]>([
    ['cw', container, /^create, write: each acts on single blobs, so a token for one blob would be narrower/],
    ['r', container, /^read: .*whole container; ask for the blob’s own URL$/],
    ['d', share, /^delete: each acts on single files.*whole share/],
  ])('with %s alone is told to ask for its parts', (permissions, resource, hint) => {
    expect(allowed({ resource, permissions }, [all]).narrower.hints).toEqual([
      expect.stringMatching(hint) as string,
    ]);
  });

  it.each<[string, Resource]>([
    ['l', container],
    ['rl', container],
    ['l', share],
    ['r', { account: 'media', service: 'blob', container: 'uploads', blob: 'x' }],
  ])('with %s that means the whole, or of a part, is not', (permissions, resource) => {
    const grants = [all, grant({ id: 'parts', permissions: 'r' })];
    expect(allowed({ resource, permissions }, grants).narrower.hints).toEqual([]);
  });

  it('is told so when it is refused, and nothing else', () => {
    const parts = [grant({ resources: ['media/blob/uploads/**'] })];
    const refusal = (resource: Resource, grants: Grant[]) => decide({ resource }, grants, account());
    expect(refusal(container, parts)).toMatchObject({
      outcome: 'denied',
      denial: {
        missing: [
          {
            path: 'resource',
            message: expect.stringMatching(
              /^none of your grants covers this resource; create, write: /,
            ) as string,
          },
        ],
      },
    });
    expect(refusal(container, [])).toEqual(refusal(container, parts));
    expect(refusal({ ...container, account: 'nosuch' }, parts)).toEqual(refusal(container, parts));
  });

  it('is told by explain as well', () => {
    const config = { accounts: new Map([['media', account()]]), grants: [all] };
    const asked = tokenRequest({ resource: container, permissions: 'r', kind: 'service' });
    expect(explain(caller(), asked, config, now).wouldIssue).toMatchObject({
      narrowerKind: 'user-delegation',
      hints: [
        expect.stringContaining('user-delegation') as string,
        expect.stringContaining('single blobs') as string,
      ],
    });
  });
});
