import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { setTimeout as delay } from 'node:timers/promises';
import type { KeyName, KeyTimes } from '../local/account-keys.ts';
import type { Answer, Intercept, Operation } from '../local/azure-service.ts';
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
  resourceManager: string;
  identityEndpoint: string;
  identityHeader: string;
  signerClientId: string;
  rotatorClientId: string;
  issuer: string;
  /** Makes accounts, sets keys, mints bearer tokens, brings about faults: see stack-client.ts. */
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
  /** Account or secret; any if not given. */
  name?: string;
  /**
   * `throttle` answers 429 and `refuse` 403 (or `status`), nothing done. `late` waits `delayMs`, acts, answers, whether
   * the client waits or not. `lose-reply` acts and closes the connection; with `delayMs` it closes first, acts later.
   */
  fault: 'throttle' | 'refuse' | 'late' | 'lose-reply';
  status?: number;
  /** Seconds, or a date, for Retry-After. */
  retryAfter?: number | string;
  delayMs?: number;
  /** How many requests it meets; once if not given. */
  times?: number;
}

interface PlannedFault extends Fault {
  service: string;
  times: number;
}

/** Requests that bore a token, by operation: how many came, and how many were carried out. */
export type Calls = Record<string, { asked: number; done: number }>;

const faults: PlannedFault[] = [];
const calls = new Map<string, Calls>();
/** What is to land late must not land on a stack that is gone. */
const stopping = new AbortController();

const intercept: Intercept = async (service, { operation, name, act }) => {
  const counts = calls.get(`${service}/${name}`) ?? {};
  calls.set(`${service}/${name}`, counts);
  const count = (counts[operation] ??= { asked: 0, done: 0 });
  count.asked += 1;
  const perform = async (): Promise<Answer> => {
    const answer = await act();
    count.done += 1;
    return answer;
  };
  const meets = (fault: PlannedFault): boolean => fault.service === service && fault.operation === operation;
  const met = faults.find((fault) => meets(fault) && (fault.name ?? name) === name && fault.times > 0);
  if (!met) return perform();
  met.times -= 1;
  return suffer(met, perform);
};

async function suffer(met: PlannedFault, act: Operation['act']): Promise<Answer | 'cut'> {
  const { fault, retryAfter, delayMs = 0 } = met;
  if (fault === 'throttle' || fault === 'refuse') {
    const [status, code] = fault === 'throttle' ? [429, 'TooManyRequests'] : [met.status ?? 403, 'Refused'];
    const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    return { status, headers, body: { error: { code, message: 'A fault that a test asked for.' } } };
  }
  const late = delay(delayMs, undefined, { signal: stopping.signal }).then(() => act());
  if (fault === 'late') return late;
  if (delayMs === 0) await late;
  else late.catch(() => undefined);
  return 'cut';
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'laptop-stack-'));
  const stack = await startStack({ folder, ports: freePorts, samples: false, inMemory: true, intercept });
  const control = await serveControl(stack);
  // Node reads it once, at start: workers are forked after this and trust the stack, the main process doesn't.
  process.env['NODE_EXTRA_CA_CERTS'] = stack.certificate.caFile;
  provide('stack', {
    ...{ folder, caFile: stack.certificate.caFile, caPem: stack.certificate.ca },
    ...{ blob: stack.blob, queue: stack.queue, table: stack.table },
    ...{ keyVault: stack.keyVault, resourceManager: stack.resourceManager, issuer: stack.issuer.url },
    ...{ identityEndpoint: stack.identity.endpoint, identityHeader: stack.identity.header },
    ...{ signerClientId, rotatorClientId, control: control.url },
  });
  return async () => {
    stopping.abort();
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
      const pair = await stack.addAccount(account, body['keyTimes'] as KeyTimes | undefined);
      sendJson(response, 201, { name: account, ...pair });
    } else if (collection === 'accounts' && name) {
      const pair = await stack.setKey(name, body['key'] as KeyName, body['value'] as string | undefined);
      sendJson(response, 200, { name, ...pair });
    } else if (collection === 'bearer-tokens') {
      const { caller, claims, expiresIn } = body as { caller: string; claims?: object; expiresIn?: number };
      sendJson(response, 201, { token: await stack.issuer.issue(caller, { ...claims }, expiresIn) });
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
