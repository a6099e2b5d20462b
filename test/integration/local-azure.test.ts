import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureLocalSettings, type LocalSettings, readSampleSettings } from '../../local/local-settings.ts';
import { freePorts } from '../../local/ports.ts';
import { send } from '../../local/send.ts';
import type { StackDescription } from '../../local/stack-description.ts';
import { programFile } from '../stack-client.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'laptop-azure-'));
// Node looks for tsx from the current folder.
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
const settingsFile = join(folder, 'local.settings.json');
const stackFile = join(folder, '.local/stack.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Sets every LOCAL_…_PORT to a port that is free now. Only the name of a port's setting differs from its name. */
async function choosePorts(): Promise<Record<string, string>> {
  const servers = Object.keys(freePorts).map((name) => {
    const setting = `LOCAL_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}_PORT`;
    return { setting, server: createServer().listen(0, '127.0.0.1') };
  });
  const chosen = servers.map(async ({ setting, server }) => {
    await new Promise((done) => server.once('listening', done));
    return [setting, String((server.address() as AddressInfo).port)] as const;
  });
  const ports = Object.fromEntries(await Promise.all(chosen));
  await Promise.all(servers.map(({ server }) => new Promise((done) => server.close(done))));
  return ports;
}

interface Program {
  child: ChildProcess;
  output: () => string;
  /** Resolves when everything is up, and rejects if the program ends first. */
  started: Promise<void>;
  exited: Promise<number | null>;
}

/** Runs what `npm run azure` runs after the build. */
function startAzure(ports: Record<string, string>): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/azure.ts', '--folder', folder], {
    cwd: root,
    env: { ...process.env, ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = new Promise<number | null>((done) => child.once('close', done));
  const started = new Promise<void>((done, fail) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output += String(text);
        if (output.includes('Press Ctrl-C to stop')) done();
      });
    void exited.then((code) => fail(new Error(`It ended with code ${code}: ${output}`)));
  });
  started.catch(() => undefined);
  return { child, output: () => output, started, exited };
}

