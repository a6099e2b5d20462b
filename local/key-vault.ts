import { AzureError, type Intercept, type Operation, serveAzure } from './azure-service.ts';
import type { Certificate } from './certificate.ts';
import { type Listening, readJsonBody } from './listen.ts';
import { tenantId } from './sample-callers.ts';
import { vaultRoutes } from './vault-routes.ts';
import type { VaultStore } from './vault-store.ts';

/**
 * The SDK sends its token only if the resource in the challenge is a parent domain of the vault's host, and an IP
 * address has no parent domain. But URL parsers leave hosts of unknown schemes alone, so in "vault://0.0.1" the host
 * stays "0.0.1" and passes as the parent of "127.0.0.1". Clients therefore need no special option.
 */
const challenge = `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="vault://0.0.1"`;

/** Serves Key Vault's secrets over HTTPS. Accepts any bearer token: it imitates the protocol, not access control. */
export function startKeyVault(options: {
  port: number;
  certificate: Certificate;
  store: VaultStore;
  intercept?: Intercept | undefined;
}): Promise<Listening> {
  const { store, ...service } = options;
  return serveAzure({
    ...service,
    name: 'key-vault',
    challenge,
    parseRequest: (request, url) =>
      parseOperation(store, request.method ?? '', url, () => readJsonBody(request)),
  });
}

function parseOperation(
  store: VaultStore,
  method: string,
  url: URL,
  readBody: () => Promise<Record<string, unknown>>,
): Operation {
  const [collection = '', name = '', rest = ''] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const isVersion = !['', 'versions', 'recover'].includes(rest);
  const template = [collection, name && '{name}', isVersion ? '{version}' : rest].filter(Boolean).join('/');
  const route = vaultRoutes[`${method} /${template}`];
  if (!url.searchParams.has('api-version'))
    throw new AzureError(400, 'BadParameter', 'api-version must be specified');
  if (!/^[0-9a-z-]{0,127}$/i.test(name)) throw new AzureError(400, 'BadParameter', `Invalid name: ${name}`);
  if (!route) throw new AzureError(405, 'MethodNotAllowed', `The laptop vault has no ${method} /${template}`);
  const [operation, handle] = route;
  const call = { store, url, name, version: isVersion ? rest : '', readBody };
  return { operation, name, perform: () => handle(call) };
}
