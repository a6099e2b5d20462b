import { createHmac } from 'node:crypto';
import type { SecretText } from '../keys/signing-keys.ts';
import type { SasFields } from './sas-query.ts';

/** The newest `sv` whose layouts are known here and to `@azure/storage-blob` 12.32, which signs newer labels wrongly. */
export const NEWEST_SAS_VERSION = '2026-04-06';

/** Before it names were signed without their service, and no supported account needs that. */
export const OLDEST_SAS_VERSION = '2015-04-05';

/** What a blob SAS signs that its query does not hold. */
export interface SignedBlob {
  /** `/blob/<account>/<container>[/<blob>]`, unescaped. */
  readonly canonicalName: string;
  /** The snapshot's or version's time, empty where there is none. */
  readonly timestamp: string;
}

const RESPONSE_HEADERS = ['rscc', 'rscd', 'rsce', 'rscl', 'rsct'] as const;

/**
 * The text that a service or user delegation SAS of the blob service signs, from its fields as they stand in the
 * query: learn.microsoft.com/rest/api/storageservices/create-service-sas and create-user-delegation-sas.
 */
export function blobStringToSign(fields: SasFields, blob: SignedBlob): string {
  const { canonicalName, timestamp } = blob;
  const outside = new Map([...fields, ['canonicalName', canonicalName], ['timestamp', timestamp]]);
  const layout = fields.has('skoid') ? userDelegationLayout : serviceLayout;
  return layout(fields.get('sv') ?? '')
    .map((name) => outside.get(name) ?? '')
    .join('\n');
}

/** The text that an account SAS signs; a newline ends it, as it ends no other kind's. */
export function accountStringToSign(fields: SasFields, account: string): string {
  const version = fields.get('sv') ?? '';
  const names = [
    'sp',
    'ss',
    'srt',
    'st',
    'se',
    'sip',
    'spr',
    'sv',
    ...(version >= '2020-12-06' ? ['ses'] : []),
  ];
  return [account, ...names.map((name) => fields.get(name) ?? ''), ''].join('\n');
}

/** The base64 `sig` of a text. */
export function signText(text: string, key: SecretText): string {
  return createHmac('sha256', Buffer.from(key.reveal(), 'base64')).update(text, 'utf8').digest('base64');
}

function serviceLayout(version: string): readonly string[] {
  return [
    ...['sp', 'st', 'se', 'canonicalName', 'si', 'sip', 'spr', 'sv'],
    ...(version >= '2018-11-09' ? ['sr', 'timestamp'] : []),
    ...(version >= '2020-12-06' ? ['ses'] : []),
    ...RESPONSE_HEADERS,
  ];
}

function userDelegationLayout(version: string): readonly string[] {
  return [
    ...['sp', 'st', 'se', 'canonicalName', 'skoid', 'sktid', 'skt', 'ske', 'sks', 'skv'],
    ...(version >= '2020-02-10' ? ['saoid', 'suoid', 'scid'] : []),
    ...(version >= '2025-07-05' ? ['skdutid', 'sduoid'] : []),
    ...['sip', 'spr', 'sv', 'sr', 'timestamp'],
    ...(version >= '2020-12-06' ? ['ses'] : []),
    // Lines for srh and srq, empty ones here: the broker binds no token to request headers or query parameters.
    ...(version >= '2026-04-06' ? ['srh', 'srq'] : []),
    ...RESPONSE_HEADERS,
  ];
}
