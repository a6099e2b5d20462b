import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Certificate } from './certificate.ts';
import { endChild, whenExited } from './child.ts';

export interface Azurite {
  /** Base URLs without an account: `https://127.0.0.1:10000`. */
  blob: string;
  queue: string;
  table: string;
  pid: number;
  /** Replaces all accounts and keys; resolves once every service uses them. */
  setAccounts(accounts: string): Promise<void>;
  /** Resolves when the process ends, for whatever reason. */
  exited: Promise<string>;
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  /** Where blobs, queues and tables are kept; undefined keeps them in memory. */
  folder: string | undefined;
  certificate: Certificate;
  /** Text for AZURITE_ACCOUNTS. */
  accounts: string;
  ports: { blob: number; queue: number; table: number };
}

const services = ['Blob', 'Queue', 'Table'] as const;

/** Starts Azurite in its own process, over HTTPS and with bearer tokens on. Rejects with its own words if it can't. */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');
  const child = fork(program, argumentsOf(options), {
    execArgv: ['--require', join(import.meta.dirname, 'azurite-preload.cjs')],
    env: { ...process.env, AZURITE_ACCOUNTS: options.accounts },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Its own process group: Ctrl-C must reach the broker first, and storage only when the broker has finished.
    detached: true,
  });
  const exited = whenExited(child);
  const { urls, ended } = await addresses(child, exited);
  const [blob, queue, table] = services.map((service) => urls.get(service) ?? '') as [string, string, string];
  return {
    ...{ blob, queue, table, pid: child.pid ?? 0, exited },
    setAccounts: (accounts) => Promise.race([setAccounts(child, accounts), ended]),
    stop: () => endChild(child, 5000),
  };
}

function argumentsOf({ folder, certificate, ports }: AzuriteOptions): string[] {
  if (folder) mkdirSync(folder, { recursive: true });
  return [
    ...['--blobPort', ports.blob, '--queuePort', ports.queue, '--tablePort', ports.table].map(String),
    ...services.flatMap((service) => [`--${service.toLowerCase()}KeepAliveTimeout`, '65']),
    ...['--cert', certificate.certFile, '--key', certificate.keyFile, '--oauth', 'basic'],
    ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    ...(folder ? ['--location', folder] : ['--inMemoryPersistence']),
  ];
}

/** Azurite prints each service's address once it listens; with port 0 that is the only place to learn it. */
async function addresses(
  child: ChildProcess,
  exited: Promise<string>,
): Promise<{ urls: Map<string, string>; ended: Promise<never> }> {
  const urls = new Map<string, string>();
  let said = '';
  const listening = new Promise<void>((resolve) => {
    const read = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-4000);
      for (const [, service, url] of said.matchAll(/(\w+) service is successfully listening at (\S+)\n/g)) {
        if (service && url) urls.set(service, url);
      }
      if (urls.size === services.length) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  });
  const ended = exited.then((how) => {
    throw new Error(`Azurite ${how}: ${said.trim()}`);
  });
  ended.catch(() => undefined);
  await Promise.race([listening, ended]);
  return { urls, ended };
}

let lastId = 0;

async function setAccounts(child: ChildProcess, accounts: string): Promise<void> {
  const id = ++lastId;
  await new Promise<void>((resolve, reject) => {
    const answer = (message: { accountsOf?: number }): void => {
      if (message.accountsOf !== id) return;
      child.off('message', answer);
      resolve();
    };
    child.on('message', answer);
    child.send({ accounts, id }, (error) => {
      if (error) reject(error);
    });
  });
}
