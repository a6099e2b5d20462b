import { timingSafeEqual } from 'node:crypto';
import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import { canonicalBlobName } from './blob.ts';
import type { SasFields } from './sas-query.ts';
import { parseSasQuery } from './sas-query.ts';
import {
  accountStringToSign,
  blobStringToSign,
  NEWEST_SAS_VERSION,
  OLDEST_SAS_VERSION,
  signText,
} from './sas-string-to-sign.ts';

/**
 * Whether this account key signed this SAS: an account SAS, or a service SAS of a container, blob, snapshot or
 * version, for which `url` (with or without query) tells the name. Values are signed as the query holds them, in
 * any order and case, so tokens of every SDK verify.
 * @returns null where that cannot be told: another kind, service or account's URL, or a layout not known here.
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
  const text = stringToSign(url, fields, account);
  if (text === null) return null;
  if (equal(signText(text, key), signature)) return true;
  // A newer layout may sign more: agreeing would have been proof, differing is none.
  return version > NEWEST_SAS_VERSION ? null : false;
}

function stringToSign(url: string | null, fields: SasFields, account: StorageAccount): string | null {
  if (fields.has('skoid')) return null;
  if (fields.has('ss') && fields.has('srt')) return accountStringToSign(fields, account.name);
  const resource = fields.get('sr') ?? '';
  if (!['c', 'b', 'bs', 'bv'].includes(resource) || url === null) return null;
  const names = namesIn(url, account);
  if (names === null || (resource !== 'c' && names.blob === '')) return null;
  const timestamp = resource === 'bs' ? 'snapshot' : resource === 'bv' ? 'versionid' : null;
  return blobStringToSign(fields, {
    canonicalName: canonicalBlobName(
      account.name,
      names.container,
      resource === 'c' ? undefined : names.blob,
    ),
    timestamp: timestamp === null ? '' : (fields.get(timestamp) ?? names.query.get(timestamp) ?? ''),
  });
}

/** Not `new URL`: that rewrites dots and backslashes, and a name must be read as it was signed. */
function namesIn(
  url: string,
  account: StorageAccount,
): { container: string; blob: string; query: SasFields } | null {
  const [, rawPath = '', search = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(withoutScheme(url.trim())) ?? [];
  const endpoint = `${withoutScheme(account.endpoints.blob)}/`;
  if (rawPath.slice(0, endpoint.length).toLowerCase() !== endpoint.toLowerCase()) return null;
  const [container = '', ...blob] = rawPath.slice(endpoint.length).split('/');
  try {
    const names = { container: decodeURIComponent(container), blob: decodeURIComponent(blob.join('/')) };
    return { ...names, query: parseSasQuery(search) };
  } catch {
    return null;
  }
}

function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//i, '');
}

function equal(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
