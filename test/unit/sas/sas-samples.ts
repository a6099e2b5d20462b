import { readFileSync } from 'node:fs';
import type { Service } from '../../../shared/azure/services.ts';
import type { StorageAccount } from '../../../shared/config/broker-config.ts';
import type { AuthorizedToken } from '../../../shared/grants/authorized-token.ts';
import { type AccountKey, type DelegationKey, SecretText } from '../../../shared/keys/signing-keys.ts';
import { loadSigners } from '../../../shared/sas/signers.ts';
import { account } from '../../fakes/configuration.ts';

// Whatever signs samples needs the signers.
await loadSigners();

/** A token to read one blob; only tests make one without `authorize`. */
export function authorizedToken(parts: Partial<AuthorizedToken> = {}): AuthorizedToken {
  return {
    account: account(),
    resource: { account: 'media', service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' },
    kind: 'service',
    kindReason: 'asked for',
    permissions: 'r',
    startsAt: null,
    expiresAt: new Date('2026-11-22T15:15:00Z'),
    ip: null,
    protocol: 'https',
    responseHeaders: {},
    encryptionScope: null,
    policy: null,
    omit: { permissions: false, expiry: false, start: false },
    delegatedUser: null,
    agent: null,
    purpose: null,
    grant: 'photo-upload',
    clamped: [],
    narrower: { kind: null, hints: [] },
    ...parts,
  } as AuthorizedToken;
}

export const SAMPLE_KEY = Buffer.alloc(64, 7).toString('base64');

export function accountKey(parts: Partial<AccountKey> = {}): AccountKey {
  const usableUntil = new Date('2026-11-22T15:00:00Z');
  const value = new SecretText(SAMPLE_KEY);
  return {
    kind: 'account',
    value,
    keyId: '0123456789abcdef',
    name: 'key1',
    secretVersion: 'v1',
    usableUntil,
    ...parts,
  };
}

export function delegationKey(parts: Partial<DelegationKey> = {}): DelegationKey {
  return {
    kind: 'user-delegation',
    value: new SecretText(Buffer.alloc(32, 9).toString('base64')),
    objectId: '11111111-aaaa-4bbb-8ccc-000000000001',
    tenantId: '22222222-aaaa-4bbb-8ccc-000000000002',
    service: 'b',
    version: '2026-04-06',
    startsAt: new Date('2026-11-22T11:45:00Z'),
    expiresAt: new Date('2026-11-29T11:30:00Z'),
    delegatedTenantId: null,
    ...parts,
  };
}

/** A token made by Microsoft's own SDKs: SAS-NOTES.md describes where they come from. */
export interface SasVector {
  readonly id: string;
  readonly kind: Service | 'account';
  readonly sv: string;
  readonly account: string;
  /** The account key; absent where `udk` signed. */
  readonly key?: string;
  readonly udk?: Readonly<Record<string, string>>;
  /** What was asked for, names of the resource included. */
  readonly fields: Readonly<Record<string, string>>;
  readonly stringToSign: string;
  readonly sig: string;
  readonly query: string;
  readonly url: string;
}

export function sasVectors(): SasVector[] {
  const text = readFileSync(new URL('../../vectors/sas-vectors.jsonl', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SasVector);
}

export function secretOf(vector: SasVector): SecretText {
  return new SecretText(vector.udk?.['value'] ?? vector.key ?? '');
}

/** The account of a vector: only its name and version are signed. */
export function accountOf(vector: SasVector): StorageAccount {
  return account({ name: vector.account, sasVersion: vector.sv });
}
