import { randomBytes } from 'node:crypto';
import { CORRELATION_BYTES, correlationId } from '../audit/correlation-id.ts';
import { randomSuffix, SUFFIX_BYTES } from '../audit/row-keys.ts';
import { tableCandidateRows } from '../audit/table-candidate-rows.ts';
import { grantIndexOf } from '../grants/grant-index.ts';
import type { IssuingPorts } from '../issuing/issuing-ports.ts';
import type { LookupPorts } from '../issuing/look-up-token.ts';
import { KeyListings } from '../issuing/lookup/key-listings.ts';
import type { AccountKeys } from '../keys/signing-keys.ts';
import { StorageDelegationKeys } from '../keys/storage-delegation-keys.ts';
import { delegationKeyRequester } from '../keys/storage-delegation-request.ts';
import type { CallerBlocks } from '../revocation/block.ts';
import { RememberedRevocations } from '../revocation/remembered-revocations.ts';
import type { RotationJournals } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { createPolicyKeeper, type PolicyKeeper } from '../stored-policies/policy-keeper.ts';
import type { PolicyLedgers } from '../stored-policies/policy-ledger.ts';
import type { PolicyUses } from '../stored-policies/policy-uses.ts';
import type { StoredPolicies } from '../stored-policies/stored-policy.ts';
import { deathsOf } from './deaths.ts';
import type { Foundation } from './foundation.ts';
import { loadLater } from './load-later.ts';
import { randomPool } from './random-pool.ts';

/** Assembles the ports of issuing. The journals record which delegation keys were revoked. */
export function issuingPorts(
  foundation: Foundation,
  journals: RotationJournals,
  blocks: CallerBlocks,
): IssuingPorts {
  const { config, audit, shard, clock, callTimeoutMs } = foundation;
  const { onFault } = foundation.lines;
  // Built now, so that no request waits for it.
  grantIndexOf(config.grants);
  const revocations = new RememberedRevocations(journals);
  const accountKeys = accountKeysOf(foundation, revocations);
  const requestKey = delegationKeyRequester(foundation.signer);
  const random = randomPool();
  return {
    config,
    accountKeys,
    audit,
    blocks,
    shard,
    clock,
    monotonicMs: foundation.monotonicMs,
    delegationKeys: new StorageDelegationKeys({ requestKey, onFault, callTimeoutMs, revocations }),
    policies: policiesOf(foundation, accountKeys),
    suffix: () => randomSuffix(random(SUFFIX_BYTES)),
    correlationId: (inShard, hour) =>
      correlationId({ shard: inShard, hour, random: random(CORRELATION_BYTES) }),
  };
}

function accountKeysOf(
  { settings, config, signer, callTimeoutMs, lines }: Foundation,
  deadSecrets: RememberedRevocations,
): AccountKeys {
  return loadLater<AccountKeys>(async () => {
    const [{ KeyVaultAccountKeys }, { keyVaultSecretClient }] = await Promise.all([
      import('../keys/key-vault-account-keys.ts'),
      import('../keys/key-vault-client.ts'),
    ]);
    const vault = keyVaultSecretClient(settings.keyVaultUrl, signer, config.cloud);
    return new KeyVaultAccountKeys(vault, { onFault: lines.onFault, callTimeoutMs, deadSecrets });
  });
}

/** Assembles the ports of lookups. They list keys with the rotator's identity, the only one that may. */
export function lookupPorts(
  { config, audit, auditScans, scans, clock }: Foundation,
  { accountKeys }: IssuingPorts,
  { managedKeys }: RotationPorts,
): LookupPorts {
  return {
    config,
    audit,
    accountKeys,
    clock,
    candidates: tableCandidateRows(auditScans),
    scans,
    keyListings: new KeyListings(managedKeys),
  };
}

/** Assembles what edits stored policies: with the account's key, under a lease in the state table. */
function policiesOf(foundation: Foundation, accountKeys: IssuingPorts['accountKeys']): PolicyKeeper {
  const { config, stateTable, auditTable, audit: events, clock } = foundation;
  return createPolicyKeeper({
    policies: loadLater<StoredPolicies>(async () => {
      const { StoragePolicies } = await import('../stored-policies/storage-policies.ts');
      return new StoragePolicies({ accountKeys, clock });
    }),
    ledgers: loadLater<PolicyLedgers>(async () => {
      const { TablePolicyLedgers } = await import('../stored-policies/table-policy-ledgers.ts');
      return new TablePolicyLedgers({ client: stateTable, clock });
    }),
    uses: loadLater<PolicyUses>(async () => {
      const { TablePolicyUses } = await import('../stored-policies/table-policy-uses.ts');
      return new TablePolicyUses({ client: auditTable, clock });
    }),
    events,
    maxManagedPolicies: config.limits.perGrant.managedPolicies,
    deaths: deathsOf(foundation),
    clock,
    jitter: Math.random,
    random: () => randomSuffix(randomBytes(SUFFIX_BYTES)) + randomSuffix(randomBytes(SUFFIX_BYTES)),
  });
}
