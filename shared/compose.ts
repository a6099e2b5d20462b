import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { CORRELATION_BYTES, correlationId } from './audit/correlation-id.ts';
import { randomSuffix, SHARDS, SUFFIX_BYTES } from './audit/row-keys.ts';
import type { EventLog } from './audit/event-query.ts';
import { auditTableClient, tableAuditLog } from './audit/table-audit-log.ts';
import { tableEventLog } from './audit/table-event-query.ts';
import { pause } from './audit/time-limit.ts';
import { BrokerError, describeFailure, type Fault } from './broker-error.ts';
import type { BrokerConfig } from './config/broker-config.ts';
import { resourceManagerOf } from './config/endpoints.ts';
import { parseBrokerConfig } from './config/load-broker-config.ts';
import { readSettings, type Settings } from './config/settings.ts';
import type { BearerTokens } from './identity/caller.ts';
import { joseBearerTokens } from './identity/jose-bearer-tokens.ts';
import type { IssuingPorts } from './issuing/issue-token.ts';
import { addSeconds } from './iso-time.ts';
import { line, linesOf, type WriteLine } from './log-lines.ts';
import { keyVaultSecretClient } from './keys/key-vault-client.ts';
import { KeyVaultAccountKeys } from './keys/key-vault-account-keys.ts';
import { StorageDelegationKeys } from './keys/storage-delegation-keys.ts';
import type { RevocationPorts } from './revocation/plan-revocation.ts';
import { RememberedRevocations } from './revocation/remembered-revocations.ts';
import { tableLiveTokenList } from './revocation/table-live-token-list.ts';
import { ArmAccountKeys } from './rotation/arm-account-keys.ts';
import { KeyVaultPublishedSecrets, NO_RETRIES } from './rotation/key-vault-published-secrets.ts';
import type { RotationPorts } from './rotation/rotation-ports.ts';
import { StorageKeyProbe } from './rotation/storage-key-probe.ts';
import { TableLiveTokens } from './rotation/table-live-tokens.ts';
import { TableRotationJournals } from './rotation/table-rotation-journals.ts';
import { policyKeeper, type PolicyKeeper } from './stored-policies/policy-editor.ts';
import { StoragePolicies } from './stored-policies/storage-policies.ts';
import { TablePolicyLedgers } from './stored-policies/table-policy-ledgers.ts';
import { TablePolicyUses } from './stored-policies/table-policy-uses.ts';
import { readinessOf, type Readiness } from './readiness.ts';
import { overdueProbes, probesOf } from './readiness-probes.ts';

/** The broker, put together: what the edge calls. */
export interface Broker {
  readonly settings: Settings;
  readonly config: BrokerConfig;
  readonly bearerTokens: BearerTokens;
  readonly issuing: IssuingPorts;
  readonly readiness: (now: Date, deadline: Date) => Promise<Readiness>;
  readonly rotation: RotationPorts;
  readonly revocation: RevocationPorts;
  readonly events: EventLog;
  readonly clock: () => Date;
  /** Writes what is still held in memory; gives up after the request deadline. */
  readonly close: () => Promise<void>;
}

