import { OAuth2Server } from 'oauth2-mock-server';
import type { Certificate } from './certificate.ts';
import { audience, sampleCallers, tenantId } from './sample-callers.ts';
import { readState, writeState } from './state-file.ts';

export interface Issuer {
  /** The `iss` claim of its tokens, and the base URL of its discovery document. */
  url: string;
  /** Issues a token to a sample caller. `claims` override the caller's own. `lifetimeSeconds` defaults to an hour. */
  issue(caller: string, claims?: Record<string, unknown>, lifetimeSeconds?: number): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts an OpenID Connect issuer for the sample callers. Its token endpoint accepts the grant type
 * `client_credentials` with the caller's name as `client_id` and without a secret. Keeps its signing key in `keyFile`,
 * so tokens stay valid when the stack restarts.
 */
export async function startIssuer(port: number, certificate: Certificate, keyFile: string): Promise<Issuer> {
  const server = new OAuth2Server(certificate.keyFile, certificate.certFile);
  const stored = readState(keyFile) as Record<string, unknown> | undefined;
  if (stored) await server.issuer.keys.add(stored);
  else writeState(keyFile, await server.issuer.keys.generate('RS256'));
  serveSampleCallersOnly(server);
  await server.start(port, '127.0.0.1');
  const url = `https://127.0.0.1:${server.address().port}`;
  server.issuer.url = url;
  return {
    url,
    issue: (caller, claims = {}, lifetimeSeconds = 3600) => {
      const scopesOrTransform = (_header: unknown, payload: object): void => {
        Object.assign(payload, buildClaims(caller), claims);
      };
      return server.issuer.buildToken({ scopesOrTransform, expiresIn: lifetimeSeconds });
    },
    stop: () => server.stop(),
  };
}

interface TokenRequest {
  body: { grant_type?: unknown; client_id?: unknown };
}

function serveSampleCallersOnly(server: OAuth2Server): void {
  const findCaller = ({ body }: TokenRequest): string | undefined =>
    body.grant_type === 'client_credentials' &&
    typeof body.client_id === 'string' &&
    body.client_id in sampleCallers
      ? body.client_id
      : undefined;
  server.service.on('beforeTokenSigning', (token: { payload: object }, request: TokenRequest) => {
    const caller = findCaller(request);
    if (caller) Object.assign(token.payload, buildClaims(caller));
  });
  server.service.on(
    'beforeResponse',
    (reply: { body: unknown; statusCode: number }, request: TokenRequest) => {
      if (findCaller(request)) return;
      const callers = Object.keys(sampleCallers).join(', ');
      const text = `use grant_type client_credentials, and as client_id one of ${callers}`;
      Object.assign(reply, { statusCode: 400, body: { error: 'invalid_client', error_description: text } });
    },
  );
}

/** Returns the claims of a Microsoft Entra v2.0 application token for a sample caller. */
function buildClaims(caller: string): Record<string, unknown> {
  const sample = sampleCallers[caller];
  if (!sample)
    throw new Error(
      `"${caller}" is not a sample caller; use one of ${Object.keys(sampleCallers).join(', ')}.`,
    );
  return { ...sample, sub: sample.oid, azp: caller, aud: audience, tid: tenantId, ver: '2.0' };
}
