import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import type { KeyName, KeyTimes } from '../local/account-keys.ts';
import type { AzureReply, Intercept, Operation } from '../local/azure-service.ts';
import { listen, readJsonBody, sendJson } from '../local/listen.ts';
import { freePorts } from '../local/ports.ts';
import { rotatorClientId, signerClientId } from '../local/sample-callers.ts';
import { type Stack, startStack } from '../local/stack.ts';

/** What every test worker knows about the stack that the whole test run shares. */
export interface TestStack {
  folder: string;
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
  issuer: string;
  /** Base URL for adding accounts, setting keys, issuing bearer tokens and planning faults; see stack-client.ts. */
  control: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    stack: TestStack;
  }
}

export interface Fault {
  /** Resource Manager: read, listKeys, regenerateKey, revokeUserDelegationKeys; Key Vault: see vault-routes.ts. */
  operation: string;
  /** Account or secret. By default the fault matches any. */
  name?: string;
  /**
   * `throttle` replies 429 and `refuse` replies 403 (or `status`), without carrying out the operation. `late` waits
   * `delayMs`, carries it out and replies, even if the client has stopped waiting. `lose-reply` carries it out and then
   * closes the connection; with `delayMs` it closes the connection first and carries the operation out later.
   */
  fault: 'throttle' | 'refuse' | 'late' | 'lose-reply';
  status?: number;
  /** The value of Retry-After: seconds or a date. */
  retryAfter?: number | string;
  delayMs?: number;
  /** How many requests the fault affects. Default 1. */
  times?: number;
}

interface PlannedFault extends Fault {
  service: string;
  times: number;
}

/** By operation, how many requests with a bearer token arrived and how many were carried out. */
export type Calls = Record<string, { asked: number; done: number }>;

const faults: PlannedFault[] = [];
const calls = new Map<string, Calls>();
/** Cancels delayed operations, which must not run after the stack has stopped. */
const stopping = new AbortController();

const intercept: Intercept = async (service, { operation, name, perform }) => {
  const counts = calls.get(`${service}/${name}`) ?? {};
  calls.set(`${service}/${name}`, counts);
  const count = (counts[operation] ??= { asked: 0, done: 0 });
  count.asked += 1;
  const performAndCount = async (): Promise<AzureReply> => {
    const reply = await perform();
    count.done += 1;
    return reply;
  };
  const planned = faults.find(
    (fault) =>
      fault.service === service &&
      fault.operation === operation &&
      (fault.name ?? name) === name &&
      fault.times > 0,
  );
  if (!planned) return performAndCount();
  planned.times -= 1;
  return applyFault(planned, performAndCount);
};

async function applyFault(
  planned: PlannedFault,
  perform: Operation['perform'],
): Promise<AzureReply | 'close-connection'> {
  const { fault, retryAfter, delayMs = 0 } = planned;
  if (fault === 'throttle' || fault === 'refuse') {
    const status = fault === 'throttle' ? 429 : (planned.status ?? 403);
    const code = fault === 'throttle' ? 'TooManyRequests' : 'Refused';
    const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    return { status, headers, body: { error: { code, message: 'A fault that a test requested.' } } };
  }
  const performed = delay(delayMs, undefined, { signal: stopping.signal }).then(() => perform());
  if (fault === 'late') return performed;
  if (delayMs === 0) await performed;
  else performed.catch(() => undefined);
  return 'close-connection';
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'laptop-stack-'));
  const stack = await startStack({ folder, ports: freePorts, samples: false, inMemory: true, intercept });
  const control = await serveControl(stack);
  // Node reads this variable only when a process starts. Workers are forked later, so they trust the stack; this
  // process does not.
  process.env['NODE_EXTRA_CA_CERTS'] = stack.certificate.caFile;
  provide('stack', {
    folder,
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
    issuer: stack.issuer.url,
    control: control.url,
  });
  return async () => {
    stopping.abort();
    await Promise.all([control.stop(), stack.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Lets test workers, which are other processes, control the stack over HTTP. */
function serveControl(stack: Stack): ReturnType<typeof listen> {
  let accounts = 0;
  return listen(async (request, response) => {
    const body = await readJsonBody(request);
    const [, collection, name] = (request.url ?? '').split('/');
    if (collection === 'accounts' && name === undefined) {
      const account = (body['name'] as string | undefined) ?? `account${++accounts}`;
      const pair = await stack.addAccount(account, body['keyTimes'] as KeyTimes | undefined);
      sendJson(response, 201, { name: account, ...pair });
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
      faults.push({ times: 1, ...body, service: collection } as unknown as PlannedFault);
      sendJson(response, 201, {});
    } else if (name === 'calls') {
      sendJson(response, 200, calls.get(`${collection ?? ''}/${String(body['name'])}`) ?? {});
    } else {
      sendJson(response, 404, { error: { message: 'unknown' } });
    }
  }, 0);
}
