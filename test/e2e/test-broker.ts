import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { inject, vi } from 'vitest';
import { audience, tenantId } from '../../local/sample-callers.ts';
import { keyVaultSecretClient } from '../../shared/keys/key-vault-client.ts';
import {
  bearerToken,
  newAccount,
  programFile,
  type TestAccount,
  useManagedIdentity,
} from '../stack-client.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The accounts of one test file: `media` has data, `state` has the broker's tables. */
export interface Accounts {
  readonly media: TestAccount;
  readonly state: TestAccount;
  /** Creates a container and returns its client, which uses the account's key. */
  readonly container: (name: string) => Promise<ReturnType<BlobServiceClient['getContainerClient']>>;
  readonly auditTable: TableClient;
}

export async function newAccounts(): Promise<Accounts> {
  const [media, state] = await Promise.all([newAccount(), newAccount()]);
  const tables = ['BrokerAudit', 'BrokerState'].map(
    (name) => new TableClient(state.table, name, new AzureNamedKeyCredential(state.name, state.key1)),
  );
  await Promise.all(tables.map((table) => table.createTable()));
  await publishKey(media, 'key1');
  const blobs = new BlobServiceClient(media.blob, new StorageSharedKeyCredential(media.name, media.key1));
  const container = async (name: string) => {
    const client = blobs.getContainerClient(name);
    await client.createIfNotExists();
    return client;
  };
  return { media, state, container, auditTable: tables[0]! };
}

/** Writes an account's key into the vault, as rotation does; `tag` is the name that its `CredentialId` gives the key. */
export async function publishKey(
  account: TestAccount,
  name: 'key1' | 'key2',
  tag: 'key1' | 'key2' = name,
): Promise<void> {
  useManagedIdentity();
  const { keyVault, signerClientId } = inject('stack');
  const client = keyVaultSecretClient(
    keyVault,
    new ManagedIdentityCredential({ clientId: signerClientId }),
    'public',
  );
  await client.setSecret(`${account.name}-key`, account[name], { tags: { CredentialId: tag } });
}

/** Returns a configuration with one flat account, optionally rotated, the stack's issuer and the given grants. */
export function configuration({ media }: Accounts, grants: object[], rotation?: object): object {
  return {
    cloud: 'public',
    limits: { perCaller: { concurrent: 5000, perMinute: 1_000_000 } },
    accounts: [
      {
        name: media.name,
        resourceId: `/subscriptions/0c0ffee0-0000-4000-8000-0000000000c1/resourceGroups/tests/providers/Microsoft.Storage/storageAccounts/${media.name}`,
        hierarchical: false,
        endpoints: { blob: media.blob, queue: media.queue, table: media.table, file: `${media.blob}-file` },
        sasVersion: '2025-11-05',
        unsupportedFields: ['scid', 'saoid', 'suoid', 'sduoid', 'ses'],
        keys: { secretName: `${media.name}-key`, secretFormat: 'key' },
        ...(rotation === undefined ? {} : { rotation }),
      },
    ],
    issuers: [
      {
        id: 'local',
        issuer: inject('stack').issuer,
        audiences: [audience],
        subject: 'oid',
        require: { tid: tenantId, ver: '2.0' },
      },
    ],
    grants,
    roles: {
      auditor: [{ issuer: 'local', claims: { roles: 'Broker.Auditor' } }],
      operator: [{ issuer: 'local', claims: { roles: 'Broker.Operator' } }],
    },
  };
}

/** Members of a configuration by which the sample callers *operator* and *backup* are operators. */
export const TWO_OPERATORS = {
  roles: {
    auditor: [{ issuer: 'local', claims: { roles: 'Broker.Auditor' } }],
    operator: [{ issuer: 'local', claims: { roles: ['Broker.Operator', 'Backup.Operator'] } }],
  },
};

/** A grant that lets the sample caller *reader* read every photo of these accounts. */
export function readerGrant(accounts: readonly TestAccount[], parts: object = {}): object {
  return {
    id: 'read',
    callers: [{ issuer: 'local', claims: { roles: 'Photos.Read' } }],
    resources: accounts.map(({ name }) => `${name}/blob/photos/**`),
    permissions: 'r',
    kinds: ['user-delegation', 'service'],
    ...parts,
  };
}

/** The shortest possible rotation: every wait is about a second. */
export const QUICK_ROTATION = {
  ...{ every: 'P10D', takeOver: true, maxTokenTtl: 'PT1H', overlap: 'PT1S' },
  ...{ keyCache: 'PT1S', keyStaleMax: 'PT1S', settle: 'PT1S', clockSkew: 'PT1S' },
};

