import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';

export interface SigningPair {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

const DISCOVERY = '/.well-known/openid-configuration';

/** Generates a key pair in the form that a provider publishes. */
export async function signingPair(alg: string, kid: string): Promise<SigningPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { alg, kid, privateKey, publicKey, jwk };
}

/** An OpenID Connect provider on its own port. It counts requests, and tests can break it in several ways. */
export class OidcIssuer {
  keys: JWK[] = [];
  /** Members that replace those of the discovery document. */
  discovery: Record<string, unknown> = {};
  /** The reply to send instead of the JWKS. */
  jwksReply: { status: number; body: string; location?: string } | null = null;
  /** What to do instead of any reply: `cut` closes the connection, `silent` leaves it open. */
  fault: 'cut' | 'silent' | null = null;
  readonly #server: Server;
  #requests: string[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response);
    });
  }

  static async start(...pairs: readonly SigningPair[]): Promise<OidcIssuer> {
    const issuer = new OidcIssuer();
    issuer.keys = pairs.map((pair) => pair.jwk);
    await new Promise<void>((resolve) => issuer.#server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get requests(): { discovery: number; jwks: number; all: number } {
    const count = (path: string) => this.#requests.filter((asked) => asked.endsWith(path)).length;
    return { discovery: count(DISCOVERY), jwks: count('/keys'), all: this.#requests.length };
  }

  /** Signs a token with `pair`. A claim or header parameter that is undefined is left out. */
  async sign(
    pair: SigningPair,
    claims: Record<string, unknown>,
    header: Partial<JWTHeaderParameters> = {},
  ): Promise<string> {
    const parameters = { alg: pair.alg, kid: pair.kid, typ: 'JWT', ...header };
    return await new SignJWT({ iss: this.url, ...claims })
      .setProtectedHeader(parameters)
      .sign(pair.privateKey);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.#requests.push(path);
    if (this.fault === 'silent') return;
    if (this.fault === 'cut') {
      request.socket.destroy();
      return;
    }
    const json = (status: number, body: string, location?: string) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...(location && { location }) })
        .end(body);
    if (path.endsWith(DISCOVERY))
      json(200, JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys`, ...this.discovery }));
    else if (this.jwksReply !== null)
      json(this.jwksReply.status, this.jwksReply.body, this.jwksReply.location);
    else json(200, JSON.stringify({ keys: this.keys }));
  }
}
