import { describe, expect, test } from 'vitest';
import { faultLines, validDocument, withMember } from './config-document.ts';

const RESOURCE_ID_RULE =
  'must be /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Storage/storageAccounts/<name>';
const lake = validDocument().accounts[1]!;
const media = validDocument().accounts[0]!;

test('the base document of these tests has no faults', () => {
  expect(faultLines(JSON.stringify(validDocument()))).toEqual([]);
});

describe('a fault of an account has its path and a remedy', () => {
  test.each<[string, (string | number)[], unknown, string[]]>([
    [
      'a name with capitals',
      ['accounts', 1, 'name'],
      'Lake',
      [
        '$.accounts[1].name: must be 3 to 24 lower-case letters and digits, which is the rule for account names',
      ],
    ],
    [
      'a duplicate name',
      ['accounts', 2],
      { ...lake, endpoints: undefined },
      ['$.accounts[2].name: must be unique; item 1 has the same name'],
    ],
    [
      'an invalid resource id',
      ['accounts', 1, 'resourceId'],
      'lake',
      [`$.accounts[1].resourceId: ${RESOURCE_ID_RULE}`],
    ],
    [
      "another account's resource id",
      ['accounts', 1, 'resourceId'],
      media.resourceId,
      ['$.accounts[1].resourceId: must end with the name of this account, "lake"'],
    ],
    [
      'an endpoint that is not a URL',
      ['accounts', 1, 'endpoints'],
      { blob: 'lake.blob.core.windows.net' },
      ['$.accounts[1].endpoints.blob: must be an absolute https:// (or http://) URL'],
    ],
    [
      'an endpoint with a query',
      ['accounts', 1, 'endpoints'],
      { queue: 'https://h/lake?sig=x' },
      ['$.accounts[1].endpoints.queue: must not have a query or fragment'],
    ],
    [
      'an endpoint with a password',
      ['accounts', 1, 'endpoints'],
      { file: 'https://a:b@h/lake' },
      ['$.accounts[1].endpoints.file: must not have a user or password'],
    ],
    [
      "another account's endpoint",
      ['accounts', 1, 'endpoints'],
      { blob: 'https://MEDIA.blob.core.windows.net:443/' },
      ['$.accounts[1].endpoints.blob: must differ from the blob endpoint of account "media"'],
    ],
    [
      'an unknown optional field',
      ['accounts', 1, 'unsupportedFields'],
      ['skoid'],
      ['$.accounts[1].unsupportedFields[0]: must be one of scid, saoid, suoid, sduoid, ses'],
    ],
    [
      'a secret name that Key Vault rejects',
      ['accounts', 0, 'keys', 'secretName'],
      'media_key',
      [
        '$.accounts[0].keys.secretName: must be 1 to 127 letters, digits and "-", which is the rule for secret names in Key Vault',
      ],
    ],
    [
      'a secret that two accounts share',
      ['accounts', 1, 'keys'],
      { secretName: 'MEDIA-key' },
      ['$.accounts[1].keys.secretName: must be unique; item 0 has the same secret'],
    ],
    [
      'shared key access that is neither true nor false',
      ['accounts', 0, 'allowSharedKeyAccess'],
      'no',
      ['$.accounts[0].allowSharedKeyAccess: must be true or false'],
    ],
    [
      'a SAS policy without a period',
      ['accounts', 0, 'sasPolicy'],
      { expirationAction: 'Block' },
      ['$.accounts[0].sasPolicy.sasExpirationPeriod: is required'],
    ],
    [
      'a SAS policy with an invalid period',
      ['accounts', 0, 'sasPolicy'],
      { sasExpirationPeriod: '25:00:00' },
      [
        '$.accounts[0].sasPolicy.sasExpirationPeriod: must be DD.HH:MM:SS such as "1.12:00:00", an ISO 8601 duration such as "P1DT12H", or whole seconds',
      ],
    ],
    [
      'a SAS policy of zero seconds',
      ['accounts', 0, 'sasPolicy'],
      { sasExpirationPeriod: '0.00:00:00' },
      ['$.accounts[0].sasPolicy.sasExpirationPeriod: must be at least PT1S'],
    ],
    [
      'a SAS policy of more than a year',
      ['accounts', 0, 'sasPolicy'],
      { sasExpirationPeriod: '367.00:00:00' },
      ['$.accounts[0].sasPolicy.sasExpirationPeriod: must be at most P366D'],
    ],
    [
      'a SAS policy with an unknown action',
      ['accounts', 0, 'sasPolicy'],
      { sasExpirationPeriod: 'P1D', expirationAction: 'Deny' },
      ['$.accounts[0].sasPolicy.expirationAction: must be one of Log, Block'],
    ],
    [
      'rotation without keys',
      ['accounts', 1, 'rotation'],
      { every: 'P30D' },
      [
        '$.accounts[1].rotation: needs "keys", because rotation replaces their secret; add "keys" or remove "rotation"',
      ],
    ],
    [
      'a rotation that is due before a drain ends',
      ['accounts', 0, 'rotation', 'every'],
      'P4D',
      [
        '$.accounts[0].rotation.every: must be at least P4DT36M (twice the sum of maxTokenTtl, overlap, keyCache, keyStaleMax, settle, clockSkew), so that one rotation ends before the next begins',
      ],
    ],
    [
      'a wait of zero seconds',
      ['accounts', 0, 'rotation', 'settle'],
      0,
      ['$.accounts[0].rotation.settle: must be at least PT1S'],
    ],
    [
      'a wait of more than a year',
      ['accounts', 0, 'rotation', 'every'],
      'P999D',
      ['$.accounts[0].rotation.every: must be at most P366D'],
    ],
  ])('%s', (_, path, value, expected) => {
    expect(faultLines(withMember(path, value))).toEqual(expected);
  });

  test('an unknown SAS version is rejected with a list of the supported ones', () => {
    const [line, ...rest] = faultLines(withMember(['accounts', 0, 'sasVersion'], '2026-10-06'));
    expect(rest).toEqual([]);
    expect(line).toMatch(/^\$\.accounts\[0\]\.sasVersion: must be one of 2020-12-06, .*, 2026-04-06$/);
  });

  test('exactly twice the sum is long enough', () => {
    expect(faultLines(withMember(['accounts', 0, 'rotation', 'every'], 'P4DT36M'))).toEqual([]);
  });
});

