import { readFileSync } from 'node:fs';
import type { EventLog } from '../audit/event-query.ts';
import { tableEventLog } from '../audit/table-event-query.ts';
import { BrokerError, type Fault } from '../broker-error.ts';
import { foundationOf, type Environment } from './foundation.ts';
import { issuingPorts } from './issuing.ts';
import { revocationPorts, rotationPorts } from './rotation.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { parseBrokerConfig } from '../config/load-broker-config.ts';
import { readSettings, type Settings } from '../config/settings.ts';
import type { BearerTokens } from '../identity/caller.ts';
import { joseBearerTokens } from '../identity/jose-bearer-tokens.ts';
import type { IssuingPorts } from '../issuing/issuing-ports.ts';
import { addSeconds } from '../iso-time.ts';
import { logLine, type WriteLine } from './log-lines.ts';
import { readinessOf, type Readiness } from './readiness.ts';
import { overdueProbes, probesOf } from './readiness-probes.ts';
import type { RevocationPorts } from '../revocation/plan-revocation.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { describeFailure } from '../azure-calls/failure.ts';

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

/** Settings → adapters → use cases. Does no I/O but to read the configuration file; never throws. */
export function compose(environment: Environment, writeLine: WriteLine): Start {
  const faults: Fault[] = [];
  const read = readSettings(environment);
  if (!read.ok) faults.push(...read.faults);
  const path = read.ok ? read.settings.brokerConfigPath : (environment['BROKER_CONFIG'] ?? 'broker.json');
  const parsed = readConfig(path);
  if (!parsed.ok) faults.push(...parsed.faults);
  if (!read.ok || !parsed.ok) {
    for (const fault of faults) writeLine(logLine('configuration fault', { ...fault }), true);
    return { ok: false, faults };
  }
  for (const warning of parsed.warnings) writeLine(logLine('configuration warning', { ...warning }), true);
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
  const foundation = foundationOf(settings, config, environment, writeLine);
  const { clock, callTimeoutMs, audit, auditTable } = foundation;
  const rotation = rotationPorts(foundation);
  const issuing = issuingPorts(foundation, rotation.journals);
  return {
    ...{ settings, config, issuing, rotation, clock },
    bearerTokens: joseBearerTokens(config.issuers, { timeoutMilliseconds: callTimeoutMs / 2 }),
    readiness: readinessOf([...probesOf(issuing), ...overdueProbes(rotation, config, settings)], faultCode),
    revocation: revocationPorts(foundation, rotation),
    events: tableEventLog({ client: auditTable, clock }),
    close: () => audit.flush(addSeconds(clock(), settings.requestTimeoutSeconds)),
  };
}

function faultCode(error: unknown): string {
  return error instanceof BrokerError ? error.code : describeFailure(error);
}

/** Which configuration is in force is part of the audit trail; that it cannot be written must not stop the start. */
async function recordStart(broker: Broker, writeLine: WriteLine): Promise<void> {
  const { config, clock, issuing, settings } = broker;
  const detail = `configuration ${config.hash}: ${config.accounts.size} accounts, ${config.grants.length} grants`;
  writeLine(logLine('broker started', { configuration: config.hash }));
  try {
    const at = clock();
    await issuing.audit.appendEvent(
      { at, type: 'configuration', account: null, actor: 'start', detail },
      addSeconds(at, settings.requestTimeoutSeconds),
    );
  } catch (error) {
    writeLine(logLine('start not recorded', { reason: faultCode(error) }), true);
  }
}
