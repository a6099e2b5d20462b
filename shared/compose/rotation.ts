import { pause } from '../azure-calls/timeout.ts';
import { resourceManagerOf } from '../azure/clouds.ts';
import { TableDeaths } from '../deaths/table-deaths.ts';
import { keyVaultSecretClient } from '../keys/key-vault-client.ts';
import { StorageDelegationProbes } from '../keys/storage-delegation-probes.ts';
import type { BlockPorts } from '../revocation/change-blocks.ts';
import type { ProofMemory } from '../revocation/proof-memory.ts';
import type { RevocationPorts } from '../revocation/revocation-ports.ts';
import { tableLiveTokenReader } from '../revocation/table-live-token-reader.ts';
import { ArmAccountKeys } from '../rotation/arm-account-keys.ts';
import { KeyVaultPublishedSecrets, NO_RETRIES } from '../rotation/key-vault-published-secrets.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { StorageKeyProbe } from '../rotation/storage-key-probe.ts';
import { TableRotationJournals } from '../rotation/table-rotation-journals.ts';
import { TableTickLogs } from '../rotation/table-tick-logs.ts';
import { TableTokenCounter } from '../rotation/table-token-counter.ts';
import type { PolicyKeeper } from '../stored-policies/policy-keeper.ts';
import type { Foundation } from './foundation.ts';

/** Assembles the ports of rotation. `proofs` remembers the compromised values that it replaces. */
export function rotationPorts(foundation: Foundation, proofs: ProofMemory): RotationPorts {
  const { settings, config, rotator: credential, clock, callTimeoutMs } = foundation;
  const { stateTable, auditTable, audit: events, instance, lines } = foundation;
  const { cloud } = config;
  const endpoint = settings.resourceManagerUrl ?? resourceManagerOf(cloud);
  const vault = keyVaultSecretClient(settings.keyVaultUrl, credential, cloud, NO_RETRIES);
  return {
    journals: new TableRotationJournals({ client: stateTable, callTimeoutMs, clock }),
    managedKeys: new ArmAccountKeys({ credential, endpoint, cloud, callTimeoutMs, clock }),
    secrets: new KeyVaultPublishedSecrets({ client: vault, callTimeoutMs, clock }),
    probe: new StorageKeyProbe({ callTimeoutMs }),
    tokenCounter: new TableTokenCounter({ client: auditTable, clock }),
    deaths: new TableDeaths({ client: stateTable, clock }),
    onReplaced: (account, value) => proofs.rememberKey(account, value),
    ticks: new TableTickLogs({ client: stateTable, callTimeoutMs, clock }),
    events,
    clock,
    instance,
    log: lines.log,
  };
}

/**
 * Assembles the ports of revocation, which orders regenerations in the journals of rotation, lists the tokens they end and
 * deletes stored policies.
 */
export function revocationPorts(
  { auditScans, audit, settings, config, scans, signer: credential, callTimeoutMs }: Foundation,
  rotation: RotationPorts,
  policies: PolicyKeeper,
  proofs: ProofMemory,
  blocks: BlockPorts,
): RevocationPorts {
  return {
    accounts: config.accounts,
    rotation,
    policies,
    records: audit,
    scans,
    proofs,
    blocks,
    liveTokens: tableLiveTokenReader(auditScans),
    delegationProbes: new StorageDelegationProbes({ credential, callTimeoutMs }),
    random: policies.random,
    pause,
    requestTimeoutSeconds: settings.requestTimeoutSeconds,
  };
}
