import { timingSafeEqual } from 'node:crypto';
import type { Service } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import {
  canonicalBlobName,
  canonicalFileName,
  canonicalQueueName,
  canonicalTableName,
} from './canonical-names.ts';
import { parseSasQuery, type SasFields } from './sas-query.ts';
import { NEWEST_SAS_VERSION, OLDEST_SAS_VERSION, signText, stringToSign } from './sas-string-to-sign.ts';

/**
 * Reports whether this account key signed this SAS. An account SAS or a table's service SAS needs no `url`; other
 * service SAS need one (with or without its query) for the resource's name. Values are verified exactly as the query
 * spells them, so tokens from every SDK verify.
 * @returns null if the question has no answer: a user delegation SAS, a URL of another account, or an unknown layout.
 */
export function verifies(
  url: string | null,
  query: string,
  account: StorageAccount,
  key: SecretText,
): boolean | null {
  const fields = parseSasQuery(query);
  const version = fields.get('sv') ?? '';
  const signature = fields.get('sig') ?? '';
  if (signature === '' || !/^\d{4}-\d\d-\d\d$/.test(version) || version < OLDEST_SAS_VERSION) return null;
  const text = textToSign(url, fields, account);
  if (text === null) return null;
  if (isEqual(signText(text, key), signature)) return true;
  // A newer layout may sign more fields, so a different signature proves nothing.
  return version > NEWEST_SAS_VERSION ? null : false;
}

function textToSign(url: string | null, fields: SasFields, account: StorageAccount): string | null {
  const { name } = account;
  if (fields.has('skoid')) return null;
  if (fields.has('ss') && fields.has('srt')) return stringToSign('account', fields, { canonicalName: name });
  const table = fields.get('tn');
  if (table !== undefined)
    return stringToSign('table', fields, { canonicalName: canonicalTableName(name, table) });
  if (url === null) return null;
  const resource = fields.get('sr');
  if (resource === undefined) return queueText(namesIn(url, account, 'queue'), fields, name);
  if (resource === 's' || resource === 'f') return fileText(namesIn(url, account, 'file'), fields, name);
  return blobText(namesIn(url, account, 'blob'), fields, name);
}

interface NamesInUrl {
  readonly root: string;
  readonly path: string;
  readonly query: SasFields;
}

function queueText(names: NamesInUrl | null, fields: SasFields, account: string): string | null {
  if (names === null || names.root === '') return null;
  return stringToSign('queue', fields, { canonicalName: canonicalQueueName(account, names.root) });
}

function fileText(names: NamesInUrl | null, fields: SasFields, account: string): string | null {
  if (names === null) return null;
  const file = fields.get('sr') === 'f' ? names.path : undefined;
  return file === ''
    ? null
    : stringToSign('file', fields, { canonicalName: canonicalFileName(account, names.root, file) });
}

function blobText(names: NamesInUrl | null, fields: SasFields, account: string): string | null {
  const resource = fields.get('sr') ?? '';
  if (names === null || !['c', 'b', 'bs', 'bv', 'd'].includes(resource)) return null;
  const path = resource === 'c' ? undefined : resource === 'd' ? directoryOf(names.path, fields) : names.path;
  if (path === '' || path === null) return null;
  const timestamp = resource === 'bs' ? 'snapshot' : resource === 'bv' ? 'versionid' : null;
  return stringToSign('blob', fields, {
    canonicalName: canonicalBlobName(account, names.root, path),
    timestamp: timestamp === null ? '' : (fields.get(timestamp) ?? names.query.get(timestamp) ?? ''),
  });
}

/** Returns the directory's path. The URL may name anything below the directory; `sdd` is the directory's depth. */
function directoryOf(path: string, fields: SasFields): string | null {
  const depth = /^[1-9]\d{0,2}$/.exec(fields.get('sdd') ?? '')?.[0];
  const segments = path.split('/').filter(Boolean);
  if (depth === undefined || segments.length < Number(depth)) return null;
  return segments.slice(0, Number(depth)).join('/');
}

/** Reads the names without `new URL`, which rewrites dots and backslashes: a name must be read as it was signed. */
function namesIn(url: string, account: StorageAccount, service: Service): NamesInUrl | null {
  const [, rawPath = '', search = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(withoutScheme(url.trim())) ?? [];
  const endpoint = `${withoutScheme(account.endpoints[service])}/`;
  if (rawPath.slice(0, endpoint.length).toLowerCase() !== endpoint.toLowerCase()) return null;
  const [root = '', ...path] = rawPath.slice(endpoint.length).split('/');
  try {
    return {
      root: decodeURIComponent(root),
      path: decodeURIComponent(path.join('/')),
      query: parseSasQuery(search),
    };
  } catch {
    return null;
  }
}

function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//i, '');
}

function isEqual(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && timingSafeEqual(left, right);
}
