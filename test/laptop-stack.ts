import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { KeyName } from '../local/account-keys.ts';
import { listen, readJsonBody, sendJson } from '../local/listen.ts';
import { freePorts } from '../local/ports.ts';
import { rotatorClientId, signerClientId } from '../local/sample-callers.ts';
import { startStack } from '../local/stack.ts';
import type { Stack } from '../local/stack.ts';

/** What every test worker knows of the one stack of a test run. */
export interface TestStack {
  folder: string;
  caFile: string;
  caPem: string;
  /** Base URLs without an account. */
  blob: string;
  queue: string;
  table: string;
  keyVault: string;
  identityEndpoint: string;
  identityHeader: string;
  signerClientId: string;
  rotatorClientId: string;
  issuer: string;
  /** Makes accounts, sets keys and mints bearer tokens: see stack-client.ts. */
  control: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    stack: TestStack;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'laptop-stack-'));
  const stack = await startStack({ folder, ports: freePorts, samples: false, inMemory: true });
  const control = await serveControl(stack);
  // Node reads it once, at start: workers are forked after this and trust the stack, the main process doesn't.
  process.env['NODE_EXTRA_CA_CERTS'] = stack.certificate.caFile;
  provide('stack', {
    ...{ folder, caFile: stack.certificate.caFile, caPem: stack.certificate.ca },
    ...{ blob: stack.blob, queue: stack.queue, table: stack.table },
    ...{ keyVault: stack.keyVault, issuer: stack.issuer.url },
    ...{ identityEndpoint: stack.identity.endpoint, identityHeader: stack.identity.header },
    ...{ signerClientId, rotatorClientId, control: control.url },
  });
  return async () => {
    await Promise.all([control.stop(), stack.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Workers are other processes, so what only the stack's own process can do is a request away. */
function serveControl(stack: Stack): ReturnType<typeof listen> {
  let accounts = 0;
  return listen(async (request, response) => {
    const body = await readJsonBody(request);
    const [, collection, name] = (request.url ?? '').split('/');
    if (collection === 'accounts' && name === undefined) {
      const account = (body['name'] as string | undefined) ?? `account${++accounts}`;
      sendJson(response, 201, { name: account, ...(await stack.addAccount(account)) });
    } else if (collection === 'accounts' && name) {
      const pair = await stack.setKey(name, body['key'] as KeyName, body['value'] as string | undefined);
      sendJson(response, 200, { name, ...pair });
    } else if (collection === 'bearer-tokens') {
      const { caller, claims, expiresIn } = body as { caller: string; claims?: object; expiresIn?: number };
      sendJson(response, 201, { token: await stack.issuer.issue(caller, { ...claims }, expiresIn) });
    } else {
      sendJson(response, 404, { error: { message: 'unknown' } });
    }
  }, 0);
}
