import { AzureNamedKeyCredential, generateTableSas } from '@azure/data-tables';
import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../shared/azure/resources.ts';
import type { ResourceType, Service } from '../../../shared/azure/services.ts';
import type { AuthorizedToken } from '../../../shared/grants/authorized-token.ts';
import { SecretText, type SigningKey } from '../../../shared/keys/signing-keys.ts';
import type { Agent } from '../../../shared/requests/token-request.ts';
import {
  canonicalBlobName,
  canonicalFileName,
  canonicalQueueName,
  canonicalTableName,
} from '../../../shared/sas/canonical-names.ts';
import { parseSasQuery } from '../../../shared/sas/sas-query.ts';
import { NEWEST_SAS_VERSION, signText, stringToSign } from '../../../shared/sas/sas-string-to-sign.ts';
import { verifies } from '../../../shared/sas/sas-verification.ts';
import { queryOf } from '../../../shared/sas/sign-token.ts';
import { TABLE_SAS_VERSION } from '../../../shared/sas/table-sas.ts';
import {
  accountKey,
  accountOf,
  authorizedToken,
  delegationKey,
  type SasVector,
  sasVectors,
  secretOf,
} from './sas-samples.ts';

/** Vectors that the broker cannot make, and why. */
const NOT_MADE: Readonly<Record<string, string>> = {
  'blob-backslash': '.NET signs another name than it is asked for; the broker refuses the name',
  'ud-srh-srq': 'the broker binds no token to request headers',
  'ud-table-2026-04-06': 'one source alone has that layout, so that the broker issues none',
};
const all = sasVectors();
const sound = all.filter(({ id }) => !(id in NOT_MADE));
const made = sound.filter(({ kind, sv }) => kind !== 'table' && sv <= NEWEST_SAS_VERSION);
const tables = sound.filter(({ kind }) => kind === 'table');

function resourceOf({ kind, account, fields }: SasVector): Resource {
  const pick = (names: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(names)
        .filter(([, field]) => field in fields)
        .map(([member, field]) => [member, fields[field]]),
    );
  switch (kind) {
    case 'blob': {
      const path = 'directory' in fields ? 'directory' : 'blob';
      const names = { container: 'container', [path]: 'blob', snapshot: 'snapshot', versionId: 'versionid' };
      return { account, service: kind, ...pick(names) } as Resource;
    }
    case 'queue':
      return { account, service: kind, queue: fields['queue']! };
    case 'file':
      return { account, service: kind, ...pick({ share: 'share', file: 'path' }) } as Resource;
    case 'table': {
      const starts = { partitionKeyStart: 'spk', rowKeyStart: 'srk' };
      const names = { table: 'table', ...starts, partitionKeyEnd: 'epk', rowKeyEnd: 'erk' };
      return { account, service: kind, ...pick(names) } as Resource;
    }
    case 'account':
      return {
        account,
        services: listOf<Service>(fields['ss']!, { b: 'blob', f: 'file', q: 'queue', t: 'table' }),
        resourceTypes: listOf<ResourceType>(fields['srt']!, { s: 'service', c: 'container', o: 'object' }),
      };
  }
}

function listOf<Item>(letters: string, names: Record<string, Item>): Item[] {
  return Array.from(letters).map((letter) => names[letter]!);
}

function tokenOf(vector: SasVector): AuthorizedToken {
  const { fields, kind, udk } = vector;
  const headers = { cacheControl: 'rscc', contentDisposition: 'rscd', contentEncoding: 'rsce' };
  const more = { contentLanguage: 'rscl', contentType: 'rsct' };
  const entries = Object.entries({ ...headers, ...more }).map(([name, field]) => [name, fields[field]]);
  return authorizedToken({
    account: accountOf(vector),
    kind: udk !== undefined ? 'user-delegation' : kind === 'account' ? 'account' : 'service',
    resource: resourceOf(vector),
    permissions: parseSasQuery(vector.query).get('sp') ?? 'r',
    startsAt: fields['st'] === undefined ? null : new Date(fields['st']),
    expiresAt: new Date(fields['se'] ?? '2027-01-02T03:04:05Z'),
    ip: fields['sip'] ?? null,
    // .NET leaves out what was not requested; the broker never does.
    protocol: fields['spr'] as 'https',
    responseHeaders: Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as object,
    encryptionScope: fields['ses'] ?? null,
    policy: fields['si'] ?? null,
    omit: { permissions: !('sp' in fields), expiry: !('se' in fields), start: false },
    delegatedUser:
      fields['sduoid'] === undefined
        ? null
        : { objectId: fields['sduoid'], tenantId: parseSasQuery(vector.query).get('skdutid')! },
    agent: agentOf(fields),
  });
}

