import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { KeyName, KeyTimes } from '../local/account-keys.ts';
import { listen, readJsonBody, sendJson } from '../local/listen.ts';
import { type Fault, PlannedFaults } from '../local/planned-faults.ts';
import { freePorts } from '../local/ports.ts';
import { purgerClientId, rotatorClientId, signerClientId } from '../local/sample-callers.ts';
import { type Stack, startStack } from '../local/stack.ts';
import { bundlePrograms } from './bundled-programs.ts';

/** What every test worker knows about the stack that the whole test run shares. */
export interface TestStack {
  folder: string;
  /** Where the programs are that tests start; see bundled-programs.ts. */
  programs: string;
  caFile: string;
  caPem: string;
  /** Base URLs without an account. */
  blob: string;
  queue: string;
  table: string;
  keyVault: string;
  resourceManager: string;
  identityEndpoint: string;
  identityHeader: string;
  signerClientId: string;
  rotatorClientId: string;
  purgerClientId: string;
  issuer: string;
  /** Base URL for adding accounts, setting keys, issuing bearer tokens and planning faults; see stack-client.ts. */
  control: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    stack: TestStack;
  }
}

const faults = new PlannedFaults();

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'laptop-stack-'));
  const { intercept } = faults;
  const programs = join(folder, 'programs');
  const [stack] = await Promise.all([
    startStack({ folder, ports: freePorts, samples: false, inMemory: true, intercept }),
    bundlePrograms(programs),
  ]);
  const control = await serveControl(stack);
  // Node reads this variable only when a process starts. Workers are forked later, so they trust the stack; this
  // process does not.
  process.env['NODE_EXTRA_CA_CERTS'] = stack.certificate.caFile;
  provide('stack', {
    folder,
    programs,
    caFile: stack.certificate.caFile,
    caPem: stack.certificate.ca,
    blob: stack.blob,
    queue: stack.queue,
    table: stack.table,
    keyVault: stack.keyVault,
    resourceManager: stack.resourceManager,
    identityEndpoint: stack.identity.endpoint,
    identityHeader: stack.identity.header,
    signerClientId,
    rotatorClientId,
    purgerClientId,
    issuer: stack.issuer.url,
    control: control.url,
  });
  return async () => {
    faults.stop();
    await Promise.all([control.stop(), stack.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Lets test workers, which are other processes, control the stack over HTTP. */
function serveControl(stack: Stack): ReturnType<typeof listen> {
  let accounts = 0;
  return listen(async (request, response) => {
    const body = await readJsonBody(request);
    const [, collection, name, part] = (request.url ?? '').split('/');
    if (collection === 'accounts' && name === undefined) {
      const account = (body['name'] as string | undefined) ?? `account${++accounts}`;
      const pair = await stack.addAccount(account, body['keyTimes'] as KeyTimes | undefined);
      sendJson(response, 201, { name: account, ...pair });
    } else if (collection === 'accounts' && name && part === 'delegation-keys') {
      await stack.revokeDelegationKeys(name);
      sendJson(response, 200, {});
    } else if (collection === 'accounts' && name) {
      const pair = await stack.setKey(name, body['key'] as KeyName, body['value'] as string | undefined);
      sendJson(response, 200, { name, ...pair });
    } else if (collection === 'bearer-tokens') {
      const { caller, claims, lifetimeSeconds } = body as {
        caller: string;
        claims?: object;
        lifetimeSeconds?: number;
      };
      sendJson(response, 201, { token: await stack.issuer.issue(caller, { ...claims }, lifetimeSeconds) });
    } else if (name === 'faults') {
      faults.plan(collection ?? '', body as unknown as Fault);
      sendJson(response, 201, {});
    } else if (name === 'no-faults') {
      faults.clear(collection ?? '', body['name'] as string | undefined);
      sendJson(response, 200, {});
    } else if (name === 'calls') {
      sendJson(response, 200, faults.calls(collection ?? '', String(body['name'])));
    } else {
      sendJson(response, 404, { error: { message: 'unknown' } });
    }
  }, 0);
}
