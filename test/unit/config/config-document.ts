import type { BrokerDocument } from '../../../shared/config/broker-schema.ts';
import { parseBrokerConfig } from '../../../shared/config/load-broker-config.ts';

const GROUP =
  '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/Microsoft.Storage/storageAccounts';

/** Returns a document without faults and warnings: `media` has rotated keys; `lake` is hierarchical and has no keys. */
export function validDocument(): BrokerDocument {
  return {
    $schema: './broker.schema.json',
    cloud: 'public',
    accounts: [
      {
        name: 'media',
        resourceId: `${GROUP}/media`,
        sasVersion: '2025-11-05',
        keys: { secretName: 'media-key' },
        rotation: { every: 'P30D', takeOver: false },
      },
      { name: 'lake', resourceId: `${GROUP}/lake`, hierarchical: true, sasVersion: '2026-04-06' },
    ],
    issuers: [
      {
        id: 'entra',
        issuer: 'https://login.microsoftonline.com/t1/v2.0',
        audiences: ['api-1'],
        subject: 'oid',
      },
    ],
    grants: [
      {
        id: 'upload',
        callers: [{ issuer: 'entra', claims: { roles: 'Photos.Upload' } }],
        resources: ['media/blob/uploads/${claims.oid}/**'],
        permissions: 'cw',
      },
      {
        id: 'work',
        callers: [{ issuer: 'entra', claims: { roles: ['Jobs.Work', 'Jobs.*'] } }],
        resources: ['media/queue/jobs'],
        permissions: ['read', 'process'],
        kinds: ['service'],
      },
    ],
    roles: { auditor: [{ issuer: 'entra', claims: { roles: 'Auditor' } }], operator: [] },
  };
}

/** Returns the valid document with another value at `path`, or without that member if `value` is undefined. */
export function withMember(path: readonly (string | number)[], value: unknown): string {
  const document: unknown = structuredClone(validDocument());
  const parent = path.slice(0, -1).reduce<unknown>((part, name) => (part as never)[name], document);
  (parent as Record<string | number, unknown>)[path.at(-1)!] = value;
  return JSON.stringify(document);
}

/** Returns the faults as `path: message` lines. */
export function faultLines(text: string): string[] {
  const result = parseBrokerConfig(text);
  return result.ok ? [] : result.fault.map(({ path, message }) => `${path}: ${message}`);
}
