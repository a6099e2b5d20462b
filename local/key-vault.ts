import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Certificate } from './certificate.ts';
import { listen, readJsonBody, sendJson } from './listen.ts';
import type { Listening } from './listen.ts';
import { tenantId } from './sample-callers.ts';
import type { Change, Version, VaultStore } from './vault-store.ts';

/** The parts of a request that the routes below look at. */
interface Call {
  store: VaultStore;
  url: string;
  name: string;
  version: string;
  body: () => Promise<Record<string, unknown>>;
}
interface Answer {
  status?: number;
  body?: unknown;
}

class VaultError extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, code: string, message: string, innerCode?: string) {
    super(message);
    this.status = status;
    this.body = { error: { code, message, ...(innerCode && { innererror: { code: innerCode } }) } };
  }
}

/**
 * The SDK sends its token only where the challenged resource is a parent domain of the vault's host, and an IP address
 * has no parent. A scheme whose hosts aren't parsed as addresses makes "0.0.1" one, so clients need no special option.
 */
const challenge = `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="vault://0.0.1"`;

/** Key Vault's secrets over HTTPS. Any bearer token opens it: it stands for the protocol, not for access control. */
export async function startKeyVault(
  port: number,
  certificate: Certificate,
  store: VaultStore,
): Promise<Listening> {
  const server = await listen(
    async (request, response) => {
      if (!/^Bearer ./.test(request.headers.authorization ?? '')) {
        const error = {
          code: 'Unauthorized',
          message: 'AKV10000: Request is missing a Bearer or PoP token.',
        };
        sendJson(response, 401, { error }, { 'www-authenticate': challenge });
        return;
      }
      await answer(request, response, store, server.url);
    },
    port,
    certificate,
  );
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  store: VaultStore,
  host: string,
): Promise<void> {
  const url = new URL(request.url ?? '', host);
  const [collection = '', name = '', rest = ''] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const shape = [
    collection,
    name && '{name}',
    ['versions', 'recover'].includes(rest) ? rest : rest && '{version}',
  ];
  const route = `${request.method ?? ''} /${shape.filter(Boolean).join('/')}`;
  const call: Call = { store, url: url.href, name, version: rest, body: () => readJsonBody(request) };
  try {
    if (!url.searchParams.has('api-version'))
      throw new VaultError(400, 'BadParameter', 'api-version must be specified');
    if (name && !/^[0-9a-z-]{1,127}$/i.test(name))
      throw new VaultError(400, 'BadParameter', `Invalid name: ${name}`);
    const handle = routes[route];
    if (!handle) throw new VaultError(405, 'MethodNotAllowed', `The emulator doesn't know ${route}.`);
    const { status = 200, body } = await handle(call);
    sendJson(response, status, body);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    sendJson(response, error.status, error.body);
  }
}

const routes: Record<string, (call: Call) => Promise<Answer> | Answer> = {
  'PUT /secrets/{name}': async ({ store, url, name, body }) => {
    if (store.state(name) === 'deleted') {
      const text = `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused.`;
      throw new VaultError(409, 'Conflict', text, 'ObjectIsDeletedButRecoverable');
    }
    const { value, ...change } = (await body()) as Change & { value?: unknown };
    if (typeof value !== 'string') throw new VaultError(400, 'BadParameter', 'Property value is required.');
    return { body: bundle(url, name, store.add(name, value, change), { value }) };
  },
  'GET /secrets/{name}': (call) => read(call),
  'GET /secrets/{name}/{version}': (call) => read(call),
  'PATCH /secrets/{name}': (call) => change(call),
  'PATCH /secrets/{name}/{version}': (call) => change(call),
  'GET /secrets/{name}/versions': (call) => {
    live(call);
    // Key Vault lists versions in no order of time: nor does this.
    const versions = call.store.versions(call.name).toSorted((a, b) => a.version.localeCompare(b.version));
    return page(
      call,
      versions.map((version) => bundle(call.url, call.name, version)),
    );
  },
  'GET /secrets': (call) =>
    page(
      call,
      call.store.names().map((name) => latest(call, name)),
    ),
  'DELETE /secrets/{name}': (call) => {
    live(call);
    call.store.setDeleted(call.name, true);
    return { body: deleted(call, call.name) };
  },
  'GET /deletedsecrets': (call) =>
    page(
      call,
      call.store.names('deleted').map((name) => deleted(call, name)),
    ),
  'GET /deletedsecrets/{name}': (call) => {
    gone(call);
    return { body: deleted(call, call.name) };
  },
  'POST /deletedsecrets/{name}/recover': (call) => {
    gone(call);
    call.store.setDeleted(call.name, false);
    return { body: latest(call, call.name) };
  },
  'DELETE /deletedsecrets/{name}': (call) => {
    gone(call);
    call.store.purge(call.name);
    return { status: 204 };
  },
};

function live({ store, name, version }: Call): Version {
  const found =
    store.state(name) === 'live' ? store.find(name, version === 'versions' ? '' : version) : undefined;
  if (found) return found;
  const id = version ? `${name}/${version}` : name;
  throw new VaultError(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${id} was not found in this key vault.`,
  );
}

function gone({ store, name }: Call): void {
  if (store.state(name) === 'deleted') return;
  throw new VaultError(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
}

function read(call: Call): Answer {
  const version = live(call);
  if (!version.attributes.enabled) {
    throw new VaultError(
      403,
      'Forbidden',
      'Operation get is not allowed on a disabled secret.',
      'SecretDisabled',
    );
  }
  return { body: bundle(call.url, call.name, version, { value: version.value }) };
}

async function change(call: Call): Promise<Answer> {
  const version = live(call);
  call.store.change(version, await call.body());
  return { body: bundle(call.url, call.name, version) };
}

function bundle(
  url: string,
  name: string,
  { version, ...secret }: Version,
  more: object = {},
): Record<string, unknown> {
  const attributes = { ...secret.attributes, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 };
  return {
    ...secret,
    value: undefined,
    attributes,
    id: new URL(`/secrets/${name}/${version}`, url).href,
    ...more,
  };
}

/** What lists and deletions show: the newest version under the secret's own id. */
function latest({ store, url }: Call, name: string): Record<string, unknown> {
  const newest = store.find(name);
  return newest ? bundle(url, name, newest, { id: new URL(`/secrets/${name}`, url).href }) : {};
}

function deleted(call: Call, name: string): Record<string, unknown> {
  const deletedDate = call.store.deletedAt(name);
  const recoveryId = new URL(`/deletedsecrets/${name}`, call.url).href;
  return { ...latest(call, name), recoveryId, deletedDate, scheduledPurgeDate: deletedDate + 90 * 24 * 3600 };
}

function page(call: Call, items: unknown[]): Answer {
  const next = new URL(call.url);
  const start = Number(next.searchParams.get('$skiptoken') ?? 0);
  const end = start + Number(next.searchParams.get('maxresults') ?? 25);
  next.searchParams.set('$skiptoken', String(end));
  return { body: { value: items.slice(start, end), nextLink: end < items.length ? next.href : null } };
}
