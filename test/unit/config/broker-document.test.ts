import { describe, expect, test } from 'vitest';
import { parseBrokerConfig } from '../../../shared/config/load-broker-config.ts';
import { faultLines, validDocument, withMember } from './config-document.ts';

function configOf(text: string) {
  const result = parseBrokerConfig(text);
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value;
}

describe('faults of shape', () => {
  test.each<[string, (string | number)[], unknown, string[]]>([
    ['a missing member', ['accounts', 0, 'sasVersion'], undefined, ['$.accounts[0].sasVersion: is required']],
    [
      'a misspelled member',
      ['grants', 0, 'callers', 0, 'claim'],
      {},
      ['$.grants[0].callers[0].claim: is not a known member; did you mean "claims"?'],
    ],
    [
      'an unknown member',
      ['roles', 'x-y'],
      [],
      ['$.roles["x-y"]: is not a known member; expected one of auditor, operator'],
    ],
    ['a null', ['cloud'], null, ['$.cloud: must be one of public, usgovernment, china']],
    [
      'text in place of a boolean',
      ['accounts', 1, 'hierarchical'],
      'yes',
      ['$.accounts[1].hierarchical: must be true or false'],
    ],
    ['text in place of a list', ['accounts'], 'media', ['$.accounts: must be a list']],
    [
      'a number in place of a claim’s text',
      ['grants', 0, 'callers', 0, 'claims', 'a/b'],
      3,
      ['$.grants[0].callers[0].claims["a/b"]: must be a string or a list'],
    ],
    [
      'a fraction of a second',
      ['grants', 0, 'maxTtl'],
      0.5,
      ['$.grants[0].maxTtl: must be a string or a whole number'],
    ],
    ['a negative time', ['grants', 0, 'maxTtl'], -1, ['$.grants[0].maxTtl: must be at least 0']],
    [
      'too many issuers',
      ['issuers'],
      Array.from({ length: 21 }, (_, index) => ({
        id: index === 0 ? 'entra' : `i${index}`,
        issuer: `https://i${index}`,
        audiences: ['a'],
      })),
      ['$.issuers: must have at most 20 items'],
    ],
  ])('%s', (_, path, value, expected) => {
    expect(faultLines(withMember(path, value))).toEqual(expected);
  });

  test('a document that is not an object has one fault', () => {
    expect(faultLines('[]')).toEqual(['$: must be a JSON object']);
  });

  test('a file that is too large is rejected unread', () => {
    expect(faultLines(' '.repeat(1_048_577))).toEqual(['$: must be at most 1048576 bytes']);
  });
});

test('every fault is reported at once, and no fault causes further faults', () => {
  const document = {
    ...validDocument(),
    clowd: 'public',
    accounts: [{ ...validDocument().accounts[0], name: 'media', sasVersion: '1999-01-01' }, { name: 'Lake' }],
    grants: [
      {
        ...validDocument().grants[0],
        maxTtl: 'soon',
        defaultTtl: 'PT9H',
        resources: ['media/blob/a', 'Lake/blob/c', 'other/blob/c'],
      },
      { id: 'upload', callers: [], permissions: 'zz' },
    ],
    roles: { auditor: [{ issuer: 'nobody', claims: { name: 'Root' } }] },
  };
  expect(
    faultLines(JSON.stringify(document))
      .map((line) => line.split(': ')[0])
      .sort(),
  ).toEqual([
    '$.accounts[0].sasVersion',
    '$.accounts[1].name',
    '$.accounts[1].resourceId',
    '$.accounts[1].sasVersion',
    '$.clowd',
    '$.grants[0].maxTtl',
    '$.grants[0].resources[2]',
    '$.grants[1].callers',
    '$.grants[1].id',
    '$.grants[1].permissions',
    '$.grants[1].resources',
    '$.roles.auditor[0].claims.name',
    '$.roles.auditor[0].issuer',
  ]);
});

describe('a document without faults', () => {
  test('is compiled with all defaults', () => {
    const document = validDocument();
    delete document.accounts[0]!.rotation!.takeOver;
    delete document.issuers[0]!.subject;
    const { config } = configOf(JSON.stringify(document));
    expect(config.accounts.get('media')).toMatchObject({
      hierarchical: false,
      endpoints: { blob: 'https://media.blob.core.windows.net', file: 'https://media.file.core.windows.net' },
      keys: { secretName: 'media-key', secretFormat: 'key' },
      rotation: { every: 2_592_000, takeOver: false, overlap: 86_400, settle: 120, clockSkew: 300 },
      maxTokenTtl: 86_400,
      keyCache: 60,
      keyStaleMax: 600,
    });
    expect(config.accounts.get('lake')).toMatchObject({ keys: null, rotation: null, maxTokenTtl: 604_800 });
    expect(config.issuers[0]).toMatchObject({ subject: 'sub', require: {} });
    expect(config.grants[0]).toMatchObject({
      description: null,
      permissions: { blob: new Set(['c', 'w']), account: new Set(['c', 'w']) },
      kinds: new Set(['user-delegation']),
      accountSas: [],
      defaultTtl: 900,
      maxTtl: 3600,
      maxAhead: 900,
      protocol: 'https',
      ip: { rule: 'any' },
      mode: 'enforce',
    });
    expect(config.grants[1]?.callers[0]?.claims).toEqual({ roles: ['Jobs.Work', 'Jobs.*'] });
    expect(config.roles.operator).toEqual([]);
  });

  test('has the endpoints of its cloud, or configured ones without a trailing slash', () => {
    const china = configOf(withMember(['cloud'], 'china')).config;
    expect(china.accounts.get('media')?.endpoints.table).toBe('https://media.table.core.chinacloudapi.cn');
    const local = configOf(
      withMember(['accounts', 0, 'endpoints'], { blob: 'https://127.0.0.1:10000/media/' }),
    );
    expect(local.config.accounts.get('media')?.endpoints.blob).toBe('https://127.0.0.1:10000/media');
  });

  test('a grant with a maximum below the usual default TTL has the maximum as its default', () => {
    expect(configOf(withMember(['grants', 0, 'maxTtl'], 60)).config.grants[0]?.defaultTtl).toBe(60);
  });

  test('cannot be changed', () => {
    const { config } = configOf(JSON.stringify(validDocument()));
    expect(Object.isFrozen(config.grants[0]?.resources[0]?.segments[0]?.[0])).toBe(true);
    expect(Object.isFrozen(config.accounts.get('media')?.endpoints)).toBe(true);
  });

  test('has the hash of its exact text', () => {
    const text = JSON.stringify(validDocument());
    expect(configOf(text).config.hash).not.toBe(configOf(`${text}\n`).config.hash);
    expect(configOf(text).config.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('causes a warning for an audience that no v2.0 token has', () => {
    expect(configOf(withMember(['issuers', 0, 'audiences'], ['id', 'api://id'])).warnings).toEqual([
      {
        path: '$.issuers[0].audiences[1]',
        message:
          "is an api:// URI, but Microsoft Entra's v2.0 tokens carry the API's client id; use the client id",
      },
    ]);
  });
});
