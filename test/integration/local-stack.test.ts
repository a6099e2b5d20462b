import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type AccountKeys, generateKey } from '../../local/account-keys.ts';
import { listen } from '../../local/listen.ts';
import { freePorts, readPorts } from '../../local/ports.ts';
import { purgerClientId, rotatorClientId, signerClientId } from '../../local/sample-callers.ts';
import { accountResourceId } from '../../local/seed.ts';
import { send } from '../../local/send.ts';
import { type Stack, startStack } from '../../local/stack.ts';
const folder = mkdtempSync(join(tmpdir(), 'kept-stack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function withStack<T>(act: (stack: Stack) => Promise<T>): Promise<T> {
  const stack = await startStack({ folder, ports: freePorts });
  try {
    return await act(stack);
  } finally {
    await stack.stop();
  }
}

/** Reads two samples and a vault secret as a managed identity, and returns the statuses. */
async function look({
  certificate: { ca },
  ...stack
}: Stack): Promise<{ photo: number; secret: string; queue: number }> {
  const token = async (resource: string): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await stack.identity.issue(signerClientId, resource)}`,
    'x-ms-version': '2025-11-05',
  });
  const storage = await token('https://storage.azure.com');
  const photo = await send(`${stack.blob}/media/photos/sample.jpg`, { ca, headers: storage });
  const queue = await send(`${stack.queue}/archive/jobs?comp=metadata`, { ca, headers: storage });
  const vault = await token('https://vault.azure.net');
  const secret = await send(`${stack.keyVault}/secrets/media-key?api-version=7.6`, { ca, headers: vault });
  return {
    photo: photo.status,
    secret: (JSON.parse(secret.text) as { value: string }).value,
    queue: queue.status,
  };
}

async function keyTimes(stack: Stack, account: string): Promise<unknown> {
  const token = await stack.identity.issue(rotatorClientId, 'https://management.azure.com');
  const url = `${stack.resourceManager}${accountResourceId(account)}?api-version=2025-08-01`;
  const headers = { authorization: `Bearer ${token}` };
  const reply = await send(url, { ca: stack.certificate.ca, headers });
  return (JSON.parse(reply.text) as { properties: { keyCreationTime: unknown } }).properties.keyCreationTime;
}

describe('the laptop stack', () => {
  it('keeps the ages of keys exactly as long as the keys', async () => {
    const times = (stack: Stack): Promise<unknown> => keyTimes(stack, 'media');
    const [before, set] = await withStack(async (stack) => {
      const first = await times(stack);
      await stack.setKey('media', 'key2');
      return [first, await times(stack)];
    });
    const earlier = before as Record<string, string>;
    expect(set).toEqual({ key1: earlier['key1'], key2: expect.any(String) as string });
    expect(set).not.toEqual(before);
    expect(await withStack(times)).toEqual(set);

    rmSync(join(folder, 'key-times.json'));
    const fresh = await withStack(async (stack) => [await times(stack), (await look(stack)).secret]);
    const { media } = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as AccountKeys;
    expect(fresh).toEqual([expect.not.objectContaining(set as object), media?.key1]);
    expect(Object.keys(media ?? {})).toEqual(['key1', 'key2']);
  });

  it('keeps storage, keys and secrets across a restart, and resets them together', async () => {
    const [seeded, chosen] = await withStack(async (stack) => {
      const before = await look(stack);
      const { key2 } = await stack.setKey('media', 'key2', generateKey());
      return [before, key2];
    });
    expect(seeded).toMatchObject({ photo: 200, queue: 200 });

    const again = await withStack(async (stack) => ({
      seen: await look(stack),
      keys: stack.keys()['media'],
    }));
    expect(again).toEqual({ seen: seeded, keys: { key1: seeded.secret, key2: chosen } });

    rmSync(join(folder, 'keys.json'));
    const fresh = await withStack(async (stack) => ({
      seen: await look(stack),
      keys: stack.keys()['media'],
    }));
    expect(fresh.seen.photo).toBe(200);
    expect(fresh.seen.secret).toBe(fresh.keys?.key1);
    expect(fresh.seen.secret).not.toBe(seeded.secret);
  });

  it('stops every part if one cannot start', async () => {
    const portOf = ({ url }: { url: string }): number => Number(new URL(url).port);
    const taken = await listen(() => undefined, 0);
    const other = await listen(() => undefined, 0);
    await other.stop();
    const identity = portOf(other);
    const ports = { ...freePorts, keyVault: portOf(taken), identity };

    await expect(startStack({ folder: `${folder}/other`, ports, inMemory: true })).rejects.toThrow(
      /EADDRINUSE/,
    );

    await (await listen(() => undefined, identity)).stop();
    await taken.stop();
  });
});

it('the default ports match local.settings.sample.json', () => {
  const { Values: values } = JSON.parse(readFileSync('local.settings.sample.json', 'utf8')) as {
    Values: Record<string, string>;
  };
  const ports = readPorts({});
  const port = (setting: string): number => Number(new URL(values[setting]!).port);
  expect(port('KEY_VAULT_URL')).toBe(ports.keyVault);
  expect(port('RESOURCE_MANAGER_URL')).toBe(ports.resourceManager);
  expect(port('IDENTITY_ENDPOINT')).toBe(ports.identity);
  expect([port('AUDIT_TABLE_URL'), port('STATE_TABLE_URL')]).toEqual([ports.table, ports.table]);
  for (const service of ['hostBlob', 'hostQueue', 'hostTable'] as const) {
    expect(values['AzureWebJobsStorage']).toContain(`http://127.0.0.1:${ports[service]}/devstoreaccount1`);
  }
  const clientIds = ['SIGNER_CLIENT_ID', 'ROTATOR_CLIENT_ID', 'PURGER_CLIENT_ID'];
  expect(clientIds.map((name) => values[name])).toEqual([signerClientId, rotatorClientId, purgerClientId]);
});
