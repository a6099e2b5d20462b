import type { Grant, StorageAccount } from '../../shared/config/broker-config.ts';
import { compilePattern, type ResourcePattern } from '../../shared/config/resource-pattern.ts';
import type { Caller } from '../../shared/identity/caller.ts';
import type { TokenRequest } from '../../shared/requests/token-request.ts';

/** Compiles a pattern. @throws Error if it does not compile. */
export function pattern(source: string): ResourcePattern {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(`${source} ${compiled.fault.message}`);
  return compiled.value;
}

export function account(parts: Partial<StorageAccount> = {}): StorageAccount {
  const name = parts.name ?? 'media';
  return {
    name,
    resourceId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`,
    hierarchical: false,
    endpoints: {
      blob: `https://${name}.blob.core.windows.net`,
      queue: `https://${name}.queue.core.windows.net`,
      table: `https://${name}.table.core.windows.net`,
      file: `https://${name}.file.core.windows.net`,
    },
    sasVersion: '2025-11-05',
    unsupportedFields: new Set(),
    allowSharedKeyAccess: true,
    sasPolicy: null,
    keys: { secretName: `${name}-key`, secretFormat: 'key' },
    rotation: null,
    maxTokenTtl: 86_400,
    keyCache: 60,
    keyStaleMax: 600,
    ...parts,
  };
}

interface GrantParts extends Omit<Partial<Grant>, 'resources' | 'permissions' | 'kinds'> {
  resources?: string[];
  permissions?: string;
  kinds?: string[];
}

/** A grant for every caller of issuer `local`: user delegation or service SAS, for at most an hour. */
export function grant(parts: GrantParts = {}): Grant {
  const { resources = ['media/blob/uploads/**'], permissions = 'cw', kinds, ...rest } = parts;
  return {
    id: 'photo-upload',
    description: null,
    callers: [{ issuer: 'local', claims: {} }],
    accountSas: [],
    agents: new Set(),
    defaultTtl: 900,
    maxTtl: 3600,
    maxAhead: 900,
    protocol: 'https',
    ip: { rule: 'any' },
    mode: 'enforce',
    ...rest,
    resources: resources.map(pattern),
    permissions: {
      blob: new Set(permissions),
      queue: new Set(permissions),
      table: new Set(permissions),
      file: new Set(permissions),
      account: new Set(permissions),
    },
    kinds: new Set(
      (kinds ?? ['user-delegation', 'service']) as Grant['kinds'] extends Set<infer K> ? K[] : never,
    ),
  };
}

export function caller(parts: Partial<Caller> = {}): Caller {
  return {
    issuer: 'local',
    subject: '11111111-1111-4111-8111-111111111111',
    name: 'Uma Uploader',
    ip: '203.0.113.7',
    claims: { oid: '11111111-1111-4111-8111-111111111111', roles: ['Photos.Upload'] },
    roles: new Set(),
    ...parts,
  };
}

export function tokenRequest(parts: Partial<TokenRequest> = {}): TokenRequest {
  return {
    resource: { account: 'media', service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' },
    permissions: 'cw',
    startsAt: null,
    expiresAt: null,
    kind: 'auto',
    ip: null,
    protocol: 'https',
    responseHeaders: {},
    encryptionScope: null,
    policy: null,
    revocable: false,
    boundUser: null,
    agent: null,
    clamp: false,
    purpose: null,
    ...parts,
  };
}
