import { OAuth2Server } from 'oauth2-mock-server';
import type { Certificate } from './certificate.ts';
import { audience, sampleCallers, tenantId } from './sample-callers.ts';
import { readState, writeState } from './state-file.ts';

export interface Issuer {
  /** The `iss` of its tokens; discovery is under it. */
  url: string;
  /** A token of a sample caller, with `claims` over its own and living `expiresIn` seconds (an hour if not given). */
  issue(caller: string, claims?: Record<string, unknown>, expiresIn?: number): Promise<string>;
  stop(): Promise<void>;
}

/**
 * An OpenID Connect issuer for the sample callers: `client_credentials` with `client_id` the caller's name, no secret.
 * Its signing key is kept in `keyFile`, so a token outlives a restart of the stack.
 */
export async function startIssuer(port: number, certificate: Certificate, keyFile: string): Promise<Issuer> {
  const server = new OAuth2Server(certificate.keyFile, certificate.certFile);
  const stored = readState(keyFile) as Record<string, unknown> | undefined;
  if (stored) await server.issuer.keys.add(stored);
  else writeState(keyFile, await server.issuer.keys.generate('RS256'));
  refuseOthers(server);
  await server.start(port, '127.0.0.1');
  const url = `https://127.0.0.1:${server.address().port}`;
  server.issuer.url = url;
  return {
    url,
    issue: (caller, claims = {}, expiresIn = 3600) => {
      const scopesOrTransform = (_header: unknown, payload: object): void => {
        Object.assign(payload, claimsOf(caller), claims);
      };
      return server.issuer.buildToken({ scopesOrTransform, expiresIn });
    },
    stop: () => server.stop(),
  };
}

interface TokenRequest {
  body: { grant_type?: unknown; client_id?: unknown };
}

function refuseOthers(server: OAuth2Server): void {
  const callerOf = ({ body }: TokenRequest): string | undefined =>
    body.grant_type === 'client_credentials' &&
    typeof body.client_id === 'string' &&
    body.client_id in sampleCallers
      ? body.client_id
      : undefined;
  server.service.on('beforeTokenSigning', (token: { payload: object }, request: TokenRequest) => {
    const caller = callerOf(request);
    if (caller) Object.assign(token.payload, claimsOf(caller));
  });
  server.service.on(
    'beforeResponse',
    (reply: { body: unknown; statusCode: number }, request: TokenRequest) => {
      if (callerOf(request)) return;
      const callers = Object.keys(sampleCallers).join(', ');
      const text = `use grant_type client_credentials, and as client_id one of ${callers}`;
      Object.assign(reply, { statusCode: 400, body: { error: 'invalid_client', error_description: text } });
    },
  );
}

/** The claims of a Microsoft Entra v2.0 application token. */
function claimsOf(caller: string): Record<string, unknown> {
  const sample = sampleCallers[caller];
  if (!sample)
    throw new Error(`No sample caller "${caller}"; there are ${Object.keys(sampleCallers).join(', ')}.`);
  return { ...sample, sub: sample.oid, azp: caller, aud: audience, tid: tenantId, ver: '2.0' };
}
