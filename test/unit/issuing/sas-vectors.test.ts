import { describe, expect, it } from 'vitest';
import type { AuthorizedToken } from '../../../shared/grants/authorized-token.ts';
import { canonicalBlobName, signBlob } from '../../../shared/issuing/blob.ts';
import { parseSasQuery } from '../../../shared/issuing/sas-query.ts';
import {
  accountStringToSign,
  blobStringToSign,
  signText,
} from '../../../shared/issuing/sas-string-to-sign.ts';
import { verifies } from '../../../shared/issuing/sas-verification.ts';
import type { SigningKey } from '../../../shared/issuing/signer.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import {
  accountKey,
  accountOf,
  authorizedToken,
  delegationKey,
  sasVectors,
  secretOf,
  type SasVector,
} from './sas-samples.ts';

/** What no authorized token holds yet (stored policies, directories, other people's ids, bound requests). */
const NOT_ISSUED = ['si', 'directory', 'saoid', 'suoid', 'sduoid', 'srh'];
const issued = sasVectors('blob').filter(({ fields }) => NOT_ISSUED.every((name) => !(name in fields)));

function tokenOf(vector: SasVector): AuthorizedToken {
  const { fields } = vector;
  const headers = { cacheControl: 'rscc', contentDisposition: 'rscd', contentEncoding: 'rsce' };
  const more = { contentLanguage: 'rscl', contentType: 'rsct' };
  const responseHeaders = Object.entries({ ...headers, ...more }).map(([name, field]) => [
    name,
    fields[field],
  ]);
  return authorizedToken({
    account: accountOf(vector),
    kind: vector.udk === undefined ? 'service' : 'user-delegation',
    resource: {
      account: vector.account,
      service: 'blob',
      container: fields['container']!,
      ...(fields['blob'] === undefined ? {} : { blob: fields['blob'] }),
      ...(fields['snapshot'] === undefined ? {} : { snapshot: fields['snapshot'] }),
      ...(fields['versionid'] === undefined ? {} : { versionId: fields['versionid'] }),
    },
    permissions: parseSasQuery(vector.query).get('sp')!,
    startsAt: fields['st'] === undefined ? null : new Date(fields['st']),
    expiresAt: new Date(fields['se']!),
    ip: fields['sip'] ?? null,
    protocol: fields['spr'] as 'https',
    responseHeaders: Object.fromEntries(responseHeaders.filter(([, value]) => value !== undefined)) as object,
    encryptionScope: fields['ses'] ?? null,
  });
}

function keyOf(vector: SasVector): SigningKey {
  const value = secretOf(vector);
  if (vector.udk === undefined) return accountKey({ value });
  const { signedOid, signedTid, signedStartsOn, signedExpiresOn, signedService, signedVersion } = vector.udk;
  return delegationKey({
    value,
    objectId: signedOid!,
    tenantId: signedTid!,
    startsAt: new Date(signedStartsOn!),
    expiresAt: new Date(signedExpiresOn!),
    service: signedService!,
    version: signedVersion!,
  });
}

/** An unsorted `sp` is signed as given by .NET and put in order here, so it has no common signature. */
const comparable = issued.filter(({ id }) => id !== 'blob-sp-unsorted-in');

describe("Microsoft's own tokens", () => {
  it('are enough to hold a signer against', () => {
    expect(comparable.length).toBeGreaterThanOrEqual(13);
    expect(comparable.filter(({ udk }) => udk !== undefined).length).toBeGreaterThanOrEqual(4);
  });

  it.each(comparable)('come out the same from the same fields: $id', (vector) => {
    const query = signBlob(tokenOf(vector), keyOf(vector), null);

    expect(Object.fromEntries(parseSasQuery(query))).toEqual(Object.fromEntries(parseSasQuery(vector.query)));
    expect(query).toContain(`sig=${encodeURIComponent(vector.sig)}`);
    expect(query).not.toMatch(/^\?|[+ ]/);
  });

  it.each(sasVectors('blob').filter(({ fields }) => !('srh' in fields)))(
    'sign the text that their query tells: $id',
    (vector) => {
      const { container, blob, snapshot, versionid } = vector.fields;
      const timestamp = snapshot ?? versionid ?? '';
      const canonicalName = canonicalBlobName(vector.account, container!, blob);

      const text = blobStringToSign(parseSasQuery(vector.query), { canonicalName, timestamp });

      expect(text).toBe(vector.stringToSign);
      expect(signText(text, secretOf(vector))).toBe(vector.sig);
    },
  );

  it.each(sasVectors('account'))('sign the text that their query tells, for an account: $id', (vector) => {
    const text = accountStringToSign(parseSasQuery(vector.query), vector.account);

    expect(text).toBe(vector.stringToSign);
    expect(signText(text, secretOf(vector))).toBe(vector.sig);
  });

  it.each([...sasVectors('account'), ...sasVectors('blob')])(
    'are verified where a key can tell: $id',
    (vector) => {
      const canTell = vector.udk === undefined && !('directory' in vector.fields);
      const other = new SecretText(Buffer.alloc(64, 1).toString('base64'));

      expect(verifies(vector.url, vector.query, accountOf(vector), secretOf(vector))).toBe(
        canTell ? true : null,
      );
      expect(verifies(vector.url, vector.query, accountOf(vector), other)).toBe(canTell ? false : null);
    },
  );
});
