import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Certificate } from './certificate.ts';
import { stopChild, waitForExit } from './child.ts';

export interface Azurite {
  /** Base URLs without an account: `https://127.0.0.1:10000`. */
  blob: string;
  queue: string;
  table: string;
  pid: number;
  /** Replaces all accounts and keys. Resolves once every service uses them. */
  setAccounts(accounts: string): Promise<void>;
  /** Refuses user delegation SAS of the account whose key starts before now. Resolves once storage does so. */
  revokeDelegationKeys(account: string): Promise<void>;
  /** Resolves with the reason when the process has ended. */
  exited: Promise<string>;
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  /** Where blobs, queues and tables are stored; undefined for in memory. */
  folder: string | undefined;
  certificate: Certificate;
  /** The value of AZURITE_ACCOUNTS. */
  accounts: string;
  ports: { blob: number; queue: number; table: number };
}

const services = ['Blob', 'Queue', 'Table'] as const;

/**
 * Starts Azurite in a separate process, with HTTPS and bearer tokens. Rejects with Azurite's own output if it cannot
 * start.
 */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');
  const child = fork(program, buildArguments(options), {
    execArgv: ['--require', join(import.meta.dirname, 'azurite-preload.cjs')],
    env: { ...process.env, AZURITE_ACCOUNTS: options.accounts },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // In its own process group, Azurite does not get Ctrl-C. The broker must finish before storage stops.
    detached: true,
  });
  const exited = waitForExit(child);
  const { urls, failed } = await waitForUrls(child, exited);
  return {
    blob: urls.get('Blob') ?? '',
    queue: urls.get('Queue') ?? '',
    table: urls.get('Table') ?? '',
    pid: child.pid ?? 0,
    exited,
    setAccounts: (accounts) => Promise.race([tell(child, { accounts }), failed]),
    revokeDelegationKeys: (revoked) => Promise.race([tell(child, { revoked }), failed]),
    stop: () => stopChild(child, 5000),
  };
}

function buildArguments({ folder, certificate, ports }: AzuriteOptions): string[] {
  if (folder) mkdirSync(folder, { recursive: true });
  return [
    ...['--blobPort', String(ports.blob)],
    ...['--queuePort', String(ports.queue)],
    ...['--tablePort', String(ports.table)],
    ...services.flatMap((service) => [`--${service.toLowerCase()}KeepAliveTimeout`, '65']),
    ...['--cert', certificate.certFile],
    ...['--key', certificate.keyFile],
    ...['--oauth', 'basic'],
    '--skipApiVersionCheck',
    '--disableTelemetry',
    '--silent',
    ...(folder ? ['--location', folder] : ['--inMemoryPersistence']),
  ];
}

/**
 * Reads the URL of each service from Azurite's output: with port 0, nothing else tells which port it chose. `failed`
 * rejects with that output when the process ends.
 */
async function waitForUrls(
  child: ChildProcess,
  exited: Promise<string>,
): Promise<{ urls: Map<string, string>; failed: Promise<never> }> {
  const urls = new Map<string, string>();
  let output = '';
  const listening = new Promise<void>((resolve) => {
    const read = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-4000);
      for (const [, service, url] of output.matchAll(/(\w+) service is successfully listening at (\S+)\n/g)) {
        if (service && url) urls.set(service, url);
      }
      if (urls.size === services.length) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  });
  const failed = exited.then((reason) => {
    throw new Error(`Azurite ${reason}: ${output.trim()}`);
  });
  failed.catch(() => undefined);
  await Promise.race([listening, failed]);
  return { urls, failed };
}

let lastId = 0;

/** Sends azurite-preload.cjs a change and waits until it confirms. */
async function tell(child: ChildProcess, change: { accounts: string } | { revoked: string }): Promise<void> {
  const id = ++lastId;
  await new Promise<void>((resolve, reject) => {
    const onMessage = (message: { appliedId?: number }): void => {
      if (message.appliedId !== id) return;
      child.off('message', onMessage);
      resolve();
    };
    child.on('message', onMessage);
    child.send({ ...change, id }, (error) => {
      if (error) reject(error);
    });
  });
}
