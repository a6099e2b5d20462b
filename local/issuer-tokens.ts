import type { IncomingMessage } from 'node:http';
import type { OAuth2Service } from 'oauth2-mock-server';
import { buildClaims, sampleCallers } from './sample-callers.ts';

interface TokenRequest {
  body: {
    grant_type?: unknown;
    client_id?: unknown;
    code?: unknown;
    code_verifier?: unknown;
    refresh_token?: unknown;
  };
}
interface TokenReply {
  body: Record<string, unknown>;
  statusCode: number;
}
type AuthorizeRequest = IncomingMessage & { query: Record<string, string | undefined> };

/**
 * Makes the service issue tokens to sample callers only, and answer a browser as Microsoft Entra does. The library does
 * not know who signs in: it forgets whom a code or a refresh token belongs to, and compares a PKCE verifier only if one
 * is sent.
 */
export function serveSampleCallersOnly(service: OAuth2Service): void {
  /** The sample caller of each code and refresh token. Each can be used once. */
  const owners = new Map<string, string>();
  service.on('beforeAuthorizeRedirect', ({ url }: { url: URL }, { query }: AuthorizeRequest) => {
    const code = url.searchParams.get('code');
    if (code !== null) owners.set(code, query['login_hint'] ?? '');
    if (query['response_mode'] !== 'fragment') return;
    // No server sees what is behind the "#".
    url.hash = url.searchParams.toString();
    url.search = '';
  });
  service.on('beforeTokenSigning', (token: { payload: Record<string, unknown> }, request: TokenRequest) => {
    const caller = findCaller(request, owners);
    if (caller === undefined) return;
    const { aud, nonce } = token.payload;
    // The library addresses an ID token to the client, and an access token to nobody.
    const isIdToken = request.body.grant_type !== 'client_credentials' && aud !== undefined;
    const claims = buildClaims(caller);
    if (isIdToken) Object.assign(token.payload, claims, { aud, nonce, roles: undefined, azp: undefined });
    else Object.assign(token.payload, claims);
  });
  service.on('beforeResponse', (reply: TokenReply, request: TokenRequest) => {
    const caller = findCaller(request, owners);
    if (caller === undefined) refuse(reply);
    else if (request.body.grant_type !== 'client_credentials') renew(reply, request, caller, owners);
  });
}

function findCaller({ body }: TokenRequest, owners: ReadonlyMap<string, string>): string | undefined {
  switch (body.grant_type) {
    case 'client_credentials':
      return typeof body.client_id === 'string' && Object.hasOwn(sampleCallers, body.client_id)
        ? body.client_id
        : undefined;
    case 'authorization_code':
      return body.code_verifier === undefined ? undefined : owners.get(String(body.code));
    case 'refresh_token':
      return owners.get(String(body.refresh_token));
    default:
      return undefined;
  }
}

/** Replaces the code or refresh token of a request by the reply's refresh token. */
function renew(reply: TokenReply, { body }: TokenRequest, caller: string, owners: Map<string, string>): void {
  owners.delete(String(body.code));
  owners.delete(String(body.refresh_token));
  owners.set(String(reply.body['refresh_token']), caller);
}

function refuse(reply: TokenReply): void {
  const callers = Object.keys(sampleCallers).join(', ');
  const text = `use grant_type client_credentials, and as client_id one of ${callers}; or sign in at /authorize`;
  Object.assign(reply, { statusCode: 400, body: { error: 'invalid_client', error_description: text } });
}
