import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

/** What a start of the stack finds in its folder. */
interface Found {
  readonly seen: Awaited<ReturnType<typeof look>>;
  readonly times: Record<string, string>;
  readonly keys: AccountKeys[string];
}

const find = async (stack: Stack): Promise<Found> => ({
  seen: await look(stack),
  times: (await keyTimes(stack, 'media')) as Record<string, string>,
  keys: stack.keys()['media']!,
});

describe('the laptop stack', () => {
  let seeded: Found;
  /** After key2 was set. */
  let changed: Found;
  let restarted: Found;
  let withoutTimes: Found;
  let withoutKeys: Found;

  beforeAll(async () => {
    [seeded, changed] = await withStack(async (stack) => {
      const before = await find(stack);
      await stack.setKey('media', 'key2', generateKey());
      return [before, await find(stack)];
    });
    restarted = await withStack(find);
    rmSync(join(folder, 'key-times.json'));
    withoutTimes = await withStack(find);
    rmSync(join(folder, 'keys.json'));
    withoutKeys = await withStack(find);
  });

  it('keeps the ages of keys exactly as long as the keys', () => {
    expect(changed.times).toEqual({ key1: seeded.times['key1'], key2: expect.any(String) as string });
    expect(changed.times).not.toEqual(seeded.times);
    expect(restarted.times).toEqual(changed.times);

    expect(withoutTimes.times).not.toMatchObject(changed.times);
    expect(withoutTimes.seen.secret).toBe(withoutTimes.keys.key1);
    const { media } = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as AccountKeys;
    expect(media).toEqual(withoutKeys.keys);
    expect(Object.keys(media ?? {})).toEqual(['key1', 'key2']);
  });

  it('keeps storage, keys and secrets across a restart, and resets them together', () => {
    expect(seeded.seen).toMatchObject({ photo: 200, queue: 200 });
    expect(restarted.seen).toEqual(seeded.seen);
    expect(restarted.keys).toEqual({ key1: seeded.seen.secret, key2: changed.keys.key2 });
    expect(changed.keys.key2).not.toBe(seeded.keys.key2);

    for (const [reset, before] of [
      [withoutTimes, restarted],
      [withoutKeys, withoutTimes],
    ] as const) {
      expect(reset.seen.photo).toBe(200);
      expect(reset.seen.secret).toBe(reset.keys.key1);
      expect(reset.seen.secret).not.toBe(before.seen.secret);
    }
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
