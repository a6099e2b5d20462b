import { ManagedIdentityCredential } from '@azure/identity';
import { tableAuditLog } from '../../shared/audit/table-audit-log.ts';
import { TableDeaths } from '../../shared/deaths/table-deaths.ts';
import { keyVaultSecretClient } from '../../shared/keys/key-vault-client.ts';
import { ArmAccountKeys } from '../../shared/rotation/arm-account-keys.ts';
import { KeyVaultPublishedSecrets, NO_RETRIES } from '../../shared/rotation/key-vault-published-secrets.ts';
import type { RotationPorts } from '../../shared/rotation/rotation-ports.ts';
import { rotationWaits } from '../../shared/rotation/rotation-waits.ts';
import { StorageKeyProbe } from '../../shared/rotation/storage-key-probe.ts';
import { TableRotationJournals } from '../../shared/rotation/table-rotation-journals.ts';
import { TableTickLogs } from '../../shared/rotation/table-tick-logs.ts';
import { TableTokenCounter } from '../../shared/rotation/table-token-counter.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { account as accountWith } from '../fakes/configuration.ts';

/** Where a rotation takes place: plain data that can be passed to another process. */
export interface Place {
  readonly account: string;
  readonly endpoints: { readonly blob: string; readonly queue: string; readonly table: string };
  readonly keyVault: string;
  readonly resourceManager: string;
  readonly rotatorClientId: string;
}

/** In seconds. */
export const MAX_TTL = 6;
const SHORT = { every: 3600, takeOver: true, overlap: 1, settle: 1, clockSkew: 1 };
const REQUEST_DEADLINE = 2;
const CALL_TIMEOUT_MS = 2000;

/** Returns the rotation of one account, with the adapters that run on Azure, against the local stack. */
export function rotationOnStack(place: Place, instance: string) {
  const { keyVault, resourceManager, endpoints } = place;
  const credential = new ManagedIdentityCredential({ clientId: place.rotatorClientId });
  const clock = () => new Date();
  const vault = keyVaultSecretClient(keyVault, credential, 'public', NO_RETRIES);
  const auditTable = auditTableClient(endpoints.table, 'Audit', credential);
  const audit = tableAuditLog({ client: auditTable, instance, shard: 3, clock });
  const timing = { callTimeoutMs: CALL_TIMEOUT_MS, clock };
  const ports: RotationPorts = {
    journals: new TableRotationJournals({
      client: auditTableClient(endpoints.table, 'State', credential),
      ...timing,
    }),
    managedKeys: new ArmAccountKeys({ credential, endpoint: resourceManager, cloud: 'public', ...timing }),
    secrets: new KeyVaultPublishedSecrets({ client: vault, ...timing }),
    probe: new StorageKeyProbe({ callTimeoutMs: CALL_TIMEOUT_MS }),
    tokenCounter: new TableTokenCounter({ client: auditTable, clock }),
    deaths: new TableDeaths({ client: auditTableClient(endpoints.table, 'State', credential), clock }),
    ticks: new TableTickLogs({
      client: auditTableClient(endpoints.table, 'State', credential),
      ...timing,
    }),
    events: audit,
    clock,
    instance,
    log: () => undefined,
  };
  const account = accountWith({
    name: place.account,
    endpoints: { ...endpoints, file: endpoints.blob },
    keys: { secretName: `rotated-${place.account}`, secretFormat: 'key' },
    rotation: SHORT,
    maxTokenTtl: MAX_TTL,
    keyCache: 1,
    keyStaleMax: 1,
  });
  return { ports, account, waits: rotationWaits(account, REQUEST_DEADLINE)!, vault, audit };
}
