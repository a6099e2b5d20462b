import type { IncomingMessage } from 'node:http';
import type { Certificate } from './certificate.ts';
import { listen, readJsonBody, sendJson } from './listen.ts';
import type { Listening } from './listen.ts';
import { tenantId } from './sample-callers.ts';
import { VaultError, vaultRoutes } from './vault-routes.ts';
import type { Answer } from './vault-routes.ts';
import type { VaultStore } from './vault-store.ts';

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
      try {
        const { status = 200, body } = await answer(request, store, server.url);
        sendJson(response, status, body);
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        sendJson(
          response,
          error.status,
          error.body,
          error.status === 401 ? { 'www-authenticate': challenge } : {},
        );
      }
    },
    port,
    certificate,
  );
  return server;
}

async function answer(request: IncomingMessage, store: VaultStore, host: string): Promise<Answer> {
  if (!/^Bearer ./.test(request.headers.authorization ?? '')) {
    throw new VaultError(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.');
  }
  const url = new URL(request.url ?? '', host);
  const [collection = '', name = '', rest = ''] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const isWord = ['', 'versions', 'recover'].includes(rest);
  const shape = [collection, name && '{name}', isWord ? rest : '{version}'].filter(Boolean).join('/');
  const route = vaultRoutes[`${request.method ?? ''} /${shape}`];
  if (!url.searchParams.has('api-version'))
    throw new VaultError(400, 'BadParameter', 'api-version must be specified');
  if (!/^[0-9a-z-]{0,127}$/i.test(name)) throw new VaultError(400, 'BadParameter', `Invalid name: ${name}`);
  if (!route)
    throw new VaultError(
      405,
      'MethodNotAllowed',
      `The laptop vault has no ${request.method ?? ''} /${shape}`,
    );
  return route({ store, url, name, version: isWord ? '' : rest, body: () => readJsonBody(request) });
}