const TENANT = '22222222-aaaa-bbbb-cccc-333333333333';
const OTHER_TENANT = '44444444-aaaa-bbbb-cccc-555555555555';

function entra(members: object): object {
  return {
    ...validDocument().issuers[0],
    issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    ...members,
  };
}

describe('an issuer that can work has no faults', () => {
  test.each<[string, object]>([
    ['v2.0 tokens', { require: { tid: TENANT, ver: '2.0' } }],
    ['v1.0 tokens', { issuer: `https://sts.windows.net/${TENANT}/`, require: { tid: TENANT, ver: '1.0' } }],
    ['a tenant in capitals', { require: { tid: TENANT.toUpperCase() } }],
    // Azure AD B2C: the issuer of its tokens ends with a slash, and their version is 1.0.
    ['B2C', { issuer: `https://contoso.b2clogin.com/${TENANT}/v2.0/`, require: { ver: '1.0' } }],
    ['the laptop', { issuer: 'https://127.0.0.1:10101', require: { tid: OTHER_TENANT, ver: '2.0' } }],
    ['another provider', { issuer: `https://login.contoso.com/${TENANT}/`, require: { tid: 'x', ver: '3' } }],
  ])('%s', (_, members) => {
    expect(faultLines(withMember(['issuers', 0], entra(members)))).toEqual([]);
  });
});

describe('a fault of an issuer has its path and a remedy', () => {
  test.each<[string, (string | number)[], unknown, string[]]>([
    [
      'a duplicate id',
      ['issuers', 1],
      { id: 'entra', issuer: 'https://other', audiences: ['a'] },
      ['$.issuers[1].id: must be unique; item 0 has the same id'],
    ],
    [
      'one issuer under two ids',
      ['issuers', 1],
      { ...validDocument().issuers[0], id: 'again' },
      ['$.issuers[1].issuer: must be unique; item 0 has the same issuer'],
    ],
    [
      'an issuer for every tenant',
      ['issuers', 0, 'issuer'],
      'https://login.microsoftonline.com/Common/v2.0',
      [
        '$.issuers[0].issuer: must name one tenant, because tokens of every tenant would pass; use the tenant id as the first path segment',
      ],
    ],
    [
      'an issuer for every organization',
      ['issuers', 0, 'issuer'],
      'https://login.microsoftonline.us/organizations',
      [
        '$.issuers[0].issuer: must name one tenant, because tokens of every tenant would pass; use the tenant id as the first path segment',
      ],
    ],
    [
      'http to another machine',
      ['issuers', 0, 'issuer'],
      'http://id.contoso.com',
      ['$.issuers[0].issuer: must be https, unless the host is this machine'],
    ],
    [
      'http to a name that only looks like this machine',
      ['issuers', 0, 'issuer'],
      'http://127.0.0.1.contoso.com',
      ['$.issuers[0].issuer: must be https, unless the host is this machine'],
    ],
    [
      'a subject claim that users can change',
      ['issuers', 0, 'subject'],
      'email',
      [
        '$.issuers[0].subject: must not use the claim "email", because users can change it; use a claim such as oid, sub, roles or groups',
      ],
    ],
    [
      'an Entra issuer of v1.0 tokens, if v2.0 tokens are required',
      ['issuers', 0],
      entra({ issuer: `https://login.microsoftonline.com/${TENANT}`, require: { ver: '2.0' } }),
      ['$.issuers[0].issuer: must end with /v2.0, because require.ver is "2.0"'],
    ],
    [
      'an Entra issuer of v2.0 tokens, if v1.0 tokens are required',
      ['issuers', 0],
      entra({ require: { ver: '1.0' } }),
      ['$.issuers[0].require.ver: must be "2.0", because the issuer ends with /v2.0'],
    ],
    [
      'an Entra issuer of v2.0 tokens with a slash at the end',
      ['issuers', 0],
      entra({ issuer: `https://login.microsoftonline.us/${TENANT}/v2.0/` }),
      [
        '$.issuers[0].issuer: must not end with "/", because the issuer of Microsoft Entra\'s v2.0 tokens does not',
      ],
    ],
    [
      'an Entra issuer of v1.0 tokens without a slash at the end',
      ['issuers', 0],
      entra({ issuer: `https://sts.windows.net/${TENANT}` }),
      ['$.issuers[0].issuer: must end with "/", because the issuer of Microsoft Entra\'s v1.0 tokens does'],
    ],
    [
      "a required tenant that is not the issuer's",
      ['issuers', 0],
      entra({ require: { tid: OTHER_TENANT, ver: '2.0' } }),
      [`$.issuers[0].require.tid: must be the tenant of the issuer, "${TENANT}"`],
    ],
    ['no audience', ['issuers', 0, 'audiences'], [], ['$.issuers[0].audiences: must have at least 1 item']],
  ])('%s', (_, path, value, expected) => {
    expect(faultLines(withMember(path, value))).toEqual(expected);
  });
});
