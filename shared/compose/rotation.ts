import { pause } from '../azure-calls/timeout.ts';
import { resourceManagerOf } from '../azure/clouds.ts';
import type { DelegationProbes } from '../keys/delegation-probes.ts';
import { delegationKeyRequester } from '../keys/storage-delegation-request.ts';
import type { BlockPorts } from '../revocation/change-blocks.ts';
import type { ProofMemory } from '../revocation/proof-memory.ts';
import type { RevocationPorts } from '../revocation/revocation-ports.ts';
import { tableLiveTokenReader } from '../revocation/table-live-token-reader.ts';
import type { KeyProbe, ManagedKeys } from '../rotation/managed-keys.ts';
import type { PublishedSecrets } from '../rotation/published-secrets.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { TableRotationJournals } from '../rotation/table-rotation-journals.ts';
import type { TickLogs } from '../rotation/tick-log.ts';
import type { TokenCounter } from '../rotation/token-count.ts';
import type { PolicyKeeper } from '../stored-policies/policy-keeper.ts';
import { deathsOf } from './deaths.ts';
import type { Foundation } from './foundation.ts';
import { loadLater } from './load-later.ts';

/** Assembles the ports of rotation. `proofs` remembers the compromised values that it replaces. */
export function rotationPorts(foundation: Foundation, proofs: ProofMemory): RotationPorts {
  const { clock, callTimeoutMs, stateTable, auditTable, audit: events, instance, lines } = foundation;
  return {
    journals: new TableRotationJournals({ client: stateTable, callTimeoutMs, clock }),
    managedKeys: managedKeysOf(foundation),
    secrets: publishedSecretsOf(foundation),
    probe: loadLater<KeyProbe>(async () => {
      const { StorageKeyProbe } = await import('../rotation/storage-key-probe.ts');
      return new StorageKeyProbe({ callTimeoutMs });
    }),
    tokenCounter: loadLater<TokenCounter>(async () => {
      const { TableTokenCounter } = await import('../rotation/table-token-counter.ts');
      return new TableTokenCounter({ client: auditTable, clock });
    }),
    deaths: deathsOf(foundation),
    onReplaced: (account, value) => proofs.rememberKey(account, value),
    ticks: loadLater<TickLogs>(async () => {
      const { TableTickLogs } = await import('../rotation/table-tick-logs.ts');
      return new TableTickLogs({ client: stateTable, callTimeoutMs, clock });
    }),
    events,
    clock,
    instance,
    log: lines.log,
  };
}

function managedKeysOf({
  settings,
  config,
  rotator: credential,
  clock,
  callTimeoutMs,
}: Foundation): ManagedKeys {
  const { cloud } = config;
  const endpoint = settings.resourceManagerUrl ?? resourceManagerOf(cloud);
  return loadLater<ManagedKeys>(async () => {
    const { ArmAccountKeys } = await import('../rotation/arm-account-keys.ts');
    return new ArmAccountKeys({ credential, endpoint, cloud, callTimeoutMs, clock });
  });
}

function publishedSecretsOf({
  settings,
  config,
  rotator,
  clock,
  callTimeoutMs,
}: Foundation): PublishedSecrets {
  return loadLater<PublishedSecrets>(async () => {
    const [{ KeyVaultPublishedSecrets, NO_RETRIES }, { keyVaultSecretClient }] = await Promise.all([
      import('../rotation/key-vault-published-secrets.ts'),
      import('../keys/key-vault-client.ts'),
    ]);
    const client = keyVaultSecretClient(settings.keyVaultUrl, rotator, config.cloud, NO_RETRIES);
    return new KeyVaultPublishedSecrets({ client, callTimeoutMs, clock });
  });
}

/**
 * Assembles the ports of revocation, which orders regenerations in the journals of rotation, lists the tokens they end and
 * deletes stored policies.
 */
export function revocationPorts(
  { auditScans, audit, settings, config, scans, signer, callTimeoutMs }: Foundation,
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
    delegationProbes: loadLater<DelegationProbes>(async () => {
      const { StorageDelegationProbes } = await import('../keys/storage-delegation-probes.ts');
      return new StorageDelegationProbes({ requestKey: delegationKeyRequester(signer), callTimeoutMs });
    }),
    random: policies.random,
    pause,
    requestTimeoutSeconds: settings.requestTimeoutSeconds,
  };
}
