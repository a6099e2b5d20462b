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

/** The versions whose texts have more lines than the ones before. */
const WITH_SCOPE = '2018-11-09';
const WITH_AGENTS = '2020-02-10';
const WITH_ENCRYPTION_SCOPE = '2020-12-06';
const WITH_DELEGATED_USER = '2025-07-05';
const WITH_BOUND_REQUEST = '2026-04-06';
const LAYOUT_VERSIONS = [
  WITH_SCOPE,
  WITH_AGENTS,
  WITH_ENCRYPTION_SCOPE,
  WITH_DELEGATED_USER,
  WITH_BOUND_REQUEST,
];

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
  const lines = formOf(layout, fields).lines.map((name) => {
    if (name === 'canonicalName') return canonicalName;
    return name === 'timestamp' ? timestamp : (fields.get(name) ?? '');
  });
  // Only the text of an account SAS ends with a newline.
  return layout === 'account' ? `${lines.join('\n')}\n` : lines.join('\n');
}

/** Returns the first field that has no effect in a token of this layout, or null. */
export function fieldOutsideLayout(layout: SasLayout, fields: SasFields): string | null {
  const { known } = formOf(layout, fields);
  for (const name of fields.keys()) if (!known.has(name)) return name;
  return null;
}

/** Returns the base64 `sig` of a text. */
export function signText(text: string, key: SecretText): string {
  return createHmac('sha256', Buffer.from(key.reveal(), 'base64')).update(text, 'utf8').digest('base64');
}

/** The lines of a text to sign, in order, and every field that a token of this form may have. */
interface Form {
  readonly lines: readonly string[];
  readonly known: ReadonlySet<string>;
}

/** Every token has one of a few forms, so each is built once. */
const forms = new Map<string, Form>();

function formOf(layout: SasLayout, fields: SasFields): Form {
  const version = fields.get('sv') ?? '';
  const since = LAYOUT_VERSIONS.findLast((first) => version >= first) ?? '';
  const delegated = fields.has('skoid');
  const key = `${layout} ${since} ${delegated}`;
  const known = forms.get(key);
  if (known !== undefined) return known;
  const lines = linesOf(layout, since, delegated);
  const form = { lines, known: new Set([...lines, ...UNSIGNED[layout]]) };
  forms.set(key, form);
  return form;
}

function linesOf(layout: SasLayout, version: string, delegated: boolean): readonly string[] {
  switch (layout) {
    case 'account':
      return [
        'canonicalName',
        'sp',
        'ss',
        'srt',
        'st',
        'se',
        'sip',
        'spr',
        'sv',
        ...encryptionScope(version),
      ];
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
    ...(version >= WITH_SCOPE ? ['sr', 'timestamp'] : []),
    ...encryptionScope(version),
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
    ...(version >= WITH_AGENTS ? ['saoid', 'suoid', 'scid'] : []),
    ...(version >= WITH_DELEGATED_USER ? DELEGATED_USER : []),
    'sip',
    'spr',
    'sv',
    'sr',
    'timestamp',
    ...encryptionScope(version),
    // The lines for srh and srq stay empty: the broker binds no token to request headers or query parameters.
    ...(version >= WITH_BOUND_REQUEST ? ['srh', 'srq'] : []),
    ...RESPONSE_HEADERS,
  ];
}

function encryptionScope(version: string): string[] {
  return version >= WITH_ENCRYPTION_SCOPE ? ['ses'] : [];
}
