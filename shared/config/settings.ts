import { TABLE_NAME } from '../azure/names.ts';
import type { Fault } from '../broker-error.ts';
import { combine } from '../input/combine.ts';
import { durationSeconds, formatDuration } from '../iso-time.ts';
import { fail, invalid, ok, type Rejection, type Result } from '../result.ts';
import { DEFAULT_SCHEDULES, readSchedule } from './schedules.ts';
import { canonicalUrl, urlFault } from './web-address.ts';

/** The settings of one deployment, from its environment variables; durations in whole seconds. */
export interface Settings {
  readonly brokerConfigPath: string;
  /** Without a trailing slash. */
  readonly keyVaultUrl: string;
  readonly auditTable: TableLocation;
  readonly stateTable: TableLocation;
  /** How long one request may take before it times out. */
  readonly requestTimeoutSeconds: number;
  /** Null: the Resource Manager of broker.json's cloud (`resourceManagerOf`). */
  readonly resourceManagerUrl: string | null;
  /** The NCRONTAB expression of the rotation timer. */
  readonly rotationSchedule: string;
  /** How long audit rows are to be kept; `auditRetention` lengthens it if it is too short. Null: forever. */
  readonly auditRetention: number | null;
  /** The NCRONTAB expression of the timer that removes audit rows. */
  readonly purgeSchedule: string;
  /** The client id of the user-assigned identity that signs and records; null: the system-assigned identity. */
  readonly signerClientId: string | null;
  /** The client id of the identity that rotates keys; null: the system-assigned identity. */
  readonly rotatorClientId: string | null;
  /** The client id of the identity that removes audit rows; null: the system-assigned identity. */
  readonly purgerClientId: string | null;
  /** How many of the operator's own proxies are in front of the platform's. Their entries in X-Forwarded-For are skipped. */
  readonly trustedProxyHops: number;
}

export interface TableLocation {
  /** The table service's endpoint; may have a path. */
  readonly endpoint: string;
  readonly table: string;
}

export const DEFAULT_BROKER_CONFIG = 'broker.json';
const DEFAULT_REQUEST_TIMEOUT_SECONDS = 10;
const MAX_REQUEST_TIMEOUT_SECONDS = 120;
const MAX_TRUSTED_PROXY_HOPS = 10;

const DURATION_LIMIT = 100 * 366 * 86_400;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the text of one setting. */
type Read<T> = (text: string) => Result<T, Rejection>;

/**
 * Reads every setting. An empty variable counts as absent and has its default.
 * @returns the settings, or every fault; a fault's path is the variable's name. No message repeats a value, because
 * values may contain what must not reach a log.
 */
export function readSettings(environment: Environment): Result<Settings, readonly Fault[]> {
  const required = <T>(name: string, read: Read<T>) => readRequired(environment, name, read);
  const optional = <T, Absent>(name: string, read: Read<T>, absent: Absent) =>
    readOptional(environment, name, read, absent);
  const settings = combine<Settings>({
    brokerConfigPath: optional('BROKER_CONFIG', ok, DEFAULT_BROKER_CONFIG),
    keyVaultUrl: required('KEY_VAULT_URL', readUrl),
    auditTable: required('AUDIT_TABLE_URL', readTable),
    stateTable: required('STATE_TABLE_URL', readTable),
    requestTimeoutSeconds: optional(
      'REQUEST_DEADLINE',
      (text) => readDuration(text, 1, MAX_REQUEST_TIMEOUT_SECONDS),
      DEFAULT_REQUEST_TIMEOUT_SECONDS,
    ),
    resourceManagerUrl: optional('RESOURCE_MANAGER_URL', readUrl, null),
    rotationSchedule: optional('ROTATION_SCHEDULE', readSchedule, DEFAULT_SCHEDULES.ROTATION_SCHEDULE),
    auditRetention: optional(
      'AUDIT_RETENTION',
      // A retention that is too short for broker.json is lengthened, with a warning. Zero is more likely a mistake.
      (text) => readDuration(text, 1, DURATION_LIMIT),
      null,
    ),
    purgeSchedule: optional('PURGE_SCHEDULE', readSchedule, DEFAULT_SCHEDULES.PURGE_SCHEDULE),
    signerClientId: optional('SIGNER_CLIENT_ID', readClientId, null),
    rotatorClientId: optional('ROTATOR_CLIENT_ID', readClientId, null),
    purgerClientId: optional('PURGER_CLIENT_ID', readClientId, null),
    trustedProxyHops: optional('TRUSTED_PROXY_HOPS', readHops, 0),
  });
  return settings.ok ? ok(Object.freeze(settings.value)) : settings;
}

function readRequired<T>(environment: Environment, name: string, read: Read<T>): Result<T, Fault[]> {
  const text = textOf(environment, name);
  return text === '' ? fail([{ path: name, message: 'is required' }]) : atVariable(name, read(text));
}

function readOptional<T, Absent>(
  environment: Environment,
  name: string,
  read: Read<T>,
  absent: Absent,
): Result<T | Absent, Fault[]> {
  const text = textOf(environment, name);
  return text === '' ? ok(absent) : atVariable(name, read(text));
}

function textOf(environment: Environment, name: string): string {
  return (environment[name] ?? '').trim();
}

function atVariable<T>(name: string, result: Result<T, Rejection>): Result<T, Fault[]> {
  return result.ok ? result : fail([{ path: name, message: result.fault.message }]);
}

/** Accepts https only, because requests to these URLs carry a bearer token. */
function readUrl(text: string): Result<string, Rejection> {
  const fault = text.startsWith('https://') ? urlFault(text) : 'must be an absolute https:// URL';
  return fault === null ? ok(canonicalUrl(text)) : invalid(fault);
}

function readTable(text: string): Result<TableLocation, Rejection> {
  const url = readUrl(text);
  if (!url.ok) return url;
  const [, endpoint = '', table = ''] = /^(https:\/\/.+)\/([^/]+)$/.exec(url.value) ?? [];
  if (TABLE_NAME.test(table)) return ok({ endpoint, table });
  return invalid("must end with the table's name: a letter, then 2 to 62 letters and digits");
}

function readDuration(text: string, least: number, most: number): Result<number, Rejection> {
  const seconds = durationSeconds(/^\d+$/.test(text) ? Number(text) : text);
  if (seconds === null) return invalid('must be an ISO 8601 duration such as "PT10S", or whole seconds');
  if (seconds < least) return invalid(`must be at least ${formatDuration(least)}`);
  return seconds > most ? invalid(`must be at most ${formatDuration(most)}`) : ok(seconds);
}

function readClientId(text: string): Result<string, Rejection> {
  if (/^[A-Za-z0-9-]{1,64}$/.test(text)) return ok(text);
  return invalid('must be the client id of a managed identity: 1 to 64 letters, digits and "-"');
}

function readHops(text: string): Result<number, Rejection> {
  if (/^\d{1,3}$/.test(text) && Number(text) <= MAX_TRUSTED_PROXY_HOPS) return ok(Number(text));
  return invalid(`must be a whole number from 0 to ${MAX_TRUSTED_PROXY_HOPS}`);
}
