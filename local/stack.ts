import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { accountFiles, Accounts } from './account-keys.ts';
import type { AccountKeys, KeyName, KeyPair, KeyTimes } from './account-keys.ts';
import type { Intercept } from './azure-service.ts';
import { startAzurite } from './azurite.ts';
import type { Azurite } from './azurite.ts';
import { ensureCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { startIssuer } from './issuer.ts';
import type { Issuer } from './issuer.ts';
import { startKeyVault } from './key-vault.ts';
import { startManagedIdentity } from './managed-identity.ts';
import type { ManagedIdentity } from './managed-identity.ts';
import type { Ports } from './ports.ts';
import { startResourceManager } from './resource-manager.ts';
import type { ManagedAccount } from './resource-manager.ts';
import { seederClientId } from './sample-callers.ts';
import { brokerAccount, sampleAccounts, seedBrokerTables, seedSamples, seedSecrets } from './seed.ts';
import { VaultStore } from './vault-store.ts';

export interface StackOptions {
  /** Everything the stack keeps is under it. */
  folder: string;
  /** A port of 0 is a free one. `broker` isn't used here. */
  ports: Ports;
  /** IDENTITY_HEADER; random if not given. */
  identityHeader?: string;
  /** Sample resources and secrets; without, only the broker's empty tables are made. Default true. */
  samples?: boolean;
  /** Blobs, queues and tables in memory, gone at stop. Default false. */
  inMemory?: boolean;
  /** Sees every request to Key Vault and Resource Manager before it is carried out. */
  intercept?: Intercept;
}

export interface Stack {
  folder: string;
  certificate: Certificate;
  /** Base URLs without an account: `https://127.0.0.1:10000`. */
  blob: string;
  queue: string;
  table: string;
  keyVault: string;
  resourceManager: string;
  identity: Pick<ManagedIdentity, 'endpoint' | 'header' | 'issue'>;
  issuer: Pick<Issuer, 'url' | 'issue'>;

  keysFile: string;
  /** A copy of every account's keys. */
  keys(): AccountKeys;
  /** Makes an account with two keys, as old as now if `times` doesn't say otherwise. Resolves once storage takes them. */
  addAccount(name: string, times?: KeyTimes): Promise<KeyPair>;
  /** Replaces one key (with a random one if none is given). When it resolves, the former key is dead. */
  setKey(account: string, key: KeyName, value?: string): Promise<KeyPair>;
  storagePid: number;
  /** Resolves, with how, when the storage process has ended. */
  storageExited: Promise<string>;
  stop(): Promise<void>;
}

/** Brings up every part and seeds them. Rejects, leaving nothing running, if one can't start. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { folder, ports, identityHeader = randomBytes(16).toString('hex'), samples = true } = options;
  const { intercept } = options;
  const file = (name: string): string => join(folder, name);
  if (!options.inMemory) dropHalfAState(['storage', 'vault.json', ...accountFiles].map(file));
  const certificate = await ensureCertificate(folder);
  const accounts = new Accounts(folder, [...sampleAccounts, brokerAccount]);
  const vault = new VaultStore(file('vault.json'));
  if (samples) seedSecrets(vault, accounts.keys());
  const location = options.inMemory ? undefined : file('storage');
  const storage = startAzurite({ folder: location, certificate, accounts: accounts.toAzurite(), ports });
  const changes = accountChanges(accounts, storage);
  const parts = await startAll([
    storage,
    startKeyVault({ port: ports.keyVault, certificate, store: vault, intercept }),
    startResourceManager({
      ...{ port: ports.resourceManager, certificate, intercept, regenerate: changes.setKey },
      find: async (name) => managedAccount(accounts, await storage, name),
    }),
    startManagedIdentity(ports.identity, identityHeader),
    startIssuer(ports.issuer, certificate, file('issuer-key.json')),
  ]);
  const [azurite, keyVault, resourceManager, identity, issuer] = parts;
  const stop = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.stop()));
  };
  try {
    const token = await identity.issue(seederClientId, 'https://storage.azure.com');
    const target = { ...azurite, ca: certificate.ca, token };
    await Promise.all([seedBrokerTables(target), samples && seedSamples(target)]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...{ folder, certificate, keyVault: keyVault.url, resourceManager: resourceManager.url },
    ...{ identity, issuer, stop, ...changes },
    ...{ blob: azurite.blob, queue: azurite.queue, table: azurite.table },
    ...{ storagePid: azurite.pid, storageExited: azurite.exited },
    ...{ keysFile: accounts.keysFile, keys: () => accounts.keys() },
  };
}

/** Keys, vault and storage fit each other or are of no use; what is left of an incomplete set goes. */
function dropHalfAState(files: string[]): void {
  if (files.every((file) => existsSync(file))) return;
  for (const file of files) rmSync(file, { recursive: true, force: true });
}

/** All of them, or none: what did start is stopped again before the first failure is thrown. */
async function startAll<T extends Stoppable[]>(starting: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const results = await Promise.allSettled<Stoppable>(starting);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return started as T;
  await Promise.all(started.map((part) => part.stop()));
  throw failed.reason as Error;
}

interface Stoppable {
  stop(): Promise<void>;
}

function accountChanges(accounts: Accounts, storage: Promise<Azurite>): Pick<Stack, 'addAccount' | 'setKey'> {
  const told = async (pair: KeyPair): Promise<KeyPair> => {
    await (await storage).setAccounts(accounts.toAzurite());
    return pair;
  };
  return {
    addAccount: async (name, times) => told(accounts.add(name, times)),
    setKey: async (account, key, value) => told(accounts.setKey(account, key, value)),
  };
}

function managedAccount(accounts: Accounts, storage: Azurite, name: string): ManagedAccount | undefined {
  const account = accounts.find(name);
  const services = (['blob', 'queue', 'table'] as const).map((service) => [
    service,
    `${storage[service]}/${account?.name ?? ''}/`,
  ]);
  const endpoints = Object.fromEntries(services) as Record<string, string>;
  return account && { ...account, hierarchical: account.name === 'archive', endpoints };
}
