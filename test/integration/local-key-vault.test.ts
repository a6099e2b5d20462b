import { ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { keyVaultCalls, keyVaultFault, useManagedIdentity } from '../stack-client.ts';

let vault: SecretClient;

beforeAll(() => {
  useManagedIdentity();
  const { keyVault, rotatorClientId } = inject('stack');
  vault = new SecretClient(keyVault, new ManagedIdentityCredential(rotatorClientId));
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('the laptop Key Vault, through the official client', () => {
  it('returns the newest version, and each earlier version by its id', async () => {
    const first = await vault.setSecret('versions', 'one', { tags: { CredentialId: 'key1' } });
    const second = await vault.setSecret('versions', 'two', { contentType: 'text/plain' });

    const newest = await vault.getSecret('versions');

    expect(newest.value).toBe('two');
    expect(newest.properties.version).toBe(second.properties.version);
    expect(newest.properties.tags).toBeUndefined();
    const earlier = await vault.getSecret('versions', { version: first.properties.version! });
    expect([earlier.value, earlier.properties.tags]).toEqual(['one', { CredentialId: 'key1' }]);
    expect(earlier.properties.createdOn).toBeInstanceOf(Date);
  });

  it('lists versions and secrets without their values, page by page', async () => {
    for (const value of ['a', 'b', 'c']) await vault.setSecret('listed', value);
    const versions = await all(vault.listPropertiesOfSecretVersions('listed'));
    expect(versions).toHaveLength(3);
    expect(versions.every((version) => version.version && version.enabled)).toBe(true);

    const pages = await all(vault.listPropertiesOfSecretVersions('listed').byPage({ maxPageSize: 2 }));
    expect(pages.map((page) => page.length)).toEqual([2, 1]);
    expect((await all(vault.listPropertiesOfSecrets())).map(({ name }) => name)).toContain('listed');
  });

  it('refuses to read a disabled version, even the newest', async () => {
    const { properties } = await vault.setSecret('disabled', 'x');
    await vault.updateSecretProperties('disabled', properties.version!, {
      enabled: false,
      tags: { Dead: 'yes' },
    });

    const refusal = { statusCode: 403, code: 'Forbidden' };
    await expect(vault.getSecret('disabled')).rejects.toMatchObject(refusal);
    await expect(vault.getSecret('disabled', { version: properties.version! })).rejects.toMatchObject(
      refusal,
    );
    const [listed] = await all(vault.listPropertiesOfSecretVersions('disabled'));
    expect(listed).toMatchObject({ enabled: false, tags: { Dead: 'yes' } });
  });

  it('returns 404 for an unknown secret, version or deleted secret', async () => {
    await vault.setSecret('present', 'x');
    const missing = { statusCode: 404, code: 'SecretNotFound' };
    await expect(vault.getSecret('absent')).rejects.toMatchObject(missing);
    await expect(vault.getSecret('present', { version: '0'.repeat(32) })).rejects.toMatchObject(missing);
    await expect(vault.getDeletedSecret('present')).rejects.toMatchObject(missing);
  });

  it('keeps the name of a deleted secret until it is recovered or purged', async () => {
    await vault.setSecret('deleted', 'x');
    await (await vault.beginDeleteSecret('deleted', { intervalInMs: 1 })).pollUntilDone();

    await expect(vault.getSecret('deleted')).rejects.toMatchObject({ statusCode: 404 });
    await expect(vault.setSecret('deleted', 'y')).rejects.toMatchObject({ statusCode: 409 });
    await (await vault.beginRecoverDeletedSecret('deleted', { intervalInMs: 1 })).pollUntilDone();
    expect((await vault.getSecret('deleted')).value).toBe('x');

    await (await vault.beginDeleteSecret('deleted', { intervalInMs: 1 })).pollUntilDone();
    await vault.purgeDeletedSecret('deleted');
    await expect(vault.getDeletedSecret('deleted')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('challenges a request without a bearer token', async () => {
    const reply = await fetch(`${inject('stack').keyVault}/secrets/any?api-version=7.6`);
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer authorization="https:/);
  });
});

describe('Key Vault faults that a test requests', () => {
  it('are overcome by a client that retries', async () => {
    await keyVaultFault({ name: 'busy', operation: 'set', fault: 'throttle', retryAfter: 0 });
    await keyVaultFault({ name: 'busy', operation: 'set', fault: 'refuse', status: 503, retryAfter: 0 });
    await vault.setSecret('busy', 'x');
    expect(await keyVaultCalls('busy')).toEqual({ set: { asked: 3, done: 1 } });
  });

  it('can lose a reply, so a client that retries creates a second version', async () => {
    await keyVaultFault({ name: 'twice', operation: 'set', fault: 'lose-reply' });
    await vault.setSecret('twice', 'x');
    expect(await all(vault.listPropertiesOfSecretVersions('twice'))).toHaveLength(2);
  });
});
