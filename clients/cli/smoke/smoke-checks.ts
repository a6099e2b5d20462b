import { createHash } from 'node:crypto';
import type { BrokerApi } from '../broker-api.ts';
import { refusal } from '../exit-codes.ts';
import { Refused } from '../problem-text.ts';
import type { World } from '../world.ts';
import { addressFault } from './caller-address.ts';
import { Skipped } from './skipped.ts';
import type { SmokeOptions } from './smoke-options.ts';

type Json = Readonly<Record<string, unknown>>;

/** The members of an issued token that are used. */
export interface Issued {
  readonly id: string;
  readonly url: string;
  readonly kind: string;
  readonly permissions: string;
  readonly expiresAt: string;
}

const PURPOSE = 'smoke test';
const TTL = 'PT5M';
const POLL_MS = 2000;

/** Reads a resource, whatever it is, as an object. */
async function read(api: BrokerApi, path: string): Promise<Json> {
  return Object(await api.get(path)) as Json;
}

export async function checkHealth(api: BrokerApi): Promise<void> {
  const { status } = await read(api, '/health');
  if (status !== 'up') throw refusal('The reply to /health is not that of a broker. Check the address.');
}

/** Operators see what fails. */
export async function checkReadiness(api: BrokerApi): Promise<void> {
  const { status, checks } = await read(api, '/health/ready').catch((error: unknown) => {
    if (error instanceof Refused && error.status === 503 && error.problem.code === undefined)
      throw refusal('The broker is unavailable: it cannot issue any token.');
    throw error;
  });
  if (status === 'ready') return;
  const failing = readChecks(checks).filter((one) => one.status === 'failing');
  const parts = failing.map(({ name, detail }) => `${name} (${detail ?? 'no detail'})`).join(', ');
  throw refusal(`The broker is ${String(status)}${parts === '' ? '; operators see why' : `: ${parts}`}.`);
}

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string | null;
}

const readChecks = (checks: unknown): readonly Check[] => (Array.isArray(checks) ? (checks as Check[]) : []);

export const readMe = (api: BrokerApi): Promise<Json> => read(api, '/me');

export async function issueToken(
  api: BrokerApi,
  url: string,
  { permissions, kind }: SmokeOptions,
): Promise<Issued> {
  const body = { url, permissions, ttl: TTL, purpose: PURPOSE, ...(kind === undefined ? {} : { kind }) };
  const token = Object(await api.post('/tokens', body, 'any')) as Issued;
  if (typeof token.id !== 'string' || typeof token.url !== 'string')
    throw refusal('The reply is not an issued token. Check the address.');
  return token;
}

/** Storage's logs show the signature as this hash, and so does the audit row. */
const fingerprintOf = (url: string): string =>
  createHash('sha256')
    .update(new URL(url).searchParams.get('sig') ?? '')
    .digest('hex');

/** Returns the audit row, which must be that of the token. */
export async function checkRow(api: BrokerApi, token: Issued, me: Json): Promise<Json> {
  const row = await read(api, `/tokens/${encodeURIComponent(token.id)}`);
  const caller = Object(row['caller']) as Json;
  const wrong = [
    ['fingerprint', row['fingerprint'], fingerprintOf(token.url)],
    ['permissions', row['permissions'], token.permissions],
    ['expiresAt', row['expiresAt'], token.expiresAt],
    ['purpose', row['purpose'], PURPOSE],
    ['caller.subject', caller['subject'], me['subject']],
  ].filter(([, found, expected]) => found !== expected);
  if (wrong.length > 0)
    throw refusal(
      `The audit row is not that of the token: ${wrong.map(([name]) => String(name)).join(', ')} differ.`,
    );
  return row;
}

export function checkAddress(row: Json, me: Json, expected: string | undefined, broker: string): string {
  const ip = (Object(row['caller']) as Json)['ip'];
  const brokerHost = new URL(broker).hostname;
  const fault = addressFault({ row: ip, me: me['ip'], expected, brokerHost });
  if (fault !== null) throw refusal(fault);
  return expected === undefined ? `${String(ip)}, as /me says` : `${String(ip)}, as expected`;
}

/** @param isCaller true: nobody named an auditor, so the caller may lack the role. */
export async function checkLookup(api: BrokerApi, token: Issued, isCaller: boolean): Promise<void> {
  const body = { fingerprint: fingerprintOf(token.url), expiresAt: token.expiresAt };
  const found = await api.post('/tokens/lookup', body, 'any').catch((error: unknown) => {
    if (isCaller && error instanceof Refused && error.status === 403)
      throw new Skipped('needs the role auditor');
    throw error;
  });
  const { verdict, records } = Object(found) as Json;
  const ids = Array.isArray(records) ? (records as { id: unknown }[]).map(({ id }) => id) : [];
  if (verdict !== 'issued' || !ids.includes(token.id))
    throw refusal(`The lookup does not find the token; its verdict is ${String(verdict)}.`);
}

/** Waits until the timer has ticked, and returns when it did. */
export async function checkTimer(
  api: BrokerApi,
  { newTick, waitSeconds }: SmokeOptions,
  { sleep }: Pick<World, 'sleep'>,
  now: () => number = Date.now,
): Promise<string> {
  let before: unknown;
  for (const end = now() + waitSeconds * 1000; ;) {
    const { checks, lastTickAt } = await read(api, '/health/ready');
    const timer = readChecks(checks).find(({ name }) => name.startsWith('timer '));
    if (timer === undefined)
      throw new Skipped('needs the role operator; for anyone else, readiness says that no tick is overdue');
    if (timer.status === 'failing') throw refusal(`The timer does not tick: ${timer.detail ?? 'no detail'}.`);
    before ??= lastTickAt ?? 'none';
    if (typeof lastTickAt === 'string' && (!newTick || lastTickAt !== before)) return lastTickAt;
    if (now() >= end) throw refusal(`The timer has not ticked within ${waitSeconds} s.`);
    await sleep(POLL_MS);
  }
}
