import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { AzureNamedKeyCredential } from '@azure/data-tables';
import {
  BlobServiceClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { describe, expect, inject, it, vi } from 'vitest';
import { fingerprintOf, newRowKeys, randomSuffix } from '../../shared/audit/row-keys.ts';
import { BrokerError } from '../../shared/broker-error.ts';
import { addSeconds, wholeSecond } from '../../shared/iso-time.ts';
import { KeyVaultAccountKeys } from '../../shared/keys/key-vault-account-keys.ts';
import { SecretText } from '../../shared/keys/signing-keys.ts';
import { advanceRotation } from '../../shared/rotation/advance-rotation.ts';
import { requestRotation } from '../../shared/rotation/request-rotation.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { propertyRuns } from '../property-runs.ts';
import { newAccount, programFile, resourceManagerCalls, useManagedIdentity } from '../stack-client.ts';
import { someRecord } from '../unit/audit/records.ts';
import type { ChildOrder } from './rotation-child.ts';
import { MAX_TTL, type Place, rotationOnStack } from './rotation-on-stack.ts';

const CONTAINER = 'uploads';

/**
 * One boundary of each kind; the crash matrix of the unit tests covers the others. Four rotations at once are as many as
 * two cores carry without the calls of each timing out.
 */
const ROUNDS: readonly (readonly NonNullable<ChildOrder['dieAt']>[])[] = [
  [
    'after regenerate in preparing',
    'after publish in publishing',
    'before the save of draining',
    'after regenerate in retiring',
  ],
  [
    'before regenerate in preparing',
    'before publish in publishing',
    'before regenerate in retiring',
    'after disable in retiring',
  ],
];

describe.each(ROUNDS.slice(0, propertyRuns({ quick: 1, full: 2 })))(
  'a rotation whose process is killed',
  (...boundaries) => {
    it.concurrent.each(boundaries)(
      '%s is brought to its end by the next process',
      { timeout: 120_000 },
      async (dieAt) => {
        const place = await preparedAccount();
        const parent = rotationOnStack(place, 'parent');
        const journalOf = (name: string) =>
          patiently(async () => (await parent.ports.journals.load(name)).journal!);
        await patiently(() => orderRotation(parent));
        const issuer = startIssuing(place);
        const first = await ticksIn({ place, instance: 'first', dieAt });
        const killedIn = (await journalOf(place.account)).phase;
        const second = await ticksIn({ place, instance: 'second', dieAt: null });
        const refused = await issuer.stop();
        const journal = await journalOf(place.account);

        expect(first).toBe('SIGKILL');
        expect(killedIn).not.toBe('steady');
        expect(second).toBe(0);
        expect(refused.tokens).toEqual([]);
        expect(refused.issued).toBeGreaterThan(10);
        expect(journal).toMatchObject({
          phase: 'steady',
          active: 'key2',
          attempt: null,
          compromised: [],
          outbox: [],
        });
        await patiently(() => expectOneActiveKey(place));
        expect((await resourceManagerCalls(place.account))['regenerateKey']?.done).toBe(2);
      },
    );
  },
);

async function preparedAccount(): Promise<Place> {
  useManagedIdentity();
  const { keyVault, resourceManager, rotatorClientId } = inject('stack');
  const { name, key1, blob, queue, table } = await newAccount();
  const owner = new AzureNamedKeyCredential(name, key1);
  await auditTableClient(table, 'Audit', owner).createTable();
  await auditTableClient(table, 'State', owner).createTable();
  const blobs = new BlobServiceClient(blob, new StorageSharedKeyCredential(name, key1));
  await blobs.createContainer(CONTAINER);
  return { account: name, endpoints: { blob, queue, table }, keyVault, resourceManager, rotatorClientId };
}

/** Repeats what failed, because on a busy machine a call may take longer than the product waits. */
const patiently = <T>(act: () => Promise<T>): Promise<T> =>
  vi.waitFor(act, { timeout: 30_000, interval: 500 });

async function orderRotation({ ports, account, waits }: ReturnType<typeof rotationOnStack>): Promise<void> {
  await advanceRotation(ports, account, waits);
  const order = { by: 'tests/operator', byName: null, reason: 'to be killed', takeOver: false };
  await requestRotation(ports, account, waits, order);
  expect((await ports.journals.load(account.name)).journal?.request).toMatchObject({ by: order.by });
}

/** Runs a rotation in a separate process and returns how it ended. */
async function ticksIn(order: ChildOrder): Promise<number | string> {
  const child = spawn(
    process.execPath,
    [programFile('test/integration/rotation-child.ts'), JSON.stringify(order)],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal ?? code ?? -1;
}

/** Issues tokens as an instance does, row before token, and tests each token shortly before it expires. */
function startIssuing(place: Place) {
  const { account, vault, audit } = rotationOnStack(place, 'issuer');
  const keys = new KeyVaultAccountKeys(vault);
  const trials: Promise<string | null>[] = [];
  const stopping = new AbortController();
  const issue = async (): Promise<void> => {
    const key = await keys.current(account, new Date());
    const issuedAt = new Date();
    const ttl = 2 + (trials.length % (MAX_TTL - 1));
    const expiresAt = addSeconds(wholeSecond(issuedAt), ttl);
    const sas = sasOf(place, key.value, expiresAt);
    const record = someRecord({
      key: newRowKeys({ shard: 3, expiresAt, fingerprint: fingerprintOf(sas), suffix: suffix() }),
      resource: { account: place.account, service: 'blob', container: CONTAINER },
      issuedAt,
      expiresAt,
      signedWith: { key: key.name, secretVersion: key.secretVersion, keyId: key.keyId },
    });
    await audit.append(record, addSeconds(issuedAt, 2));
    if (new Date() < key.usableUntil) trials.push(trial(place, sas, expiresAt));
  };
  const working = (async () => {
    while (!stopping.signal.aborted) {
      // A failed request issues no token, so it breaks none.
      await issue().catch((error: unknown) => expect(error).toBeInstanceOf(BrokerError));
      await pause(250);
    }
  })();
  return {
    /** Returns every token that storage refused before its expiry. */
    stop: async () => {
      stopping.abort();
      await working;
      const tokens = (await Promise.all(trials)).filter((refusal) => refusal !== null);
      return { issued: trials.length, tokens };
    },
  };
}

const suffix = () => randomSuffix(crypto.getRandomValues(new Uint8Array(5)));

function sasOf(place: Place, key: SecretText, expiresOn: Date): string {
  const parameters = {
    containerName: CONTAINER,
    permissions: ContainerSASPermissions.parse('rl'),
    expiresOn,
    protocol: SASProtocol.Https,
    version: '2025-11-05',
  };
  const credential = new StorageSharedKeyCredential(place.account, key.reveal());
  return generateBlobSASQueryParameters(parameters, credential).toString();
}

async function trial(place: Place, sas: string, expiresAt: Date): Promise<string | null> {
  await pause(Math.max(0, expiresAt.getTime() - Date.now() - 800));
  const reply = await fetch(`${place.endpoints.blob}/${CONTAINER}?restype=container&comp=list&${sas}`);
  return reply.ok || Date.now() >= expiresAt.getTime()
    ? null
    : `${reply.status} before ${expiresAt.toISOString()}`;
}

/** Checks that key2 is published and works, and that every enabled version holds a key that storage accepts. */
async function expectOneActiveKey(place: Place): Promise<void> {
  const { ports, account, vault } = rotationOnStack(place, 'looker');
  const keys = await ports.managedKeys.list(account);
  const published = await ports.secrets.latest(account);
  expect(published?.name).toBe('key2');
  expect(published?.key?.reveal()).toBe(keys.key2.reveal());
  expect(await ports.probe.opens(account, keys.key2, 'blob')).toBe(true);
  for await (const { enabled, version = '' } of vault.listPropertiesOfSecretVersions(
    account.keys!.secretName,
  )) {
    if (enabled === false) continue;
    const { value = '' } = await vault.getSecret(account.keys!.secretName, { version });
    expect(await ports.probe.opens(account, new SecretText(value), 'blob')).toBe(true);
  }
}
