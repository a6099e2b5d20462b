import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  accountFiles,
  type AccountKeys,
  Accounts,
  type KeyName,
  type KeyPair,
  type KeyTimes,
} from './account-keys.ts';
import type { Intercept } from './azure-service.ts';
import { type Azurite, startAzurite } from './azurite.ts';
import { type Certificate, ensureCertificate } from './certificate.ts';
import { type HostStorage, startHostStorage } from './host-storage.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { startKeyVault } from './key-vault.ts';
import { type ManagedIdentity, startManagedIdentity } from './managed-identity.ts';
import type { Ports } from './ports.ts';
import { type ManagedAccount, startResourceManager } from './resource-manager.ts';
import { seederClientId } from './sample-callers.ts';
import { brokerAccount, sampleAccounts, seedBrokerTables, seedSamples, seedSecrets } from './seed.ts';
import { startAll } from './start-all.ts';
import { VaultStore } from './vault-store.ts';

export interface StackOptions {
  /** Holds everything that the stack stores. */
  folder: string;
  /** Port 0 picks a free port. `broker` is not used here. */
  ports: Ports;
  /** The value of IDENTITY_HEADER; random if not given. */
  identityHeader?: string;
  /** Creates sample resources and secrets, and not only the broker's empty tables. Default true. */
  samples?: boolean;
  /** Stores blobs, queues and tables in memory, so they are lost when the stack stops. Default false. */
  inMemory?: boolean;
  /** Sees every operation of Key Vault and Resource Manager before it is carried out. */
  intercept?: Intercept;
}

export interface Stack {
  folder: string;
  certificate: Certificate;
  /** Base URLs without an account: `https://127.0.0.1:10000`. */
  blob: string;
  queue: string;
  table: string;
  hostStorage: HostStorage;
  keyVault: string;
  resourceManager: string;
  identity: Pick<ManagedIdentity, 'endpoint' | 'header' | 'issue'>;
  issuer: Pick<Issuer, 'url' | 'issue'>;

  keysFile: string;
  /** Returns a copy of every account's keys. */
  keys(): AccountKeys;
  /** Adds an account with two keys, created now unless `times` says otherwise. Resolves once storage accepts them. */
  addAccount(name: string, times?: KeyTimes): Promise<KeyPair>;
  /** Replaces one key, by default with a random one. Resolves once storage refuses the former key. */
  setKey(account: string, key: KeyName, value?: string): Promise<KeyPair>;
  /** Resolves once storage refuses every user delegation SAS of the account whose key starts before now. */
  revokeDelegationKeys(account: string): Promise<void>;
  storagePid: number;
  /** Resolves with the reason when the storage process has ended. */
  storageExited: Promise<string>;
  stop(): Promise<void>;
}

/** Starts every service and seeds storage and the vault. Rejects, and leaves nothing running, if anything fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { folder, ports, intercept, samples = true } = options;
  const file = (name: string): string => join(folder, name);
  if (!options.inMemory) deleteIncompleteState(['storage', 'vault.json', ...accountFiles].map(file));
  const certificate = await ensureCertificate(folder);
  const accounts = new Accounts(folder, [...sampleAccounts, brokerAccount]);
  const vault = new VaultStore(file('vault.json'));
  if (samples) seedSecrets(vault, accounts.keys());
  const storageFolder = options.inMemory ? undefined : file('storage');
  const storage = startAzurite({ folder: storageFolder, certificate, accounts: accounts.toAzurite(), ports });
  const { addAccount, setKey } = createAccountChanges(accounts, storage);
  const revokeDelegationKeys = async (account: string): Promise<void> =>
    (await storage).revokeDelegationKeys(account);
  const identityHeader = options.identityHeader ?? randomBytes(16).toString('hex');
  const services = await startAll([
    storage,
    startKeyVault({ port: ports.keyVault, certificate, store: vault, intercept }),
    startResourceManager({
      port: ports.resourceManager,
      certificate,
      intercept,
      findAccount: async (name) => findManagedAccount(accounts, await storage, name),
      regenerateKey: setKey,
      revokeDelegationKeys,
    }),
    startManagedIdentity(ports.identity, identityHeader),
    startIssuer(ports.issuer, certificate, file('issuer-key.json')),
    startHostStorage(storage, certificate.ca, ports),
  ]);
  const [azurite, keyVault, resourceManager, identity, issuer, hostStorage] = services;
  const stop = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
  };
  try {
    await seedStorage(azurite, identity, certificate, samples);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    folder,
    certificate,
    blob: azurite.blob,
    queue: azurite.queue,
    table: azurite.table,
    hostStorage,
    keyVault: keyVault.url,
    resourceManager: resourceManager.url,
    identity,
    issuer,
    keysFile: accounts.keysFile,
    keys: () => accounts.keys(),
    addAccount,
    setKey,
    revokeDelegationKeys,
    storagePid: azurite.pid,
    storageExited: azurite.exited,
    stop,
  };
}

/** Deletes all of the files if any is missing, because keys, vault and storage are useless without each other. */
function deleteIncompleteState(files: string[]): void {
  if (files.every((file) => existsSync(file))) return;
  for (const file of files) rmSync(file, { recursive: true, force: true });
}

async function seedStorage(
  azurite: Azurite,
  identity: ManagedIdentity,
  certificate: Certificate,
  samples: boolean,
): Promise<void> {
  const token = await identity.issue(seederClientId, 'https://storage.azure.com');
  const target = { ...azurite, ca: certificate.ca, token };
  await Promise.all([seedBrokerTables(target), samples && seedSamples(target)]);
}

/** Returns functions that change accounts and resolve once storage uses the change. */
function createAccountChanges(
  accounts: Accounts,
  storage: Promise<Azurite>,
): Pick<Stack, 'addAccount' | 'setKey'> {
  const updateStorage = async (): Promise<void> => (await storage).setAccounts(accounts.toAzurite());
  return {
    addAccount: async (name, times) => {
      const pair = accounts.add(name, times);
      await updateStorage();
      return pair;
    },
    setKey: async (account, key, value) => {
      const pair = accounts.setKey(account, key, value);
      await updateStorage();
      return pair;
    },
  };
}

function findManagedAccount(accounts: Accounts, storage: Azurite, name: string): ManagedAccount | undefined {
  const account = accounts.find(name);
  if (!account) return undefined;
  const endpoints = {
    blob: `${storage.blob}/${account.name}/`,
    queue: `${storage.queue}/${account.name}/`,
    table: `${storage.table}/${account.name}/`,
  };
  return { ...account, hierarchical: account.name === 'archive', endpoints };
}
