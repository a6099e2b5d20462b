import { AzureError, serveAzure } from './azure-service.ts';
import type { Intercept, Operation } from './azure-service.ts';
import type { Certificate } from './certificate.ts';
import { readJsonBody } from './listen.ts';
import type { Listening } from './listen.ts';
import { tenantId } from './sample-callers.ts';
import { vaultRoutes } from './vault-routes.ts';
import type { VaultStore } from './vault-store.ts';

/**
 * The SDK sends its token only where the challenged resource is a parent domain of the vault's host, and an IP address
 * has no parent. A scheme whose hosts aren't parsed as addresses makes "0.0.1" one, so clients need no special option.
 */
const challenge = `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="vault://0.0.1"`;

/** Key Vault's secrets over HTTPS. Any bearer token opens it: it stands for the protocol, not for access control. */
export function startKeyVault(options: {
  port: number;
  certificate: Certificate;
  store: VaultStore;
  intercept?: Intercept | undefined;
}): Promise<Listening> {
  const { store, ...service } = options;
  return serveAzure({
    ...{ ...service, name: 'key-vault', challenge },
    understand: (request, url) => operationOf(store, request.method ?? '', url, () => readJsonBody(request)),
  });
}

function operationOf(
  store: VaultStore,
  method: string,
  url: URL,
  body: () => Promise<Record<string, unknown>>,
): Operation {
  const [collection = '', name = '', rest = ''] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const isWord = ['', 'versions', 'recover'].includes(rest);
  const shape = [collection, name && '{name}', isWord ? rest : '{version}'].filter(Boolean).join('/');
  const route = vaultRoutes[`${method} /${shape}`];
  if (!url.searchParams.has('api-version'))
    throw new AzureError(400, 'BadParameter', 'api-version must be specified');
  if (!/^[0-9a-z-]{0,127}$/i.test(name)) throw new AzureError(400, 'BadParameter', `Invalid name: ${name}`);
  if (!route) throw new AzureError(405, 'MethodNotAllowed', `The laptop vault has no ${method} /${shape}`);
  const [operation, act] = route;
  const call = { store, url, name, version: isWord ? '' : rest, body };
  return { operation, name, act: () => act(call) };
}
