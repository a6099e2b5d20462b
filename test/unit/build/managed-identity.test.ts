import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lighterPackages } from '../../../build/lighter-packages.mjs';

const folder = mkdtempSync(join(tmpdir(), 'managed-identity-'));
const credential = join(folder, 'credential.mjs');
const PROGRAM = `
  import { ManagedIdentityCredential } from ${JSON.stringify(credential)};
  const clientId = process.env.CLIENT_ID;
  const options = { ...(clientId ? { clientId } : {}), retryOptions: { maxRetries: 0 } };
  try {
    const { token } = await new ManagedIdentityCredential(options).getToken('https://storage.azure.com/.default');
    console.log(token);
  } catch (error) {
    console.log(error.name, error.message);
  }`;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
const asked: Asked[] = [];
/** The stand-in for every endpoint of managed identities. */
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += String(part)));
  request.on('end', () => {
    const { pathname: path, searchParams } = new URL(request.url ?? '', 'http://stand-in');
    const query = Object.fromEntries(searchParams);
    asked.push({ method: request.method ?? '', path, query, headers: request.headers, body });
    response.setHeader('content-type', 'application/json');
    if (path === '/arc') response.writeHead(401, { 'www-authenticate': 'Basic realm=/etc/passwd' }).end('{}');
    else {
      const expires = Math.floor(Date.now() / 1000) + 3600;
      response.end(
        JSON.stringify({
          access_token: `token of ${path}`,
          expires_on: String(expires),
          token_type: 'Bearer',
        }),
      );
    }
  });
});
let origin: string;

beforeAll(async () => {
  await build({
    stdin: {
      contents: "export { ManagedIdentityCredential } from '@azure/identity';",
      resolveDir: import.meta.dirname,
    },
    outfile: credential,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
    plugins: [lighterPackages],
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Asks for a token in a new process, because MSAL remembers which endpoint it found. */
async function ask(env: Record<string, string>): Promise<{ output: string; request: Asked | undefined }> {
  asked.length = 0;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    env,
  });
  return { output: stdout.trim(), request: asked[0] };
}

const RESOURCE = 'https://storage.azure.com';

describe('the bundled credential gets tokens from', () => {
  it('App Service and Functions', async () => {
    const { output, request } = await ask({
      IDENTITY_ENDPOINT: `${origin}/msi/token`,
      IDENTITY_HEADER: 'secret',
      CLIENT_ID: 'signer',
    });
    expect(output).toBe('token of /msi/token');
    expect(request).toMatchObject({
      method: 'GET',
      query: { 'api-version': '2019-08-01', resource: RESOURCE, client_id: 'signer' },
      headers: { 'x-identity-header': 'secret' },
    });
  });

  it('the metadata service of virtual machines', async () => {
    const { output, request } = await ask({ AZURE_POD_IDENTITY_AUTHORITY_HOST: origin, CLIENT_ID: 'signer' });
    expect(output).toBe('token of /metadata/identity/oauth2/token/');
    expect(request).toMatchObject({
      method: 'GET',
      query: { 'api-version': '2018-02-01', resource: RESOURCE, client_id: 'signer' },
      headers: { metadata: 'true' },
    });
  });

  it('Service Fabric', async () => {
    const { output, request } = await ask({
      IDENTITY_ENDPOINT: `${origin}/fabric`,
      IDENTITY_HEADER: 'secret',
      IDENTITY_SERVER_THUMBPRINT: 'thumbprint',
    });
    expect(output).toBe('token of /fabric');
    expect(request).toMatchObject({
      query: { 'api-version': '2019-07-01-preview', resource: RESOURCE },
      headers: { secret: 'secret' },
    });
  });

  it('Machine Learning', async () => {
    const { output, request } = await ask({
      MSI_ENDPOINT: `${origin}/learning`,
      MSI_SECRET: 'secret',
      CLIENT_ID: 'signer',
    });
    expect(output).toBe('token of /learning');
    expect(request).toMatchObject({
      query: { 'api-version': '2017-09-01', resource: RESOURCE, clientid: 'signer' },
      headers: { secret: 'secret' },
    });
  });

  it('Cloud Shell', async () => {
    const { output, request } = await ask({ MSI_ENDPOINT: `${origin}/shell` });
    expect(output).toBe('token of /shell');
    expect(request).toMatchObject({ method: 'POST', headers: { metadata: 'true' } });
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({ resource: RESOURCE });
  });
});

describe('the bundled credential', () => {
  it('asks Arc, and reads no other file than a key of its agent', async () => {
    const { output, request } = await ask({
      IDENTITY_ENDPOINT: `${origin}/arc`,
      IMDS_ENDPOINT: `${origin}/himds`,
    });
    expect(request).toMatchObject({
      query: { 'api-version': '2020-06-01', resource: RESOURCE },
      headers: { metadata: 'true' },
    });
    expect(asked).toHaveLength(1);
    expect(output).toMatch(/^CredentialUnavailableError /);
  });

  it('says that it does not support the workload identity of Kubernetes', async () => {
    const { output, request } = await ask({
      AZURE_CLIENT_ID: 'signer',
      AZURE_TENANT_ID: 'tenant',
      AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/token',
      CLIENT_ID: 'signer',
    });
    expect(output).toContain('supports managed identities only');
    expect(request).toBeUndefined();
  });
});
