import type { Fault } from '../broker-error.ts';
import { durationSeconds, formatDuration } from '../iso-time.ts';
import { canonicalUrl, urlFault } from './web-address.ts';

/** What the environment says about one deployment; durations in whole seconds. */
export interface Settings {
  readonly brokerConfigPath: string;
  /** Without a trailing slash. */
  readonly keyVaultUrl: string;
  readonly auditTable: TableLocation;
  readonly stateTable: TableLocation;
  /** What one request may take before it is given up. */
  readonly requestTimeoutSeconds: number;
  /** Null: the one of broker.json's cloud (`resourceManagerOf`). */
  readonly resourceManagerUrl: string | null;
  /** NCRONTAB expression of the rotation timer. */
  readonly rotationSchedule: string;
  /** How long audit rows stay after their token's expiry; null: for ever. */
  readonly auditRetention: number | null;
  /** Client id of the user-assigned identity that signs and records; null: the system-assigned one. */
  readonly signerClientId: string | null;
  /** Client id of the identity that rotates keys; null: the system-assigned one. */
  readonly rotatorClientId: string | null;
  /** Proxies of one's own in front of the platform's, whose entries in X-Forwarded-For are skipped. */
  readonly trustedProxyHops: number;
}

export interface TableLocation {
  /** The table service's endpoint; may carry a path. */
  readonly endpoint: string;
  readonly table: string;
}

export const DEFAULT_BROKER_CONFIG = 'broker.json';
export const DEFAULT_REQUEST_TIMEOUT_SECONDS = 10;
export const MAX_REQUEST_TIMEOUT_SECONDS = 120;
export const DEFAULT_ROTATION_SCHEDULE = '0 */5 * * * *';
export const MIN_AUDIT_RETENTION = 3600;
export const MAX_TRUSTED_PROXY_HOPS = 10;

const DURATION_LIMIT = 100 * 366 * 86_400;
const SCHEDULE = /^(?:[\d*,/A-Za-z-]+(?: +[\d*,/A-Za-z-]+){4,5}|\d{1,2}:\d{2}:\d{2})$/;

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting's value, or the message of what is wrong with it. */
type Reading<T> = { readonly value: T } | { readonly fault: string };

/**
 * Reads every setting, defaults in place; an empty variable counts as absent. Faults are all there are, their path
 * the variable's name; no message repeats a value, which may hold what must not reach a log.
 */
export function readSettings(
  environment: Environment,
):
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly faults: readonly Fault[] } {
  const { faults, required, optional } = reader(environment);
  const nowhere = { endpoint: '', table: '' };
  const settings: Settings = {
    brokerConfigPath: optional('BROKER_CONFIG', (value) => ({ value }), DEFAULT_BROKER_CONFIG),
    keyVaultUrl: required('KEY_VAULT_URL', readUrl, ''),
    auditTable: required('AUDIT_TABLE_URL', readTable, nowhere),
    stateTable: required('STATE_TABLE_URL', readTable, nowhere),
    requestTimeoutSeconds: optional(
      'REQUEST_DEADLINE',
      (text) => readDuration(text, 1, MAX_REQUEST_TIMEOUT_SECONDS),
      DEFAULT_REQUEST_TIMEOUT_SECONDS,
    ),
    resourceManagerUrl: optional('RESOURCE_MANAGER_URL', readUrl, null),
    rotationSchedule: optional('ROTATION_SCHEDULE', readSchedule, DEFAULT_ROTATION_SCHEDULE),
    auditRetention: optional(
      'AUDIT_RETENTION',
      (text) => readDuration(text, MIN_AUDIT_RETENTION, DURATION_LIMIT),
      null,
    ),
    signerClientId: optional('SIGNER_CLIENT_ID', readClientId, null),
    rotatorClientId: optional('ROTATOR_CLIENT_ID', readClientId, null),
    trustedProxyHops: optional('TRUSTED_PROXY_HOPS', readHops, 0),
  };
  return faults.length === 0 ? { ok: true, settings: Object.freeze(settings) } : { ok: false, faults };
}

/** Reads one variable after the other and gathers what is wrong with them. */
function reader(environment: Environment) {
  const faults: Fault[] = [];
  const optional = <T, Absent>(
    name: string,
    read: (text: string) => Reading<T>,
    absent: Absent,
  ): T | Absent => {
    const text = (environment[name] ?? '').trim();
    const reading = text === '' ? { value: absent } : read(text);
    if ('value' in reading) return reading.value;
    faults.push({ path: name, message: reading.fault });
    return absent;
  };
  const required = <T>(name: string, read: (text: string) => Reading<T>, missing: T): T => {
    if ((environment[name] ?? '').trim() === '') faults.push({ path: name, message: 'is required' });
    return optional(name, read, missing);
  };
  return { faults, required, optional };
}

/** https only: what is sent there carries a bearer token. */
function readUrl(text: string): Reading<string> {
  const fault = text.startsWith('https://') ? urlFault(text) : 'must be an absolute https:// URL';
  return fault === null ? { value: canonicalUrl(text) } : { fault };
}

function readTable(text: string): Reading<TableLocation> {
  const url = readUrl(text);
  if ('fault' in url) return url;
  const [, endpoint, table] = /^(https:\/\/.+)\/([A-Za-z][A-Za-z0-9]{2,62})$/.exec(url.value) ?? [];
  if (endpoint === undefined || table === undefined)
    return { fault: "must end with the table's name: a letter, then 2 to 62 letters and digits" };
  return { value: { endpoint, table } };
}

function readDuration(text: string, least: number, most: number): Reading<number> {
  const seconds = durationSeconds(/^\d+$/.test(text) ? Number(text) : text);
  if (seconds === null) return { fault: 'must be an ISO 8601 duration such as "PT10S", or whole seconds' };
  if (seconds < least) return { fault: `must be at least ${formatDuration(least)}` };
  return seconds > most ? { fault: `must be at most ${formatDuration(most)}` } : { value: seconds };
}

function readSchedule(text: string): Reading<string> {
  if (SCHEDULE.test(text)) return { value: text };
  return { fault: 'must be an NCRONTAB expression such as "0 */5 * * * *", or "hh:mm:ss"' };
}

function readClientId(text: string): Reading<string> {
  if (/^[A-Za-z0-9-]{1,64}$/.test(text)) return { value: text };
  return { fault: "must be the client id of a managed identity (1 to 64 letters, digits and '-')" };
}

function readHops(text: string): Reading<number> {
  if (/^\d{1,3}$/.test(text) && Number(text) <= MAX_TRUSTED_PROXY_HOPS) return { value: Number(text) };
  return { fault: `must be a whole number from 0 to ${MAX_TRUSTED_PROXY_HOPS}` };
}
