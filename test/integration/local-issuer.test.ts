import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { describe, expect, inject, it, test } from 'vitest';
import { audience, sampleCallers } from '../../local/sample-callers.ts';

const { issuer } = inject('stack');
const verifier = randomBytes(32).toString('base64url');
const asked = {
  client_id: 'console',
  redirect_uri: 'http://127.0.0.1:7071/api/console/',
  response_type: 'code',
  response_mode: 'fragment',
  scope: 'openid offline_access',
  state: 'state-1',
  nonce: 'nonce-1',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
};

const authorize = (parts: object = {}) =>
  fetch(`${issuer}/authorize?${new URLSearchParams({ ...asked, ...parts }).toString()}`, {
    redirect: 'manual',
  });

async function codeFor(caller: string): Promise<string> {
  const location = new URL((await authorize({ login_hint: caller })).headers.get('location') ?? '');
  expect(location.search).toBe('');
  const answer = new URLSearchParams(location.hash.slice(1));
  expect(answer.get('state')).toBe('state-1');
  return answer.get('code') ?? '';
}

async function token(body: Record<string, string>): Promise<Record<string, unknown> & { status: number }> {
  const form = new URLSearchParams({ client_id: 'console', ...body });
  const reply = await fetch(`${issuer}/token`, { method: 'POST', body: form });
  return { status: reply.status, ...((await reply.json()) as object) };
}

const redeem = (code: string, parts: Record<string, string> = { code_verifier: verifier }) =>
  token({ grant_type: 'authorization_code', code, redirect_uri: asked.redirect_uri, ...parts });

describe('the laptop issuer’s sign-in page', () => {
  it('asks which sample caller to be', async () => {
    const reply = await authorize();
    const page = await reply.text();
    expect(reply.status).toBe(200);
    for (const [id, { name }] of Object.entries(sampleCallers)) {
      expect(page).toContain(`<b>${name}</b>`);
      expect(page).toContain(`login_hint=${id}`);
    }
  });

  it('asks again for somebody whom it does not know, and does not repeat their name', async () => {
    const page = await (await authorize({ login_hint: '"><script>' })).text();
    expect(page).toContain('Sign in as');
    expect(page).not.toMatch(/script/i);
  });

  test.each([
    [{ redirect_uri: 'https://evil.test/' }, 'redirect_uri must be on this machine'],
    [{ redirect_uri: 'https://127.0.0.1.evil.test/' }, 'redirect_uri must be on this machine'],
    [{ code_challenge_method: 'plain' }, 'PKCE is required'],
    [{ code_challenge: '' }, 'PKCE is required'],
  ])('refuses %j', async (parts, why) => {
    const reply = await authorize({ login_hint: 'auditor', ...parts });
    expect(reply.status).toBe(400);
    expect(await reply.text()).toContain(why);
  });

  it('leads away from this machine after signing out neither', async () => {
    const leave = (to: string) =>
      fetch(`${issuer}/endsession?${new URLSearchParams({ post_logout_redirect_uri: to }).toString()}`, {
        redirect: 'manual',
      });
    expect((await leave('https://evil.test/')).status).toBe(400);
    expect((await leave(asked.redirect_uri)).headers.get('location')).toBe(asked.redirect_uri);
  });
});

describe('the laptop issuer’s tokens for a browser', () => {
  it('are the caller’s: an access token for the API, and an ID token for the console', async () => {
    const reply = await redeem(await codeFor('auditor'));
    expect(reply.status).toBe(200);
    expect(decodeJwt(String(reply['access_token']))).toMatchObject({
      iss: issuer,
      aud: audience,
      oid: sampleCallers['auditor']!.oid,
      roles: ['Broker.Auditor'],
    });
    const id = decodeJwt(String(reply['id_token']));
    expect(id).toMatchObject({ aud: 'console', nonce: 'nonce-1', name: 'Ada Auditor' });
    expect(id).not.toHaveProperty('roles');
  });

  it('need the right verifier, and a code works once', async () => {
    const wrong = randomBytes(32).toString('base64url');
    expect((await redeem(await codeFor('reader'), {})).status).toBe(400);
    expect((await redeem(await codeFor('reader'), { code_verifier: wrong })).status).toBe(400);
    expect((await redeem('made-up')).status).toBe(400);
    const code = await codeFor('reader');
    expect((await redeem(code)).status).toBe(200);
    expect((await redeem(code)).status).toBe(400);
  });

  it('are renewed for the same caller, once for each refresh token', async () => {
    const first = await redeem(await codeFor('operator'));
    const renew = { grant_type: 'refresh_token', refresh_token: String(first['refresh_token']) };
    const second = await token(renew);
    expect(decodeJwt(String(second['access_token']))).toMatchObject({ roles: ['Broker.Operator'] });
    expect((await token(renew)).status).toBe(400);
    expect((await token({ ...renew, refresh_token: String(second['refresh_token']) })).status).toBe(200);
    expect((await token({ ...renew, refresh_token: 'made-up' })).status).toBe(400);
  });
});
