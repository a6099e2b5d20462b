import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOUDS, endpointOf } from '../../../shared/azure/clouds.ts';
import { parseAccountKey } from '../../../shared/keys/account-key-secret.ts';
import { secretTextOf } from '../../../shared/keys/secret-text.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { account } from '../../fakes/configuration.ts';

const KEY = Buffer.alloc(64, 3).toString('base64');
const withString = (parts: Parameters<typeof account>[0] = {}) =>
  account({ keys: { secretName: 'media-key', secretFormat: 'connection-string' }, ...parts });
const endpoints = (of: (service: 'blob' | 'queue' | 'table' | 'file') => string) => ({
  blob: of('blob'),
  queue: of('queue'),
  table: of('table'),
  file: of('file'),
});

describe("a secret's text", () => {
  test('has the key that the signer reads from it, in either format', () => {
    const anyKey = fc.uint8Array({ minLength: 32, maxLength: 80 });
    fc.assert(
      fc.property(anyKey, fc.constantFrom(account(), withString()), (bytes, of) => {
        const text = Buffer.from(bytes).toString('base64');
        const found = parseAccountKey(secretTextOf(new SecretText(text), of), of);
        expect(found.ok && found.value.reveal()).toBe(text);
      }),
    );
  });

  test('names the cloud of an account with the usual endpoints', () => {
    const suffixes = CLOUDS.map((cloud) => {
      const of = withString({ endpoints: endpoints((service) => endpointOf('media', service, cloud)) });
      return secretTextOf(new SecretText(KEY), of).split(';').at(-1);
    });
    expect(suffixes).toEqual([
      'EndpointSuffix=core.windows.net',
      'EndpointSuffix=core.usgovcloudapi.net',
      'EndpointSuffix=core.chinacloudapi.cn',
    ]);
  });

  test('names each endpoint of an account with custom endpoints', () => {
    const of = withString({ endpoints: endpoints((service) => `https://127.0.0.1/${service}/media`) });
    expect(secretTextOf(new SecretText(KEY), of)).toBe(
      `DefaultEndpointsProtocol=https;AccountName=media;AccountKey=${KEY};` +
        'BlobEndpoint=https://127.0.0.1/blob/media;QueueEndpoint=https://127.0.0.1/queue/media;' +
        'TableEndpoint=https://127.0.0.1/table/media;FileEndpoint=https://127.0.0.1/file/media',
    );
  });

  test('names each endpoint if one of them is custom', () => {
    const usual = account().endpoints;
    const of = withString({ endpoints: { ...usual, table: 'https://media.z01.table.storage.azure.net' } });
    expect(secretTextOf(new SecretText(KEY), of)).toContain('TableEndpoint=https://media.z01.table.storage');
  });
});