function agentOf({ saoid, suoid }: SasVector['fields']): Agent | null {
  if (saoid !== undefined) return { kind: 'authorized', objectId: saoid };
  return suoid === undefined ? null : { kind: 'unauthorized', objectId: suoid };
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
    delegatedTenantId: parseSasQuery(vector.query).get('skdutid') ?? null,
  });
}

function canonicalNameOf({ kind, account, fields }: SasVector): string {
  switch (kind) {
    case 'blob':
      return canonicalBlobName(account, fields['container']!, fields['blob']);
    case 'queue':
      return canonicalQueueName(account, fields['queue']!);
    case 'file':
      return canonicalFileName(account, fields['share']!, fields['path']);
    case 'table':
      return canonicalTableName(account, fields['table']!);
    case 'account':
      return account;
  }
}

/** Does not use `sign`, which refuses tokens that outlive their keys: these do. */
function signed(vector: SasVector): string {
  return queryOf(tokenOf(vector), keyOf(vector), vector.fields['scid'] ?? null);
}

describe("Microsoft's own tokens", () => {
  it('are all compared with a signer, except those that the broker does not make', () => {
    const kinds = (vectors: SasVector[]) => new Set(vectors.map(({ kind }) => kind)).size;
    expect([all.length, made.length, tables.length]).toEqual([65, 47, 7]);
    expect(kinds([...made, ...tables])).toBe(5);
    expect(made.filter(({ udk }) => udk !== undefined).length).toBeGreaterThanOrEqual(10);
  });

  it.each(made)('come out the same from the same fields: $id', (vector) => {
    const query = signed(vector);

    expect(Object.fromEntries(parseSasQuery(query))).toEqual(Object.fromEntries(parseSasQuery(vector.query)));
    expect(query).not.toMatch(/^\?|[+ ]/);
  });

  it.each(tables)('of tables differ by their version alone: $id', (vector) => {
    const fields = parseSasQuery(signed(vector));
    const wanted = parseSasQuery(vector.query).set('sv', TABLE_SAS_VERSION);
    const text = vector.stringToSign.replace(vector.sv, TABLE_SAS_VERSION);

    expect(Object.fromEntries(fields)).toEqual({
      ...Object.fromEntries(wanted),
      sig: signText(text, secretOf(vector)),
    });
  });

  it.each(tables)('of tables are what their SDK makes when told their version: $id', (vector) => {
    const { fields, account, sv } = vector;
    const date = (field: string) => (fields[field] === undefined ? {} : { [field]: new Date(fields[field]) });
    const { st, se } = { ...date('st'), ...date('se') } as { st?: Date; se?: Date };
    const has = (letter: string) => fields['sp']?.includes(letter) ?? false;
    const query = generateTableSas(fields['table']!, new AzureNamedKeyCredential(account, vector.key!), {
      version: sv,
      ...(fields['sp'] === undefined
        ? {}
        : { permissions: { query: has('r'), add: has('a'), update: has('u'), delete: has('d') } }),
      ...(st === undefined ? {} : { startsOn: st }),
      ...(se === undefined ? {} : { expiresOn: se }),
      ...(fields['si'] === undefined ? {} : { identifier: fields['si'] }),
      ...(fields['sip'] === undefined ? {} : { ipRange: { start: fields['sip'] } }),
      ...(fields['spr'] === undefined ? {} : { protocol: fields['spr'] as 'https' }),
      ...(fields['spk'] === undefined ? {} : { startPartitionKey: fields['spk'] }),
      ...(fields['srk'] === undefined ? {} : { startRowKey: fields['srk'] }),
      ...(fields['epk'] === undefined ? {} : { endPartitionKey: fields['epk'] }),
      ...(fields['erk'] === undefined ? {} : { endRowKey: fields['erk'] }),
    });

    expect(parseSasQuery(query).get('sig')).toBe(vector.sig);
  });

  it.each(sound)('sign the text that their query tells: $id', (vector) => {
    const { snapshot, versionid } = vector.fields;
    const outside = { canonicalName: canonicalNameOf(vector), timestamp: snapshot ?? versionid ?? '' };

    const text = stringToSign(vector.kind, parseSasQuery(vector.query), outside);

    expect(text).toBe(vector.stringToSign);
    expect(signText(text, secretOf(vector))).toBe(vector.sig);
  });

  it.each(sound)('are verified where a key can tell: $id', (vector) => {
    const canTell = vector.udk === undefined;
    const other = new SecretText(Buffer.alloc(64, 1).toString('base64'));
    const refused = vector.sv > NEWEST_SAS_VERSION ? null : false;

    expect(verifies(vector.url, vector.query, accountOf(vector), secretOf(vector))).toBe(
      canTell ? true : null,
    );
    expect(verifies(vector.url, vector.query, accountOf(vector), other)).toBe(canTell ? refused : null);
  });
});
