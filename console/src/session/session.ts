import * as oauth from 'oauth4webapi';
import { useSyncExternalStore } from 'react';
import { type Pending, readAnswer, readPending } from './answer.ts';
import { signInWith } from './sign-in.ts';

/** active: somebody is signed in; ended: somebody was; none: nobody yet, with the provider's text if it refused. */
export type SessionState =
  | { readonly status: 'starting' | 'active' | 'ended' }
  | { readonly status: 'none'; readonly fault: string | null };

interface Tokens {
  readonly bearer: string;
  readonly expiresAt: number;
  readonly refresh: string | null;
}

const PENDING = 'sign-in';
const WAS_SIGNED_IN = 'signed-in';
/** Renew a token that has less left than this, in milliseconds. */
const RENEW_BEFORE_MS = 300_000;

/** In memory only: a reload signs in again, without a question if the provider still knows the person. */
let tokens: Tokens | null = null;
let state: SessionState = { status: 'starting' };
let renewing: Promise<string | null> | null = null;
const listeners = new Set<() => void>();

function change(next: SessionState): void {
  state = next;
  for (const notify of listeners) notify();
}

export function useSession(): SessionState {
  return useSyncExternalStore(
    (notify) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },
    () => state,
  );
}

const server: oauth.AuthorizationServer = {
  issuer: signInWith.issuer,
  authorization_endpoint: signInWith.authorizationEndpoint,
  token_endpoint: signInWith.tokenEndpoint,
};
/** A person's clock may be minutes off. */
const client: oauth.Client = { client_id: signInWith.clientId, [oauth.clockTolerance]: 300 };
const redirectUri = () => new URL('./', location.href.replace(/[?#].*/, '')).href;

/** Takes up the provider's answer if this page load is one; a reload of a tab with a session goes to the provider. */
export async function startSession(): Promise<void> {
  const answer = readAnswer(location.hash);
  const pending = readPending(sessionStorage.getItem(PENDING));
  sessionStorage.removeItem(PENDING);
  if (answer === null) {
    if (sessionStorage.getItem(WAS_SIGNED_IN) === null) change({ status: 'none', fault: null });
    else await signIn();
    return;
  }
  // The address is clean before anything is sent.
  history.replaceState(null, '', pending === null || pending.back === '' ? './' : pending.back);
  if (pending === null) {
    change({ status: 'none', fault: null });
    return;
  }
  try {
    keep(await redeem(answer, pending));
    sessionStorage.setItem(WAS_SIGNED_IN, 'yes');
    change({ status: 'active' });
  } catch (error) {
    sessionStorage.removeItem(WAS_SIGNED_IN);
    change({ status: 'none', fault: faultText(error) });
  }
}

async function redeem(answer: URLSearchParams, pending: Pending): Promise<oauth.TokenEndpointResponse> {
  const code = oauth.validateAuthResponse(server, client, answer, pending.state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    code,
    redirectUri(),
    pending.verifier,
  );
  return oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: pending.nonce,
    requireIdToken: true,
  });
}

function keep(reply: oauth.TokenEndpointResponse): void {
  tokens = {
    bearer: reply.access_token,
    expiresAt: Date.now() + (reply.expires_in ?? 300) * 1000,
    refresh: reply.refresh_token ?? tokens?.refresh ?? null,
  };
}

function faultText(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError)
    return error.error_description ?? error.error;
  return 'The answer of the sign-in service could not be used.';
}

/** Leaves the page for the provider, and comes back to the same place. */
export async function signIn(): Promise<void> {
  const verifier = oauth.generateRandomCodeVerifier();
  const pending: Pending = {
    verifier,
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    back: location.hash,
  };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const url = new URL(signInWith.authorizationEndpoint);
  const parameters = {
    client_id: signInWith.clientId,
    redirect_uri: redirectUri(),
    response_type: 'code',
    response_mode: 'fragment',
    scope: signInWith.scope,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

/** Returns a bearer token that will be valid for a while, or null if somebody has to sign in again. */
export async function bearer(): Promise<string | null> {
  if (tokens === null) return null;
  return tokens.expiresAt - Date.now() > RENEW_BEFORE_MS ? tokens.bearer : renew();
}

/** Renews the tokens, once for everyone who asks meanwhile. Returns null, and ends the session, if the provider refuses. */
export function renew(): Promise<string | null> {
  return (renewing ??= renewNow().finally(() => (renewing = null)));
}

async function renewNow(): Promise<string | null> {
  const refresh = tokens?.refresh ?? null;
  if (refresh !== null) {
    try {
      const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh);
      keep(await oauth.processRefreshTokenResponse(server, client, response));
      return tokens?.bearer ?? null;
    } catch {
      // Without a connection the old token may still be valid for a while.
      if (tokens !== null && tokens.expiresAt > Date.now() + 5000 && !navigator.onLine) return tokens.bearer;
    }
  }
  endSession();
  return null;
}

/** Forgets the tokens. What is on the screen stays. */
export function endSession(): void {
  if (tokens === null) return;
  tokens = null;
  sessionStorage.removeItem(WAS_SIGNED_IN);
  change({ status: 'ended' });
}

/** Forgets the tokens, and signs out of the provider if it has an address for that. */
export function signOut(): void {
  tokens = null;
  sessionStorage.removeItem(WAS_SIGNED_IN);
  const { endSessionEndpoint } = signInWith;
  if (endSessionEndpoint === null) {
    history.replaceState(null, '', './');
    location.reload();
    return;
  }
  const url = new URL(endSessionEndpoint);
  url.searchParams.set('client_id', signInWith.clientId);
  url.searchParams.set('post_logout_redirect_uri', redirectUri());
  location.assign(url);
}
