import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { BrokerProblem, SasBroker } from '../../js/index.ts';
import { printable } from '../printable.ts';
import { bearerSource } from './bearer-source.ts';
import { environment, FORMS } from './forms.ts';
import { listBlobs } from './list-blobs.ts';
import { putFile } from './put-file.ts';
import { readSasbOptions, type SasbCommand, USAGE, UsageFault } from './sasb-options.ts';
import { StorageFault } from './send-to-storage.ts';

/** What the command reads from and writes to: `process`, or what a test puts in its place. */
export interface SasbWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

const DONE = 0;
const FAILED = 1;
const REFUSED = 2;

/** Runs the words after `sasb` and returns the exit code. Everything that goes wrong is a line on standard error. */
export async function runSasb(typed: readonly string[], world: SasbWorld): Promise<number> {
  try {
    const command = readSasbOptions(typed);
    if (command === null) {
      world.stdout.write(`${USAGE}\n`);
      return DONE;
    }
    const { SASB_BROKER: endpoint } = world.env;
    if (endpoint === undefined || !URL.canParse(endpoint))
      throw new UsageFault('Set SASB_BROKER to the address of the API, such as https://broker.example/api.');
    const broker = new SasBroker({ endpoint, getBearer: bearerSource(world.env, command.scope) });
    try {
      return await RUN[command.verb](command, broker, world);
    } finally {
      broker.close();
    }
  } catch (error) {
    world.stderr.write(`sasb: ${messageOf(error)}\n`);
    return error instanceof BrokerProblem && error.code !== 'no_reply' ? REFUSED : FAILED;
  }
}

type Run = (command: SasbCommand, broker: SasBroker, world: SasbWorld) => Promise<number>;

const RUN: Readonly<Record<SasbCommand['verb'], Run>> = {
  get: runGet,
  exec: runExec,
  put: runPut,
  ls: runList,
};

async function runGet(
  { request, form }: SasbCommand,
  broker: SasBroker,
  { stdout, stderr }: SasbWorld,
): Promise<number> {
  const token = await broker.token(request);
  stdout.write(`${FORMS[form](token)}\n`);
  if (stderr.isTTY)
    stderr.write(`${token.kind} ${token.permissions} until ${token.expiresAt}, id ${token.id}\n`);
  return DONE;
}

async function runExec(
  { request, words }: SasbCommand,
  broker: SasBroker,
  { env }: SasbWorld,
): Promise<number> {
  const token = await broker.token(request);
  const { SASB_BEARER, SASB_BEARER_COMMAND, ...rest } = env;
  const [program = '', ...args] = words;
  const child = spawn(program, args, { stdio: 'inherit', env: { ...rest, ...environment(token) } });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? FAILED;
}

async function runPut(
  { request, file }: SasbCommand,
  broker: SasBroker,
  { stderr }: SasbWorld,
): Promise<number> {
  const began = performance.now();
  const show = (sent: number, size: number) => {
    if (stderr.isTTY) stderr.write(`\r${bar(sent, size, performance.now() - began)}`);
  };
  const { bytes, blocks, tokens, last } = await putFile(file, request.url, broker.source(request), show);
  if (last !== null) await broker.complete(last.id, { outcome: 'succeeded' }).catch(() => undefined);
  stderr.write(`${stderr.isTTY ? '\n' : ''}${bytes} bytes in ${blocks} blocks, with ${tokens} tokens\n`);
  return DONE;
}

async function runList(
  { request, prefix }: SasbCommand,
  broker: SasBroker,
  { stdout }: SasbWorld,
): Promise<number> {
  for await (const name of listBlobs(request.url, prefix, broker.source(request)))
    stdout.write(`${printable(name)}\n`);
  return DONE;
}

const BAR_WIDTH = 30;

/** Returns a line that shows how far an upload is. */
export function bar(sent: number, size: number, elapsedMs: number): string {
  const share = size === 0 ? 1 : sent / size;
  const full = Math.round(share * BAR_WIDTH);
  const rate = elapsedMs > 0 ? sent / 1e6 / (elapsedMs / 1000) : 0;
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${Math.floor(share * 100)} % ${rate.toFixed(1)} MB/s`;
}

function messageOf(error: unknown): string {
  if (error instanceof BrokerProblem)
    return error.message + (error.requestId === null ? '' : ` (request ${error.requestId})`);
  if (error instanceof UsageFault || error instanceof StorageFault) return error.message;
  const { code, message } = Object(error) as { code?: string; message?: string };
  return code === 'ENOENT' ? 'There is no such file or command.' : (message ?? 'The command failed.');
}
