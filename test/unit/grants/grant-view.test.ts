import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillPattern } from '../../../shared/config/fill-pattern.ts';
import { findCoveringPatterns } from '../../../shared/config/resource-pattern.ts';
import {
  grantListSchema,
  grantViews,
  ownGrantListSchema,
  ownGrantViews,
} from '../../../shared/grants/grant-view.ts';
import { account, caller, grant, pattern } from '../../fakes/configuration.ts';

const accounts = (...list: ReturnType<typeof account>[]) => new Map(list.map((one) => [one.name, one]));
const media = accounts(account());
const own = (parts: Parameters<typeof grant>[0], claims: Record<string, unknown> = {}, known = media) =>
  ownGrantViews(caller({ claims }), { accounts: known, grants: [grant(parts)] })[0]!;

describe('a caller’s grants', () => {
  it('are those in force whose rules match the caller, in the order of the configuration', () => {
    const grants = [
      grant({ id: 'b' }),
      grant({ id: 'other-issuer', callers: [{ issuer: 'other', claims: {} }] }),
      grant({ id: 'other-role', callers: [{ issuer: 'local', claims: { roles: ['Nobody'] } }] }),
      grant({ id: 'reporting', mode: 'report' }),
      grant({ id: 'a', callers: [{ issuer: 'local', claims: { roles: ['Photos.*'] } }] }),
    ];
    expect(ownGrantViews(caller(), { accounts: media, grants }).map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('have every member, with durations in ISO 8601', () => {
    const view = own(
      {
        description: 'Own folder',
        resources: ['media/blob/uploads/${claims.oid}/**'],
        permissions: 'wc',
        ip: { rule: 'range', range: '203.0.113.1-203.0.113.9' },
        agents: new Set(['authorized'] as const),
        maxTtl: 86_400,
      },
      { oid: 'ann' },
    );
    expect(view).toEqual({
      id: 'photo-upload',
      description: 'Own folder',
      resources: ['media/blob/uploads/ann/**'],
      accountSas: [],
      permissions: { blob: { letters: 'cw', names: ['create', 'write'] } },
      kinds: ['user-delegation', 'service'],
      agents: ['authorized'],
      defaultTtl: 'PT15M',
      maxTtl: 'P1D',
      maxAhead: 'PT15M',
      protocol: 'https',
      ip: '203.0.113.1-203.0.113.9',
      mode: 'enforce',
      unusable: [],
    });
    expect(ownGrantListSchema.parse({ items: [view], nextCursor: null }).items).toEqual([view]);
  });

  it('name the permissions of each service in its own words, and only those that it has', () => {
    const view = own({
      resources: ['media/queue/*', 'media/table/*', 'media/blob/photos'],
      permissions: 'rpuax',
      accountSas: [
        {
          account: 'media',
          services: new Set(['queue'] as const),
          resourceTypes: new Set(['object'] as const),
        },
      ],
    });
    expect(view.permissions).toEqual({
      blob: { letters: 'raxp', names: ['read', 'add', 'deleteVersion', 'permissions'] },
      queue: { letters: 'raup', names: ['read', 'add', 'update', 'process'] },
      table: { letters: 'rau', names: ['query', 'add', 'update'] },
      account: { letters: 'raup', names: ['read', 'add', 'update', 'process'] },
    });
    expect(view.accountSas).toEqual([{ account: 'media', services: ['queue'], resourceTypes: ['object'] }]);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['media/blob/uploads/${claims.oid}/**', {}, /no claim "oid"/],
    ['media/blob/uploads/${claims.toString}/**', {}, /no claim "toString"/],
    ['media/blob/uploads/${claims.groups}', { groups: ['a'] }, /"groups" is not one text/],
    ['media/blob/uploads/${claims.level}', { level: 3 }, /"level" is not one text/],
    ...['', 'a/b', '..', '.hidden', 'end ', 'a*', 'a\\b', 'a\u0007', 'e\u0301', 'x'.repeat(257)].map(
      (value): [string, Record<string, unknown>, RegExp] => [
        'media/blob/uploads/${claims.oid}',
        { oid: value },
        /"oid" cannot be one segment/,
      ],
    ),
    ['media/blob/${claims.oid}', { oid: 'Ann Archer' }, /its container must be 3 to 63 lower-case letters/],
    ['media/table/${claims.oid}', { oid: '0c0ffee0-0000' }, /its table must be 3 to 63 letters and digits/],
    ['media/blob/uploads/sig=${claims.x}', { x: 'A'.repeat(43) }, /looks like a SAS or a key/],
    ['archive/blob/photos', {}, /no account "archive" is configured/],
  ])('say why %s with %j cannot be used, without the value', (source, claims, why) => {
    const view = own({ resources: ['media/blob/photos', source] }, claims);
    expect(view.resources).toEqual(['media/blob/photos']);
    expect(view.unusable).toEqual([{ pattern: source, why: expect.stringMatching(why) as string }]);
    for (const value of Object.values(claims))
      if (String(value).length > 5) expect(JSON.stringify(view)).not.toContain(String(value));
  });

  it.each([
    [{ keys: null }, ['service'], 'media/blob/photos', /without keys/],
    [{ allowSharedKeyAccess: false }, ['service'], 'media/queue/jobs', /allowSharedKeyAccess: false/],
    [
      { keys: null, sasVersion: '2020-12-06' },
      ['user-delegation', 'service'],
      'media/queue/jobs',
      /requires version/,
    ],
  ])('say that an account with %j has no %j SAS for %s', (parts, kinds, source, why) => {
    const view = own({ resources: [source], kinds }, {}, accounts(account(parts)));
    expect(view).toMatchObject({ resources: [], unusable: [{ pattern: source }] });
    expect(view.unusable[0]?.why).toMatch(why);
  });

  it('are filled in as they are matched: the filled text covers what the template covers', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('ann', 'a.b', 'a b', '.a', 'a ', 'a/b', 'a*', '\u00e9', '', null, 7, ['a']),
    );
    const template = pattern('media/blob/uploads/u-${claims.x}/*/**');
    fc.assert(
      fc.property(value, (x) => {
        const filled = fillPattern(template, { x });
        const blob = `u-${String(x)}/any/thing`;
        const resource = { account: 'media', service: 'blob', container: 'uploads', blob } as const;
        const covers = findCoveringPatterns([template], resource, { x }).length > 0;
        expect(filled.ok).toBe(covers);
        if (filled.ok) expect(filled.value).toBe(`media/blob/uploads/u-${String(x)}/*/**`);
      }),
    );
  });
});

describe('the grants of the configuration', () => {
  it('are all listed as templates with their callers, those that only report too', () => {
    const callers = [
      { issuer: 'local', claims: { roles: ['A', 'B'] } },
      { issuer: 'other', claims: {} },
    ];
    const grants = [
      grant({ id: 'one', resources: ['media/blob/uploads/${claims.oid}/**', 'gone/blob/x'], callers }),
      grant({ id: 'two', mode: 'report' }),
    ];
    const views = grantViews({ accounts: media, grants });
    expect(views).toMatchObject([
      {
        id: 'one',
        resources: ['media/blob/uploads/${claims.oid}/**', 'gone/blob/x'],
        callers,
        unusable: [{ pattern: 'gone/blob/x' }],
      },
      { id: 'two', mode: 'report', unusable: [] },
    ]);
    expect(grantListSchema.parse({ items: views, nextCursor: null }).items).toEqual(views);
  });
});
