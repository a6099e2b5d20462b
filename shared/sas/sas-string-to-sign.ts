import { createHmac } from 'node:crypto';
import type { SecretText } from '../keys/signing-keys.ts';
import type { SasFields } from './sas-query.ts';
import type { Service } from '../azure/services.ts';

export { NEWEST_SAS_VERSION } from '../azure/sas-versions.ts';

/** Before it names were signed without their service, and no supported account needs that. */
export const OLDEST_SAS_VERSION = '2015-04-05';

/** Whose layout a SAS has: a service's, or that of account SAS. */
export type SasLayout = Service | 'account';

/** What a SAS signs that its query does not hold. */
export interface SignedOutside {
  /** `/<service>/<account>/<names>`, unescaped; for an account SAS the account's name. */
  readonly canonicalName: string;
  /** The snapshot's or version's time, absent or empty where there is none. */
  readonly timestamp?: string;
}

const RESPONSE_HEADERS = ['rscc', 'rscd', 'rsce', 'rscl', 'rsct'] as const;
const DELEGATION_KEY = ['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv'] as const;
const DELEGATED_USER = ['skdutid', 'sduoid'] as const;

/** Fields that a token carries and does not sign: the kind of resource, where the name that is signed tells it. */
const UNSIGNED: Readonly<Record<SasLayout, readonly string[]>> = {
  blob: ['sdd'],
  queue: ['sr'],
  file: ['sr'],
  table: ['tn'],
  account: [],
};

/**
 * The text that a SAS signs, from its fields as they stand in the query:
 * learn.microsoft.com/rest/api/storageservices/create-service-sas, create-user-delegation-sas, create-account-sas.
 */
export function stringToSign(layout: SasLayout, fields: SasFields, outside: SignedOutside): string {
  const { canonicalName, timestamp = '' } = outside;
  const all = new Map([...fields, ['canonicalName', canonicalName], ['timestamp', timestamp]]);
  const lines = linesOf(layout, fields).map((name) => all.get(name) ?? '');
  // A newline ends the text of an account SAS, and no other kind's.
  return [...lines, ...(layout === 'account' ? [''] : [])].join('\n');
}

/** The first field that a token of this layout would carry without its meaning anything to storage, or null. */
export function fieldOutsideLayout(layout: SasLayout, fields: SasFields): string | null {
  const known = new Set([...linesOf(layout, fields), ...UNSIGNED[layout]]);
  return [...fields.keys()].find((name) => !known.has(name)) ?? null;
}

/** The base64 `sig` of a text. */
export function signText(text: string, key: SecretText): string {
  return createHmac('sha256', Buffer.from(key.reveal(), 'base64')).update(text, 'utf8').digest('base64');
}

function linesOf(layout: SasLayout, fields: SasFields): readonly string[] {
  const version = fields.get('sv') ?? '';
  const delegated = fields.has('skoid');
  switch (layout) {
    case 'account':
      return ['canonicalName', 'sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv', ...since20201206(version)];
    case 'blob':
      return delegated ? delegatedBlobLines(version) : blobLines(version);
    case 'queue':
      return delegated ? delegatedLines() : serviceLines();
    case 'file':
      return [...(delegated ? delegatedLines() : serviceLines()), ...RESPONSE_HEADERS];
    case 'table':
      return [...serviceLines(), 'spk', 'srk', 'epk', 'erk'];
  }
}

function serviceLines(): string[] {
  return ['sp', 'st', 'se', 'canonicalName', 'si', 'sip', 'spr', 'sv'];
}

/** Of queues and files, which have it since 2025-07-05 only. */
function delegatedLines(): string[] {
  return [
    ...['sp', 'st', 'se', 'canonicalName', ...DELEGATION_KEY, ...DELEGATED_USER],
    ...['sip', 'spr', 'sv'],
  ];
}

function blobLines(version: string): string[] {
  return [
    ...serviceLines(),
    ...(version >= '2018-11-09' ? ['sr', 'timestamp'] : []),
    ...since20201206(version),
    ...RESPONSE_HEADERS,
  ];
}

function delegatedBlobLines(version: string): string[] {
  return [
    ...['sp', 'st', 'se', 'canonicalName', ...DELEGATION_KEY],
    ...(version >= '2020-02-10' ? ['saoid', 'suoid', 'scid'] : []),
    ...(version >= '2025-07-05' ? DELEGATED_USER : []),
    ...['sip', 'spr', 'sv', 'sr', 'timestamp'],
    ...since20201206(version),
    // Lines for srh and srq, empty ones here: the broker binds no token to request headers or query parameters.
    ...(version >= '2026-04-06' ? ['srh', 'srq'] : []),
    ...RESPONSE_HEADERS,
  ];
}

function since20201206(version: string): string[] {
  return version >= '2020-12-06' ? ['ses'] : [];
}
