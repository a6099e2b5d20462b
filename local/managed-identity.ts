import { type CryptoKey, generateKeyPair, SignJWT } from 'jose';
import { listen, type Listening, sendJson } from './listen.ts';
import { managedIdentities, tenantId } from './sample-callers.ts';

export interface ManagedIdentity extends Listening {
  /** Values of IDENTITY_ENDPOINT and IDENTITY_HEADER for processes that may use the endpoint. */
  endpoint: string;
  header: string;
  /** Issues a bearer token for `resource` to that identity. Rejects on an unknown client id. */
  issue(clientId: string, resource: string): Promise<string>;
}

/** An hour instead of Azure's day, so that a long-running stack shows whether tokens are renewed. */
const lifetimeSeconds = 3600;

/** Serves App Service's managed identity endpoint (api-version 2019-08-01) for the broker's identities. */
export async function startManagedIdentity(port: number, header: string): Promise<ManagedIdentity> {
  const { privateKey } = await generateKeyPair('ES256');
  const issue = (clientId: string, resource: string): Promise<string> =>
    signToken(privateKey, clientId, resource);
  const server = await listen(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const refuse = (status: number, message: string): void => {
      sendJson(response, status, { statusCode: status, message });
    };
    const resource = url.searchParams.get('resource');
    const clientId = url.searchParams.get('client_id') ?? '';
    if (url.pathname !== '/msi/token' || request.method !== 'GET') refuse(404, 'Not found.');
    else if (request.headers['x-identity-header'] !== header)
      refuse(401, 'X-IDENTITY-HEADER is absent or wrong.');
    else if (url.searchParams.get('api-version') !== '2019-08-01')
      refuse(400, 'api-version must be 2019-08-01.');
    else if (!resource) refuse(400, 'resource is missing.');
    else if (!managedIdentities[clientId])
      refuse(400, `No managed identity has the client id "${clientId}".`);
    else {
      const expiresOn = String(Math.floor(Date.now() / 1000) + lifetimeSeconds);
      const token = { access_token: await issue(clientId, resource), expires_on: expiresOn, resource };
      sendJson(response, 200, { ...token, token_type: 'Bearer', client_id: clientId });
    }
  }, port);
  return { ...server, endpoint: `${server.url}/msi/token`, header, issue };
}

async function signToken(key: CryptoKey, clientId: string, resource: string): Promise<string> {
  const identity = managedIdentities[clientId];
  if (!identity) throw new Error(`No managed identity has the client id "${clientId}".`);
  const issuedAt = Math.floor(Date.now() / 1000);
  // Azurite reads these claims and accepts only Microsoft Entra's issuers, but does not check the signature.
  return new SignJWT({ oid: identity.oid, tid: tenantId, appid: clientId, idtyp: 'app', ver: '1.0' })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
    .setIssuer(`https://sts.windows.net/${tenantId}/`)
    .setSubject(identity.oid)
    .setAudience(resource)
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt - 5)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(key);
}
