import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type Connection } from '../connection.ts';
import { Exit, refusal, usageFault } from '../exit-codes.ts';
import { bearerSource } from '../sasb/bearer-source.ts';
import type { World } from '../world.ts';
import type { SmokeOptions } from './smoke-options.ts';

/** The broker that is tried, as whom, and the resource that the token is for. */
export interface SmokeTarget {
  readonly caller: Connection;
  /** Null: the caller, if it has the role. */
  readonly auditor: Connection | null;
  readonly operator: Connection | null;
  /** The URL of a blob or container. */
  readonly resource: string;
  /** A certificate that is trusted at storage. */
  readonly ca: string | undefined;
}

/** @throws Exit if an address or a bearer token is missing or unusable. The message does not contain a token. */
export async function findTarget(options: SmokeOptions, world: World): Promise<SmokeTarget> {
  if (options.laptop) return findLaptop(world);
  const { broker = '', resource = '', scope } = options;
  const { BEARER, AUDITOR_BEARER, OPERATOR_BEARER } = world.env;
  if (scope === undefined && !BEARER)
    throw usageFault('Set BEARER to an access token for the broker, or give --scope.');
  const bearer = scope === undefined ? BEARER : await askAzureCli(scope);
  const as = (token: string | undefined) =>
    connect(undefined, { ...world, env: { BROKER: broker, BEARER: token } });
  const optional = (token: string | undefined) => (token ? as(token) : null);
  const [caller, auditor, operator, ca] = await Promise.all([
    as(bearer),
    optional(AUDITOR_BEARER),
    optional(OPERATOR_BEARER),
    options.ca === undefined ? undefined : readCertificate(options.ca),
  ]);
  return { caller, auditor, operator, resource, ca };
}

async function findLaptop(world: World): Promise<SmokeTarget> {
  const text = await readFile(join(world.folder, '.local/stack.json'), 'utf8').catch(() => null);
  if (text === null) throw refusal('No laptop stack is running in this folder. Start one with npm start.');
  const stack = JSON.parse(text) as { ca: string; accounts: { media: { blob: string } } };
  const as = (sampleCaller: string) => connect(sampleCaller, world);
  const [caller, auditor, operator, ca] = await Promise.all([
    as('reader'),
    as('auditor'),
    as('operator'),
    readCertificate(join(world.folder, stack.ca)),
  ]);
  return { caller, auditor, operator, resource: `${stack.accounts.media.blob}/photos/sample.jpg`, ca };
}

async function askAzureCli(scope: string): Promise<string> {
  try {
    return await bearerSource({}, scope)({ refused: false });
  } catch (error) {
    if (error instanceof Exit) throw error;
    throw refusal(error instanceof Error ? error.message : 'The Azure CLI gave no access token.');
  }
}

async function readCertificate(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw usageFault(`--ca ${file} cannot be read.`);
  return text;
}