export interface TestBroker {
  /** `http://127.0.0.1:<port>/api` */
  readonly url: string;
  readonly admin: string;
  /** Returns everything that the process has printed so far. */
  readonly output: () => string;
  /** Freezes the process until the function that it returns is called. */
  readonly freeze: () => () => void;
  readonly stop: () => Promise<void>;
}

/**
 * Runs the built artefact in a new Functions host, and waits until the broker is loaded and knows the issuer's keys, but not
 * what tokens need.
 * @param app the folder of the artefact.
 */
export async function startBroker(
  accounts: Accounts,
  config: object | string,
  settings: Record<string, string> = {},
  app = ROOT,
): Promise<TestBroker> {
  const broker = await startColdBroker(accounts, config, settings, app);
  await vi.waitUntil(() => verifiesCallers(broker), { timeout: 30_000, interval: 200 });
  if (typeof config !== 'string' && broker.output().includes('configuration fault'))
    throw new Error(broker.output());
  return broker;
}

/** Returns true if the broker replies to a caller, or never will because its configuration has faults. */
async function verifiesCallers(broker: TestBroker): Promise<boolean> {
  const { status, body } = await call(broker, 'auditor', 'GET', '/me');
  return status !== 503 || body['code'] === 'misconfigured';
}

/** Uploads a photo to read, and returns its URL. */
export async function uploadPhoto(accounts: Accounts): Promise<string> {
  const photo = (await accounts.container('photos')).getBlockBlobClient('sample.jpg');
  await photo.upload('a photo', 7);
  return `${accounts.media.blob}/photos/sample.jpg`;
}

/**
 * Runs the built artefact in a new Functions host, which has loaded nothing but the entry.
 * @param app the folder of the artefact.
 */
export async function startColdBroker(
  accounts: Accounts,
  config: object | string,
  settings: Record<string, string> = {},
  app = ROOT,
): Promise<TestBroker> {
  const stack = inject('stack');
  const file = join(mkdtempSync(join(tmpdir(), 'broker-')), 'broker.json');
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  const child = fork(programFile('local/functions-host.ts'), ['--port', '0', '--app', app], {
    cwd: app,
    execPath: process.env['BROKER_NODE'] ?? process.execPath,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      FUNCTIONS_WORKER_RUNTIME: 'node',
      BROKER_CONFIG: file,
      KEY_VAULT_URL: stack.keyVault,
      AUDIT_TABLE_URL: `${accounts.state.table}/BrokerAudit`,
      STATE_TABLE_URL: `${accounts.state.table}/BrokerState`,
      REQUEST_DEADLINE: 'PT5S',
      ROTATION_SCHEDULE: '0 0 0 1 1 *',
      AUDIT_RETENTION: 'P400D',
      PURGE_SCHEDULE: '0 0 0 1 1 *',
      SIGNER_CLIENT_ID: stack.signerClientId,
      ROTATOR_CLIENT_ID: stack.rotatorClientId,
      PURGER_CLIENT_ID: stack.purgerClientId,
      RESOURCE_MANAGER_URL: stack.resourceManager,
      IDENTITY_ENDPOINT: stack.identityEndpoint,
      IDENTITY_HEADER: stack.identityHeader,
      NODE_EXTRA_CA_CERTS: stack.caFile,
      ...settings,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => (output += text.toString()));
  const port = await listening(child, () => output);
  return {
    url: `http://127.0.0.1:${port}/api`,
    admin: `http://127.0.0.1:${port}/admin`,
    output: () => output,
    freeze: () => {
      child.kill('SIGSTOP');
      return () => void child.kill('SIGCONT');
    },
    stop: () => stop(child),
  };
}

function listening(child: ChildProcess, output: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', ({ listening: port }: { listening: number }) => resolve(port));
    child.once('exit', (code) => reject(new Error(`The host ended with ${code}:\n${output()}`)));
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & { readonly errors?: { path: string; message: string }[] };
}

/** Calls the broker as a sample caller; null: without a bearer token. */
export async function call(
  broker: TestBroker,
  who: string | { bearer: string } | null,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const bearer = who === null ? null : typeof who === 'string' ? await tokenOf(who) : who.bearer;
  const reply = await fetch(`${broker.url}${path}`, {
    method,
    headers: {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await reply.text();
  return {
    status: reply.status,
    headers: reply.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
  };
}

const bearers = new Map<string, Promise<string>>();

function tokenOf(who: string): Promise<string> {
  const known = bearers.get(who) ?? bearerToken(who);
  bearers.set(who, known);
  return known;
}
