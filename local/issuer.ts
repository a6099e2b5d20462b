import { readFileSync } from 'node:fs';
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';
import type { Certificate } from './certificate.ts';
import { serveSampleCallersOnly } from './issuer-tokens.ts';
import { listen } from './listen.ts';
import { buildClaims } from './sample-callers.ts';
import { admitSignIn, isOnThisMachine } from './sign-in-page.ts';
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
 * `client_credentials` with the caller's name as `client_id` and without a secret. A browser signs in by authorization
 * code with PKCE: `/authorize` asks which sample caller to be. Keeps its signing key in `keyFile`, so tokens stay valid
 * when the stack restarts.
 */
export async function startIssuer(port: number, certificate: Certificate, keyFile: string): Promise<Issuer> {
  const issuer = new OAuth2Issuer();
  const stored = readState(keyFile) as Record<string, unknown> | undefined;
  if (stored) await issuer.keys.add(stored);
  else writeState(keyFile, await issuer.keys.generate('RS256'));
  const server = await serve(issuer, port, certificate);
  issuer.url = server.url;
  return {
    url: server.url,
    issue: (caller, claims = {}, lifetimeSeconds = 3600) => {
      const scopesOrTransform = (_header: unknown, payload: object): void => {
        Object.assign(payload, buildClaims(caller), claims);
      };
      return issuer.buildToken({ scopesOrTransform, expiresIn: lifetimeSeconds });
    },
    stop: () => server.stop(),
  };
}

function serve(issuer: OAuth2Issuer, port: number, certificate: Certificate): ReturnType<typeof listen> {
  const service = new OAuth2Service(issuer);
  serveSampleCallersOnly(service);
  const tls = {
    cert: readFileSync(certificate.certFile, 'utf8'),
    key: readFileSync(certificate.keyFile, 'utf8'),
  };
  return listen(
    (request, response) => {
      const url = new URL(request.url ?? '/', 'https://127.0.0.1');
      if (request.method === 'GET' && url.pathname === '/authorize' && !admitSignIn(url, response)) return;
      if (
        url.pathname === '/endsession' &&
        !isOnThisMachine(url.searchParams.get('post_logout_redirect_uri') ?? '')
      ) {
        response.writeHead(400).end('post_logout_redirect_uri must be on this machine\n');
        return;
      }
      service.requestHandler(request, response);
    },
    port,
    tls,
  );
}
