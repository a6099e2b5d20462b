import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { afterAll, describe, expect, it, test } from 'vitest';
import { consoleFiles } from '../../../functions/console.ts';
import type { Composition } from '../../../shared/compose/compose.ts';
import type { ConsoleSignIn } from '../../../shared/config/broker-config.ts';
import { fail, ok } from '../../../shared/result.ts';

const folder = mkdtempSync(join(tmpdir(), 'console-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PAGE = '<meta name="sign-in" content="__SIGN_IN__"><script src="app-AAAAAAAA.js" nonce="__NONCE__">';
for (const [name, text] of Object.entries({
  'index.html': PAGE,
  'index.html.br': 'never',
  'app-AAAAAAAA.js': 'script',
  'app-AAAAAAAA.js.br': 'compressed script',
  'app-AAAAAAAA.css': 'style',
  'icon.svg': 'icon',
  'secret.json': 'not the build’s',
}))
  writeFileSync(join(folder, name), text);

const SIGN_IN: ConsoleSignIn = {
  title: '"$& <b>',
  issuer: 'https://login.test/v2.0',
  authorizationEndpoint: 'https://login.test/authorize',
  tokenEndpoint: 'https://token.test:8443/token',
  endSessionEndpoint: null,
  clientId: 'console',
  scope: 'openid',
};

const serving = (signIn: ConsoleSignIn | null) =>
  ok({ config: { console: signIn } }) as unknown as Composition;
const handler = (composition: Composition) => consoleFiles(composition, pathToFileURL(`${folder}/`));
const shared = handler(serving(SIGN_IN));

interface Answer extends HttpResponseInit {
  readonly headers?: Record<string, string>;
}

async function get(path: string, headers: Record<string, string> = {}, serve = shared): Promise<Answer> {
  const [, asset] = /^\/api\/console\/(.+)$/.exec(path) ?? [];
  const request = new HttpRequest({
    method: 'GET',
    url: `http://broker.test${path}`,
    headers,
    params: asset === undefined ? {} : { asset },
  });
  return (await serve(request, new InvocationContext())) as Answer;
}

const textOf = ({ body }: Pick<HttpResponseInit, 'body'>) => Buffer.from(body as Buffer | string).toString();

describe('the console’s page', () => {
  it('has a policy that allows its own files, a nonce for styles, and calls to the token endpoint', async () => {
    const { headers, body, status } = await get('/api/console/');
    const [, nonce] = /nonce="([^"]+)"/.exec(textOf({ body })) ?? [];
    expect(status).toBeUndefined();
    expect(nonce).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(headers).toEqual({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self'; font-src 'self'; connect-src 'self' https://token.test:8443; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      'x-content-type-options': 'nosniff',
    });
  });

  it('has another nonce each time', async () => {
    const [one, other] = await Promise.all([get('/api/console/'), get('/api/console/')]);
    expect(one.body).not.toBe(other.body);
  });

  it('carries how to sign in, escaped', async () => {
    const { body } = await get('/api/console/');
    const [, content = ''] = /content="([^"]*)"/.exec(textOf({ body })) ?? [];
    expect(content).not.toMatch(/[<>]/);
    const text = content.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
    expect(JSON.parse(text)).toEqual(SIGN_IN);
  });

  it('is never compressed, because each differs', async () => {
    const { headers } = await get('/api/console/', { 'accept-encoding': 'br' });
    expect(headers).not.toHaveProperty('content-encoding');
  });

  it('needs its slash', async () => {
    expect(await get('/api/console')).toMatchObject({ status: 308, headers: { location: '/api/console/' } });
  });

  it('is absent without console in broker.json, as are its files', async () => {
    const none = handler(serving(null));
    const paths = ['/api/console', '/api/console/', '/api/console/app-AAAAAAAA.js'];
    for (const path of paths) expect(await get(path, {}, none)).toEqual({ status: 404 });
  });

  it('is replaced by a sentence if the configuration has faults', async () => {
    const answer = await get('/api/console/', {}, handler(fail([{ path: '$', message: 'm' }])));
    expect(answer).toMatchObject({
      status: 503,
      body: 'The broker’s configuration has faults. Its log lists them.',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    });
  });
});

describe('a file of the console', () => {
  it('may be kept forever', async () => {
    const { headers, body } = await get('/api/console/app-AAAAAAAA.js');
    expect(textOf({ body })).toBe('script');
    expect(headers).toEqual({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
    });
  });

  test.each([
    ['gzip, deflate, br, zstd', true],
    ['br;q=1.0', true],
    ['BR', true],
    ['gzip, br;q=0', false],
    ['br;q=0.000', false],
    ['br;q=0.001', true],
    ['brotli', false],
    ['', false],
  ])('is compressed for a client that accepts "%s": %s', async (accepted, compressed) => {
    const { body, headers } = await get('/api/console/app-AAAAAAAA.js', { 'accept-encoding': accepted });
    expect(textOf({ body })).toBe(compressed ? 'compressed script' : 'script');
    expect(headers?.['content-encoding']).toBe(compressed ? 'br' : undefined);
  });

  test.each([
    ['icon.svg', 'image/svg+xml'],
    ['app-AAAAAAAA.css', 'text/css; charset=utf-8'],
  ])('%s is %s', async (name, type) => {
    expect((await get(`/api/console/${name}`)).headers?.['content-type']).toBe(type);
  });

  test.each([
    'index.html',
    'index.html.br',
    'app-AAAAAAAA.js.br',
    'secret.json',
    '..%2fsecret.json',
    '../secret.json',
    'app-aaaaaaaa.js',
    'app-BBBBBBBB.js',
    'App-AAAAAAAA.js',
    'app-AAAAAAAA.js%00',
  ])('%s is not one', async (name) => {
    expect(await get(`/api/console/${name}`)).toEqual({ status: 404 });
  });

  it('that appears after it was asked for is found', async () => {
    const path = '/api/console/late-CCCCCCCC.js';
    expect(await get(path)).toEqual({ status: 404 });
    writeFileSync(join(folder, 'late-CCCCCCCC.js'), 'late');
    expect(textOf(await get(path))).toBe('late');
  });
});