/** A broker with faults does not serve, but the process starts: the host would answer 404 to everything otherwise. */
export type Start =
  { readonly ok: true; readonly broker: Broker } | { readonly ok: false; readonly faults: readonly Fault[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings → adapters → use cases. Does no I/O but to read the configuration file; never throws. */
export function compose(environment: Environment, writeLine: WriteLine): Start {
  const faults: Fault[] = [];
  const read = readSettings(environment);
  if (!read.ok) faults.push(...read.faults);
  const path = read.ok ? read.settings.brokerConfigPath : (environment['BROKER_CONFIG'] ?? 'broker.json');
  const parsed = readConfig(path);
  if (!parsed.ok) faults.push(...parsed.faults);
  if (!read.ok || !parsed.ok) {
    for (const fault of faults) writeLine(line('configuration fault', { ...fault }));
    return { ok: false, faults };
  }
  for (const warning of parsed.warnings) writeLine(line('configuration warning', { ...warning }));
  const broker = assemble(read.settings, parsed.config, environment, writeLine);
  void recordStart(broker, writeLine);
  return { ok: true, broker };
}

function readConfig(path: string): ReturnType<typeof parseBrokerConfig> {
  try {
    return parseBrokerConfig(readFileSync(path, 'utf8'));
  } catch (error) {
    const message = `the file cannot be read (${describeFailure(error)})`;
    return { ok: false, faults: [{ path: 'BROKER_CONFIG', message }] };
  }
}

function assemble(
  settings: Settings,
  config: BrokerConfig,
  environment: Environment,
  writeLine: WriteLine,
): Broker {
  const clock = () => new Date();
  const credential = identityOf(settings.signerClientId);
  // Of no other process at any time: it names whose claim a journal holds.
  const instance = `${environment['WEBSITE_INSTANCE_ID']?.slice(0, 16) ?? 'instance'}-${randomBytes(8).toString('hex')}`;
  const { onFault, onAuditFault, log } = linesOf(writeLine);
  // What a request waits for must fail while there is still time to say so.
  const callDeadline = settings.requestDeadline * 800;
  const vault = keyVaultSecretClient(settings.keyVaultUrl, credential, config.cloud);
  const accountKeys = new KeyVaultAccountKeys(vault, { onFault, callDeadline });
  const bearerTokens = joseBearerTokens(config.issuers, { timeoutMilliseconds: callDeadline / 2 });
  // One shard for the life of the process: its concurrent rows of an hour then share transactions.
  const shard = randomInt(SHARDS);
  const auditTable = auditTableClient(settings.auditTable.endpoint, settings.auditTable.table, credential);
  const audit = tableAuditLog({
    client: auditTable,
    instance,
    shard,
    now: clock,
    onFault: onAuditFault,
  });
  const adapters = rotationAdapters(settings, config, credential, callDeadline, clock);
  const revocations = new RememberedRevocations(adapters.journals);
  const issuing: IssuingPorts = {
    config,
    accountKeys,
    delegationKeys: new StorageDelegationKeys({ credential, onFault, callDeadline, revocations }),
    audit,
    policies: policiesOf(settings, credential, { accountKeys, events: audit, auditTable, clock }),
    shard,
    suffix: () => randomSuffix(randomBytes(SUFFIX_BYTES)),
    correlationId: (inShard, hour) =>
      correlationId({ shard: inShard, hour, random: randomBytes(CORRELATION_BYTES) }),
    clock,
  };
  const rotation: RotationPorts = {
    ...adapters,
    liveTokens: new TableLiveTokens({ client: auditTable, now: clock }),
    events: audit,
    clock,
    instance,
    log,
  };
  return {
    settings,
    config,
    bearerTokens,
    issuing,
    readiness: readinessOf([...probesOf(issuing), ...overdueProbes(rotation, config, settings)], faultCode),
    rotation,
    revocation: revocationPorts(rotation, auditTable, settings),
    events: tableEventLog({ client: auditTable, now: clock }),
    clock,
    close: () => audit.flush(addSeconds(clock(), settings.requestDeadline)),
  };
}

function revocationPorts(
  rotation: RotationPorts,
  client: ReturnType<typeof auditTableClient>,
  { requestDeadline }: Settings,
): RevocationPorts {
  return {
    rotation,
    liveTokens: tableLiveTokenList({ client, now: rotation.clock }),
    pause,
    requestDeadline,
  };
}

/** The signer's identity reads and adds; only the rotator's may see both keys, make them anew and publish them. */
function rotationAdapters(
  settings: Settings,
  config: BrokerConfig,
  signer: TokenCredential,
  callDeadline: number,
  now: () => Date,
): Pick<RotationPorts, 'journals' | 'managedKeys' | 'secrets' | 'probe'> {
  const { cloud } = config;
  const credential = identityOf(settings.rotatorClientId);
  const endpoint = settings.resourceManagerUrl ?? resourceManagerOf(cloud);
  const stateTable = auditTableClient(settings.stateTable.endpoint, settings.stateTable.table, signer);
  const vault = keyVaultSecretClient(settings.keyVaultUrl, credential, cloud, NO_RETRIES);
  return {
    journals: new TableRotationJournals({ client: stateTable, callDeadline, now }),
    managedKeys: new ArmAccountKeys({ credential, endpoint, cloud, callDeadline, now }),
    secrets: new KeyVaultPublishedSecrets({ client: vault, callDeadline, now }),
    probe: new StorageKeyProbe({ callDeadline }),
  };
}

/** Policies are edited with the account's key, under a claim in the state table. */
function policiesOf(
  settings: Settings,
  credential: TokenCredential,
  parts: Pick<IssuingPorts, 'accountKeys' | 'clock'> &
    Pick<PolicyKeeper, 'events'> & { readonly auditTable: TableClient },
): PolicyKeeper {
  const { accountKeys, events, auditTable, clock } = parts;
  const { endpoint, table } = settings.stateTable;
  return policyKeeper({
    policies: new StoragePolicies({ accountKeys, now: clock }),
    ledgers: new TablePolicyLedgers({ client: auditTableClient(endpoint, table, credential), now: clock }),
    uses: new TablePolicyUses({ client: auditTable, now: clock }),
    events,
    clock,
    random: () => randomSuffix(randomBytes(SUFFIX_BYTES)) + randomSuffix(randomBytes(SUFFIX_BYTES)),
  });
}

function identityOf(clientId: string | null): TokenCredential {
  return clientId === null ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
}

function faultCode(error: unknown): string {
  return error instanceof BrokerError ? error.code : describeFailure(error);
}

/** Which configuration is in force is part of the audit trail; that it cannot be written must not stop the start. */
async function recordStart(broker: Broker, writeLine: WriteLine): Promise<void> {
  const { config, clock, issuing, settings } = broker;
  const detail = `configuration ${config.hash}: ${config.accounts.size} accounts, ${config.grants.length} grants`;
  writeLine(line('broker started', { configuration: config.hash }));
  try {
    const at = clock();
    await issuing.audit.appendEvent(
      { at, type: 'configuration', account: null, actor: 'start', detail },
      addSeconds(at, settings.requestDeadline),
    );
  } catch (error) {
    writeLine(line('start not recorded', { reason: faultCode(error) }));
  }
}
