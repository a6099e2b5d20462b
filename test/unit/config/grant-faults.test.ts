import { describe, expect, test } from 'vitest';
import { faultLines, validDocument, withMember } from './config-document.ts';

const SCOPE = { account: 'media', services: ['blob'], resourceTypes: ['object'] };
const upload = validDocument().grants[0]!;
const changeable = (claim: string) =>
  `must not use the claim "${claim}", because users can change it; use a claim such as oid, sub, roles or groups`;

function faultsOfGrant(members: Record<string, unknown>): string[] {
  return faultLines(withMember(['grants', 0], { ...upload, ...members }));
}

describe('a fault of a grant has its path and a remedy', () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    ['a duplicate id', { id: 'work' }, ['$.grants[1].id: must be unique; item 0 has the same id']],
    [
      'an id with a slash',
      { id: 'a/b' },
      ['$.grants[0].id: must be 1 to 64 letters, digits, "-", "_" or ".", beginning with a letter or digit'],
    ],
    [
      'an unknown account',
      { resources: ['medai/blob/x/**'] },
      ['$.grants[0].resources[0]: must name one of "accounts", not "medai"; did you mean "media"?'],
    ],
    [
      'a pattern that does not compile',
      { resources: ['media/blob/a/b', 'media/blob/a/**/b'] },
      ['$.grants[0].resources[1]: must use "**" as the whole last segment only'],
    ],
    [
      'something below a queue',
      { resources: ['media/queue/jobs/**'], permissions: 'r' },
      ['$.grants[0].resources[0]: must end with the queue, because a queue contains no other resource'],
    ],
    [
      'something below a partition',
      { resources: ['media/table/T/p/**'], permissions: 'r' },
      ['$.grants[0].resources[0]: must end with the table or one partition key'],
    ],
    [
      'a template of a claim that users can change',
      { resources: ['media/blob/u/${claims.upn}/**'] },
      [`$.grants[0].resources[0]: ${changeable('upn')}`],
    ],
    ['no resources', { resources: [] }, ['$.grants[0].resources: must name at least one resource']],
    [
      'service SAS for an account without keys',
      { resources: ['lake/blob/c/**'], kinds: ['service'] },
      [
        '$.grants[0].resources[0]: account "lake" has no "keys", but this grant allows service SAS only; add "user-delegation" to "kinds", or add "keys" to the account',
      ],
    ],
    [
      'the kind account without accountSas',
      { kinds: ['user-delegation', 'account'] },
      ['$.grants[0].accountSas: must have at least one item, because "kinds" has "account"'],
    ],
    [
      'accountSas without the kind account',
      { accountSas: [SCOPE] },
      ['$.grants[0].accountSas: needs "account" in "kinds"; add "account" or remove "accountSas"'],
    ],
    [
      'resources for an account SAS alone',
      { kinds: ['account'], accountSas: [SCOPE] },
      [
        '$.grants[0].resources: needs "user-delegation" or "service" in "kinds", because an account SAS has no resource',
      ],
    ],
    [
      'an account SAS of an account without keys',
      { kinds: ['account'], resources: [], accountSas: [{ ...SCOPE, account: 'lake' }] },
      [
        '$.grants[0].accountSas[0].account: account "lake" has no "keys", but this grant allows an account SAS; remove this item, or add "keys" to the account',
      ],
    ],
    ['no kinds', { kinds: [] }, ['$.grants[0].kinds: must have at least 1 item']],
    [
      'a name in place of letters, which as letters could delete',
      { permissions: 'read' },
      [`$.grants[0].permissions: must be Azure's letters or a list of names; to use a name, write ["read"]`],
    ],
    [
      'letters that a blob does not have',
      { permissions: 'cwl' },
      ['$.grants[0].permissions: has l, which no resource of this grant supports; supported are racwdxytmei'],
    ],
    [
      'letters of hierarchical accounts on a flat one',
      { permissions: 'ro', resources: ['media/blob/c'] },
      [
        '$.grants[0].permissions: has o, which no resource of this grant supports; supported are racwdxyltfmei',
      ],
    ],
    [
      'a queue’s name for a letter of a blob',
      { permissions: ['read', 'process'], resources: ['lake/blob/c/**'] },
      [
        '$.grants[0].permissions: has process, which no resource of this grant supports; supported are racwdxytmeopil',
      ],
    ],
    [
      'letters that an account SAS of the services does not have',
      { permissions: 'rp', kinds: ['account'], resources: [], accountSas: [SCOPE] },
      ['$.grants[0].permissions: has p, which no resource of this grant supports; supported are rwdxylactfi'],
    ],
    [
      'a default beyond the maximum',
      { defaultTtl: 'PT2H' },
      ['$.grants[0].defaultTtl: must be at most maxTtl, PT1H'],
    ],
    [
      'a life longer than a user delegation key’s',
      { maxTtl: 'P7D' },
      [
        '$.grants[0].maxTtl: must be at most P6DT23H: a user delegation key lives 7 days, minus an hour for its earlier start and its renewal',
      ],
    ],
    [
      'a life longer than the maxTokenTtl',
      { maxTtl: 'P2D', kinds: ['service', 'user-delegation'] },
      ['$.grants[0].maxTtl: must be at most P1D: the maxTokenTtl of account "media"'],
    ],
    [
      'a life of zero seconds',
      { maxTtl: 'PT0S', defaultTtl: 1 },
      ['$.grants[0].maxTtl: must be at least PT1S', '$.grants[0].defaultTtl: must be at most maxTtl, PT0S'],
    ],
    [
      'a start further ahead than any duration may be',
      { maxAhead: 'P367D' },
      ['$.grants[0].maxAhead: must be at most P366D'],
    ],
    [
      'a duration with months',
      { maxTtl: 'P1M' },
      ['$.grants[0].maxTtl: must be an ISO 8601 duration such as "PT15M", or whole seconds'],
    ],
    [
      'CIDR',
      { ip: '10.0.0.0/8' },
      [
        '$.grants[0].ip: must be any, caller, required, an IPv4 address such as 203.0.113.7, or a range "first-last"; a SAS does not support CIDR, so give the first and last address',
      ],
    ],
    [
      'an unknown issuer',
      { callers: [{ issuer: 'entre' }] },
      ['$.grants[0].callers[0].issuer: must be the id of one of "issuers"; did you mean "entra"?'],
    ],
    [
      'more claims than a rule may have',
      {
        callers: [
          {
            issuer: 'entra',
            claims: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`c${n}`, 'x'])),
          },
        ],
      },
      ['$.grants[0].callers[0].claims: must have at most 20 members'],
    ],
    [
      'callers by a claim that users can change',
      { callers: [{ issuer: 'entra', claims: { preferred_username: 'a@b' } }] },
      [`$.grants[0].callers[0].claims.preferred_username: ${changeable('preferred_username')}`],
    ],
  ])('%s', (_, members, expected) => {
    expect(faultsOfGrant(members)).toEqual(expected);
  });

  test.each([
    ['hierarchical letters on a hierarchical account', { resources: ['lake/blob/c'], permissions: 'op' }],
    [
      'a letter that one of its resources has',
      { resources: ['media/blob/c', 'media/blob/c/**'], permissions: 'lr' },
    ],
    [
      'user delegation of an account without keys',
      { resources: ['lake/blob/c'], kinds: ['service', 'user-delegation'] },
    ],
    ['the longest user delegation', { maxTtl: 'P6DT23H' }],
    ['a grant without a start in the future', { maxAhead: 'PT0S' }],
    ['an address range', { ip: '203.0.113.1-203.0.113.9' }],
    [
      'a partition of a table',
      { resources: ['media/table/T/**', 'media/table/T/p*'], permissions: ['query'] },
    ],
    ['an account SAS', { kinds: ['account'], resources: [], accountSas: [SCOPE] }],
  ])('%s is no fault', (_, members) => {
    expect(faultsOfGrant(members)).toEqual([]);
  });
});

describe('a fault of a role has its path and a remedy', () => {
  test('a claim that users can change', () => {
    const text = withMember(
      ['roles', 'operator'],
      [{ issuer: 'entra', claims: { email: 'ops@contoso.com' } }],
    );
    expect(faultLines(text)).toEqual([`$.roles.operator[0].claims.email: ${changeable('email')}`]);
  });

  test('every caller of an issuer as operator', () => {
    const text = withMember(['roles', 'operator'], [{ issuer: 'entra' }]);
    expect(faultLines(text)).toEqual([
      '$.roles.operator[0].claims: must have at least one claim; otherwise, every caller of the issuer would have the role operator',
    ]);
  });
});
