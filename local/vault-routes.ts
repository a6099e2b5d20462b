import { AzureError, type AzureReply } from './azure-service.ts';
import type { Change, VaultStore, Version } from './vault-store.ts';

interface Call {
  store: VaultStore;
  url: URL;
  name: string;
  /** Empty for the newest version. */
  version: string;
  readBody: () => Promise<Record<string, unknown>>;
}
type Handler = (call: Call) => Promise<AzureReply> | AzureReply;

/** The operation's name and handler by method and path template. A handler may throw an AzureError. */
export const vaultRoutes: Record<string, [operation: string, handle: Handler]> = {
  'PUT /secrets/{name}': ['set', setSecret],
  'GET /secrets/{name}': ['get', getSecret],
  'GET /secrets/{name}/{version}': ['get', getSecret],
  'PATCH /secrets/{name}': ['update', updateSecret],
  'PATCH /secrets/{name}/{version}': ['update', updateSecret],
  'GET /secrets/{name}/versions': ['versions', listVersions],
  'GET /secrets': ['list', listSecrets],
  'DELETE /secrets/{name}': ['delete', deleteSecret],
  'GET /deletedsecrets/{name}': ['getDeleted', (call) => ({ body: toDeletedBundle(call) })],
  'POST /deletedsecrets/{name}/recover': ['recover', recoverSecret],
  'DELETE /deletedsecrets/{name}': ['purge', purgeSecret],
};

function listSecrets(call: Call): AzureReply {
  return toPage(call, call.store.names(), (name) => toNewestBundle(call, name));
}

function listVersions(call: Call): AzureReply {
  findLiveVersion(call);
  // Key Vault does not list versions in order of time, so this emulator must not either.
  const versions = call.store.versions(call.name).toSorted((a, b) => a.version.localeCompare(b.version));
  return toPage(call, versions, (version) => toBundle(call, version));
}

function deleteSecret(call: Call): AzureReply {
  findLiveVersion(call);
  call.store.setDeleted(call.name, true);
  return { body: toDeletedBundle(call) };
}

function recoverSecret(call: Call): AzureReply {
  requireDeleted(call);
  call.store.setDeleted(call.name, false);
  return { body: toNewestBundle(call, call.name) };
}

function purgeSecret(call: Call): AzureReply {
  requireDeleted(call);
  call.store.purge(call.name);
  return { status: 204 };
}

async function setSecret(call: Call): Promise<AzureReply> {
  const { store, name } = call;
  if (store.state(name) === 'deleted') {
    const text = `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused.`;
    throw new AzureError(409, 'Conflict', text, 'ObjectIsDeletedButRecoverable');
  }
  const { value, ...rest } = (await call.readBody()) as Change & { value?: unknown };
  if (typeof value !== 'string') throw new AzureError(400, 'BadParameter', 'Property value is required.');
  return { body: toBundle(call, store.add(name, value, rest), { value }) };
}

function getSecret(call: Call): AzureReply {
  const version = findLiveVersion(call);
  if (version.attributes.enabled) return { body: toBundle(call, version, { value: version.value }) };
  throw new AzureError(
    403,
    'Forbidden',
    'Operation get is not allowed on a disabled secret.',
    'SecretDisabled',
  );
}

async function updateSecret(call: Call): Promise<AzureReply> {
  const version = findLiveVersion(call);
  call.store.change(version, await call.readBody());
  return { body: toBundle(call, version) };
}

/** Throws a 404 if the version or the secret does not exist, or the secret is deleted. */
function findLiveVersion({ store, name, version }: Call): Version {
  const found = store.state(name) === 'live' ? store.find(name, version) : undefined;
  if (found) return found;
  const id = version ? `${name}/${version}` : name;
  throw new AzureError(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${id} was not found in this key vault.`,
  );
}

/** Returns when the secret was deleted. Throws a 404 if it is not deleted. */
function requireDeleted({ store, name }: Call): number {
  const deletedDate = store.deletedAt(name);
  if (deletedDate !== undefined) return deletedDate;
  throw new AzureError(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
}

function toDeletedBundle(call: Call): object {
  const deletedDate = requireDeleted(call);
  const recoveryId = new URL(`/deletedsecrets/${call.name}`, call.url).href;
  const scheduledPurgeDate = deletedDate + 90 * 24 * 3600;
  return { ...toNewestBundle(call, call.name), recoveryId, deletedDate, scheduledPurgeDate };
}

/** Lists and deletions show the newest version under the secret's id, which names no version. */
function toNewestBundle(call: Call, name: string): object {
  const version = call.store.find(name);
  return version ? toBundle(call, version, { id: new URL(`/secrets/${name}`, call.url).href }) : {};
}

/** Formats a version as Key Vault's SecretBundle. `more` adds or replaces members. */
function toBundle({ url, name }: Call, version: Version, more: object = {}): object {
  const { version: id, contentType, tags } = version;
  const attributes = { ...version.attributes, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 };
  return { id: new URL(`/secrets/${name}/${id}`, url).href, contentType, tags, attributes, ...more };
}

function toPage<T>({ url }: Call, items: T[], format: (item: T) => object): AzureReply {
  const next = new URL(url);
  const start = Number(next.searchParams.get('$skiptoken') ?? 0);
  const end = start + Number(next.searchParams.get('maxresults') ?? 25);
  next.searchParams.set('$skiptoken', String(end));
  return {
    body: { value: items.slice(start, end).map(format), nextLink: end < items.length ? next.href : null },
  };
}
