import { AzureError } from './azure-service.ts';
import type { Answer } from './azure-service.ts';
import type { Change, Version, VaultStore } from './vault-store.ts';

interface Call {
  store: VaultStore;
  url: URL;
  name: string;
  /** Empty: the newest. */
  version: string;
  body: () => Promise<Record<string, unknown>>;
}
type Act = (call: Call) => Promise<Answer> | Answer;

/** What each is called, and how it is done, by method and shape of the path. Each may throw an AzureError. */
export const vaultRoutes: Record<string, [operation: string, act: Act]> = {
  'PUT /secrets/{name}': ['set', set],
  'GET /secrets/{name}': ['get', read],
  'GET /secrets/{name}/{version}': ['get', read],
  'PATCH /secrets/{name}': ['update', change],
  'PATCH /secrets/{name}/{version}': ['update', change],
  'GET /secrets/{name}/versions': ['versions', listVersions],
  'GET /secrets': ['list', (call) => page(call, call.store.names(), (name) => newest(call, name))],
  'DELETE /secrets/{name}': ['delete', remove],
  'GET /deletedsecrets/{name}': ['getDeleted', (call) => ({ body: deleted(call, call.name) })],
  'POST /deletedsecrets/{name}/recover': ['recover', recover],
  'DELETE /deletedsecrets/{name}': ['purge', purge],
};

function listVersions(call: Call): Answer {
  live(call);
  // Key Vault lists versions in no order of time: nor does this.
  const versions = call.store.versions(call.name).toSorted((a, b) => a.version.localeCompare(b.version));
  return page(call, versions, (version) => bundle(call, version));
}

function remove(call: Call): Answer {
  live(call);
  call.store.setDeleted(call.name, true);
  return { body: deleted(call, call.name) };
}

function recover(call: Call): Answer {
  deleted(call, call.name);
  call.store.setDeleted(call.name, false);
  return { body: newest(call, call.name) };
}

function purge(call: Call): Answer {
  deleted(call, call.name);
  call.store.purge(call.name);
  return { status: 204 };
}

async function set(call: Call): Promise<Answer> {
  const { store, name } = call;
  if (store.state(name) === 'deleted') {
    const text = `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused.`;
    throw new AzureError(409, 'Conflict', text, 'ObjectIsDeletedButRecoverable');
  }
  const { value, ...rest } = (await call.body()) as Change & { value?: unknown };
  if (typeof value !== 'string') throw new AzureError(400, 'BadParameter', 'Property value is required.');
  return { body: bundle(call, store.add(name, value, rest), { value }) };
}

function read(call: Call): Answer {
  const version = live(call);
  if (version.attributes.enabled) return { body: bundle(call, version, { value: version.value }) };
  throw new AzureError(
    403,
    'Forbidden',
    'Operation get is not allowed on a disabled secret.',
    'SecretDisabled',
  );
}

async function change(call: Call): Promise<Answer> {
  const version = live(call);
  call.store.change(version, await call.body());
  return { body: bundle(call, version) };
}

function live({ store, name, version }: Call): Version {
  const found = store.state(name) === 'live' ? store.find(name, version) : undefined;
  if (found) return found;
  const id = version ? `${name}/${version}` : name;
  throw new AzureError(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${id} was not found in this key vault.`,
  );
}

function deleted(call: Call, name: string): object {
  const deletedDate = call.store.deletedAt(name);
  if (deletedDate === undefined)
    throw new AzureError(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
  const recoveryId = new URL(`/deletedsecrets/${name}`, call.url).href;
  return { ...newest(call, name), recoveryId, deletedDate, scheduledPurgeDate: deletedDate + 90 * 24 * 3600 };
}

/** What lists and deletions show: the newest version under the secret's own id. */
function newest(call: Call, name: string): object {
  const version = call.store.find(name);
  return version ? bundle(call, version, { id: new URL(`/secrets/${name}`, call.url).href }) : {};
}

function bundle({ url, name }: Call, version: Version, more: object = {}): object {
  const { version: id, contentType, tags } = version;
  const attributes = { ...version.attributes, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 };
  return { id: new URL(`/secrets/${name}/${id}`, url).href, contentType, tags, attributes, ...more };
}

function page<T>({ url }: Call, items: T[], show: (item: T) => object): Answer {
  const next = new URL(url);
  const start = Number(next.searchParams.get('$skiptoken') ?? 0);
  const end = start + Number(next.searchParams.get('maxresults') ?? 25);
  next.searchParams.set('$skiptoken', String(end));
  return {
    body: { value: items.slice(start, end).map(show), nextLink: end < items.length ? next.href : null },
  };
}
