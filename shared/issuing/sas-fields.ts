import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { formatInstant } from '../iso-time.ts';
import type { DelegationKey } from '../keys/signing-keys.ts';
import type { SigningKey } from './signer.ts';

/** Every field that a blob service token must carry but `sp` and `sig`: docs/sas-fields.md. */
export function blobTokenFields(
  token: AuthorizedToken,
  key: SigningKey,
  correlationId: string | null,
): Map<string, string> {
  const { startsAt, responseHeaders } = token;
  const fields: [string, string | null | undefined][] = [
    ['sv', token.account.sasVersion],
    ['st', startsAt === null ? null : formatInstant(startsAt)],
    ['se', formatInstant(token.expiresAt)],
    ['sip', token.ip],
    ['spr', token.protocol],
    ['sr', signedResource(token)],
    ['ses', token.encryptionScope],
    ['rscc', responseHeaders.cacheControl],
    ['rscd', responseHeaders.contentDisposition],
    ['rsce', responseHeaders.contentEncoding],
    ['rscl', responseHeaders.contentLanguage],
    ['rsct', responseHeaders.contentType],
    ['scid', correlationId],
    ...(key.kind === 'service' ? [] : delegationFields(key.key)),
  ];
  return new Map(fields.filter((field): field is [string, string] => typeof field[1] === 'string'));
}

/** The names that a SAS gives its resources: container, blob, blob snapshot, blob version. */
function signedResource({ resource }: AuthorizedToken): 'c' | 'b' | 'bs' | 'bv' {
  if (resource.blob === undefined) return 'c';
  if (resource.snapshot !== undefined) return 'bs';
  return resource.versionId === undefined ? 'b' : 'bv';
}

function delegationFields(key: DelegationKey): [string, string][] {
  return [
    ['skoid', key.objectId],
    ['sktid', key.tenantId],
    ['skt', formatInstant(key.startsAt)],
    ['ske', formatInstant(key.expiresAt)],
    ['sks', key.service],
    ['skv', key.version],
  ];
}
