import { describe, expect, test } from 'vitest';
import { parseBrokerConfig } from '../../../shared/config/load-broker-config.ts';
import { faultLines, withMember } from './config-document.ts';

function warningLines(path: (string | number)[], value: unknown): string[] {
  const result = parseBrokerConfig(withMember(path, value));
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value.warnings.map(({ path, message }) => `${path}: ${message}`);
}

describe('accounts', () => {
  test('rotation without takeOver never begins', () => {
    expect(warningLines(['accounts', 0, 'rotation'], { every: 'P30D' })).toEqual([
      '$.accounts[0].rotation: has no "takeOver", so nothing rotates until an operator takes the account over; set it to true, or to false to wait for the operator',
    ]);
    expect(warningLines(['accounts', 0, 'rotation', 'takeOver'], true)).toEqual([]);
  });

  test('clients cannot use an endpoint in a privatelink zone', () => {
    const endpoints = {
      blob: 'https://media.privatelink.blob.core.windows.net',
      file: 'https://media.file.core.windows.net',
    };
    expect(warningLines(['accounts', 0, 'endpoints'], endpoints)).toEqual([
      '$.accounts[0].endpoints.blob: is a name in a privatelink zone, which the certificates of storage do not cover; leave the endpoint out, because the usual name resolves to the private endpoint',
    ]);
  });
});

describe('resources', () => {
  test.each([
    ['media/blob/Uploads/**', 'container'],
    ['media/blob/u-${claims.oid}-X/**', 'container'],
    ['media/queue/Jobs', 'queue'],
  ])('%s matches nothing', (resource, what) => {
    expect(warningLines(['grants', 0], grantOf(resource))).toEqual([
      `$.grants[0].resources[0]: matches nothing, because the name of a ${what} has no upper-case letters; write it in lower case`,
    ]);
  });

  test.each(['media/blob/uploads/Photos/**', 'media/blob/${claims.OID}/**', 'media/file/Docs/*'])(
    '%s may match',
    (resource) => {
      expect(warningLines(['grants', 0], grantOf(resource))).toEqual([]);
    },
  );

  test.each(['https://media.blob.core.windows.net/uploads?sig=s3cret', 'HTTP://media/blob/uploads'])(
    'the URL %s is a fault with a hint, and is not repeated',
    (resource) => {
      expect(faultLines(withMember(['grants', 0, 'resources'], [resource]))).toEqual([
        '$.grants[0].resources[0]: must not be a URL; write account/service/container, such as media/blob/photos',
      ]);
    },
  );
});

function grantOf(resource: string): object {
  return {
    id: 'a',
    callers: [{ issuer: 'entra', claims: { roles: 'A' } }],
    resources: [resource],
    permissions: 'r',
  };
}
