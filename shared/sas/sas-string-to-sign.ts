import { createHmac } from 'node:crypto';
import type { Service } from '../azure/services.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import type { SasFields } from './sas-query.ts';

export { NEWEST_SAS_VERSION } from '../azure/sas-versions.ts';

/** The oldest `sv` supported. Earlier versions sign names without their service, and no supported account needs them. */
export const OLDEST_SAS_VERSION = '2015-04-05';

/** The layout of a SAS: a service's, or the one of account SAS. */
export type SasLayout = Service | 'account';

/** What the signature covers besides the fields of the query. */
export interface SignedOutside {
  /** `/<service>/<account>/<names>`, unescaped; the account's name for an account SAS. */
  readonly canonicalName: string;
  /** The time of the snapshot or version; absent or empty for other resources. */
  readonly timestamp?: string;
}

const RESPONSE_HEADERS = ['rscc', 'rscd', 'rsce', 'rscl', 'rsct'] as const;
const DELEGATION_KEY = ['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv'] as const;
const DELEGATED_USER = ['skdutid', 'sduoid'] as const;

/** Fields that a token carries unsigned: the kind of resource, if the signed name implies it. */
const UNSIGNED: Readonly<Record<SasLayout, readonly string[]>> = {
  blob: ['sdd'],
  queue: ['sr'],
  file: ['sr'],
  table: ['tn'],
  account: [],
};

/**
 * Returns the text that a SAS signs, given its decoded fields:
 * learn.microsoft.com/rest/api/storageservices/create-service-sas, create-user-delegation-sas, create-account-sas.
 */
export function stringToSign(layout: SasLayout, fields: SasFields, outside: SignedOutside): string {
  const { canonicalName, timestamp = '' } = outside;
  const all = new Map([...fields, ['canonicalName', canonicalName], ['timestamp', timestamp]]);
  const lines = linesOf(layout, fields).map((name) => all.get(name) ?? '');
  // Only the text of an account SAS ends with a newline.
  return [...lines, ...(layout === 'account' ? [''] : [])].join('\n');
}

/** Returns the first field that has no effect in a token of this layout, or null. */
export function fieldOutsideLayout(layout: SasLayout, fields: SasFields): string | null {
  const known = new Set([...linesOf(layout, fields), ...UNSIGNED[layout]]);
  return [...fields.keys()].find((name) => !known.has(name)) ?? null;
}

/** Returns the base64 `sig` of a text. */
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

/** For queues and files, which have user delegation SAS since 2025-07-05 only. */
function delegatedLines(): string[] {
  return ['sp', 'st', 'se', 'canonicalName', ...DELEGATION_KEY, ...DELEGATED_USER, 'sip', 'spr', 'sv'];
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
    'sp',
    'st',
    'se',
    'canonicalName',
    ...DELEGATION_KEY,
    ...(version >= '2020-02-10' ? ['saoid', 'suoid', 'scid'] : []),
    ...(version >= '2025-07-05' ? DELEGATED_USER : []),
    'sip',
    'spr',
    'sv',
    'sr',
    'timestamp',
    ...since20201206(version),
    // The lines for srh and srq stay empty: the broker binds no token to request headers or query parameters.
    ...(version >= '2026-04-06' ? ['srh', 'srq'] : []),
    ...RESPONSE_HEADERS,
  ];
}

function since20201206(version: string): string[] {
  return version >= '2020-12-06' ? ['ses'] : [];
}
