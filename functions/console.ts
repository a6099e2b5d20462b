import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import type { Composition } from '../shared/compose/compose.ts';
import type { ConsoleSignIn } from '../shared/config/broker-config.ts';

/** Names that the build gives to files. No other text reaches the file system. */
const ASSET = /^(?:[a-z]+-[A-Z0-9]{8}\.(?:js|css)|icon\.svg)$/;
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};
const PAGE_PATH = '/api/console/';
const NOT_SNIFFED = { 'x-content-type-options': 'nosniff' };
const SAME_ORIGIN = { 'cross-origin-resource-policy': 'same-origin' };

/**
 * Returns the handler of `GET /api/console/{asset?}`: the page and files of the web console. It takes no bearer token and
 * reads nothing of a request but its path and `Accept-Encoding`. A file is read when it is first asked for, so the
 * console costs a cold start nothing.
 * @param folder where the build has put the console's files; ends with a slash.
 */
export function consoleFiles(composition: Composition, folder: URL): HttpHandler {
  const read = keepFiles(folder);
  return async (request) => {
    if (!composition.ok) return plainText(503, 'The broker’s configuration has faults. Its log lists them.');
    const signIn = composition.value.config.console;
    const { asset } = request.params;
    if (signIn === null) return { status: 404 };
    if (asset === undefined) {
      // The page's addresses are relative, so they need the slash.
      if (!new URL(request.url).pathname.endsWith('/'))
        return { status: 308, headers: { location: PAGE_PATH, 'cache-control': 'no-store' } };
      return page(await read('index.html'), signIn);
    }
    return ASSET.test(asset) ? file(asset, request, read) : { status: 404 };
  };
}

/** Returns a function that reads a file once. A file that cannot be read is not remembered. */
function keepFiles(folder: URL): (name: string) => Promise<Buffer> {
  const files = new Map<string, Promise<Buffer>>();
  return (name) => {
    const known = files.get(name);
    if (known !== undefined) return known;
    const reading = readFile(new URL(name, folder));
    files.set(name, reading);
    reading.catch(() => files.delete(name));
    return reading;
  };
}

async function file(
  name: string,
  request: HttpRequest,
  read: (name: string) => Promise<Buffer>,
): Promise<HttpResponseInit> {
  const compressed = acceptsBrotli(request.headers.get('accept-encoding') ?? '');
  const body = await read(compressed ? `${name}.br` : name).catch(() => null);
  if (body === null) return { status: 404 };
  return {
    body,
    headers: {
      ...NOT_SNIFFED,
      ...SAME_ORIGIN,
      'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(compressed ? { 'content-encoding': 'br' } : {}),
    },
  };
}

function acceptsBrotli(header: string): boolean {
  return header.split(',').some((coding) => /^\s*br\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(coding));
}

/** The nonce is for the `<style>` elements that the console's components make; scripts come from files only. */
function page(template: Buffer, signIn: ConsoleSignIn): HttpResponseInit {
  const nonce = randomBytes(16).toString('base64');
  const values: Readonly<Record<string, string>> = {
    __NONCE__: nonce,
    __SIGN_IN__: escapeAttribute(JSON.stringify(signIn)),
  };
  return {
    body: template.toString('utf8').replace(/__[A-Z_]+__/g, (name) => values[name] ?? name),
    headers: {
      ...NOT_SNIFFED,
      ...SAME_ORIGIN,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': contentPolicy(nonce, new URL(signIn.tokenEndpoint).origin),
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    },
  };
}

function contentPolicy(nonce: string, tokenOrigin: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    `connect-src 'self' ${tokenOrigin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}

function plainText(status: number, body: string): HttpResponseInit {
  return {
    status,
    body,
    headers: { ...NOT_SNIFFED, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  };
}