describe('npm run azure', () => {
  let ports: Record<string, string>;
  let azure: Program;
  let stack: StackDescription;
  let settings: LocalSettings;

  beforeAll(async () => {
    ports = await choosePorts();
    azure = startAzure(ports);
    await azure.started;
    stack = readJson(stackFile) as StackDescription;
    settings = readJson(settingsFile) as LocalSettings;
  });

  afterAll(async () => {
    azure.child.kill('SIGTERM');
    await azure.exited;
  });

  it('describes the stack, with the address where the broker will be and no process for it', () => {
    expect(stack.broker).toBe(`http://127.0.0.1:${ports['LOCAL_BROKER_PORT']}/api`);
    expect(Object.keys(stack.pids)).toEqual(['stack', 'storage']);
    expect(stack.ca).toBe('.local/ca.pem');
    expect(azure.output()).toContain('func start');
    expect(azure.output()).toContain('local.settings.json was written');
  });

  it('writes local.settings.json from the sample, with the addresses of this stack', () => {
    const sample = readSampleSettings();
    expect(Object.keys(settings.Values)).toEqual(Object.keys(sample.Values));
    expect(settings).toMatchObject({
      IsEncrypted: false,
      Host: { ...sample.Host, LocalHttpPort: Number(ports['LOCAL_BROKER_PORT']) },
      Values: {
        FUNCTIONS_WORKER_RUNTIME: 'node',
        BROKER_CONFIG: '.local/broker.json',
        NODE_EXTRA_CA_CERTS: '.local/ca.pem',
        KEY_VAULT_URL: stack.keyVault,
        AUDIT_TABLE_URL: stack.auditTable,
      },
    });
  });

  it('serves AzureWebJobsStorage over plain HTTP, so that a .NET host needs no certificate', async () => {
    const connection = settings.Values['AzureWebJobsStorage']!;
    expect(connection).not.toContain('https');
    const blobs = BlobServiceClient.fromConnectionString(connection);
    const container = blobs.getContainerClient('azure-webjobs-hosts');
    await container.createIfNotExists();
    // The host runs timers while it holds a lease on such a blob.
    const lock = container.getBlockBlobClient('locks/laptop/host');
    await lock.upload('', 0);
    expect((await lock.getBlobLeaseClient().acquireLease(15)).leaseId).toBeTruthy();
    const queue = QueueServiceClient.fromConnectionString(connection).getQueueClient('host');
    expect((await queue.create())._response.status).toBe(201);
    const tables = TableServiceClient.fromConnectionString(connection, { allowInsecureConnection: true });
    await tables.createTable('AzureFunctionsDiagnosticEvents');
  });

  it('lets the built broker issue a token with nothing but the Values of local.settings.json', async () => {
    const host = fork(programFile('local/functions-host.ts'), ['--port', '0', '--app', root], {
      execArgv: [],
      // Core Tools runs the app in the folder of local.settings.json, and its paths are relative to it.
      cwd: folder,
      env: { PATH: process.env['PATH'], ...settings.Values, HOST_CORS: settings.Host.CORS },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    try {
      const port = await new Promise<number>((done, fail) => {
        host.once('message', (message: { listening: number }) => done(message.listening));
        host.once('exit', (code) => fail(new Error(`The host ended with code ${code}.`)));
      });
      const ca = readFileSync(join(folder, stack.ca), 'utf8');
      const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'reader' }).toString();
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const signIn = await send(`${stack.issuer}/token`, { method: 'POST', ca, headers: type, body: form });
      const { access_token: bearer } = JSON.parse(signIn.text) as { access_token: string };
      const reply = await fetch(`http://127.0.0.1:${port}/api/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          url: `${stack.accounts['media']!.blob}/photos/sample.jpg`,
          permissions: 'r',
        }),
      });
      expect(reply.status).toBe(201);
      const { url } = (await reply.json()) as { url: string };
      expect((await send(url, { ca })).status).toBe(200);
    } finally {
      host.kill();
    }
  });

  it('does not start twice in the same folder', async () => {
    const second = startAzure(ports);
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`A stack is already running here: process ${azure.child.pid}`);
    expect(existsSync(stackFile)).toBe(true);
  });

  it('stops when asked to, and removes the description of the stack but not local.settings.json', async () => {
    azure.child.kill('SIGTERM');
    expect(await azure.exited).toBe(0);
    expect([existsSync(stackFile), existsSync(settingsFile)]).toEqual([false, true]);
  });
});

describe('an existing local.settings.json', () => {
  const own = join(folder, 'own.settings.json');
  const sample = readSampleSettings();
  const outcomeWith = (text: string): unknown => {
    writeFileSync(own, text);
    const outcome = ensureLocalSettings(own, sample, ['KEY_VAULT_URL', 'IDENTITY_HEADER']);
    expect(readFileSync(own, 'utf8')).toBe(text);
    return outcome;
  };

  it('is never changed, and what differs from the stack is reported', () => {
    const values = { ...sample.Values, KEY_VAULT_URL: 'https://elsewhere', ROTATION_SCHEDULE: '0 0 0 1 1 *' };
    const changed = { ...sample, Values: values, Host: { LocalHttpPort: 1 } };
    expect(outcomeWith(JSON.stringify(changed))).toEqual({
      differing: ['KEY_VAULT_URL', 'Host.LocalHttpPort'],
    });
    expect(outcomeWith(JSON.stringify(sample))).toEqual({ differing: [] });
    expect(() => outcomeWith('{')).toThrow(/is not JSON/);
  });
});

it('the files for Visual Studio Code are in the repository', () => {
  for (const name of ['launch.json', 'tasks.json', 'extensions.json']) {
    const file = `.vscode/${name}`;
    expect(execFileSync('git', ['ls-files', file], { cwd: root, encoding: 'utf8' })).toBe(`${file}\n`);
    expect(readJson(join(root, file))).toBeTypeOf('object');
  }
});
